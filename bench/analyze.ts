// How fast `queryscope analyze` reads traces and logs, and in how much memory: a file of any size is generated and judged by the command in a process of its own,
// whose heap is bounded, so that it ends with an error where what is held grows with the file.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';
import { writeLog } from '../test/support/exported-log.js';
import { type Written, writeTraces } from '../test/support/exported-traces.js';

export interface AnalyzeCost {
  /** What was in the file. */
  written: Written;
  /** Of the file as it lies there, in MB. */
  megabytes: number;
  wallMs: number;
  /** Of all threads of the command. */
  cpuMs: number;
  megabytesPerSecond: number;
  /** The most that the process had in memory, in MB. */
  peakMb: number;
  exitCode: number | null;
  stdout: string;
  stderr: string;
}

/** What is read: traces as a collector writes them, or a log as PostgreSQL does. */
const WRITERS = { otlp: writeTraces, csvlog: writeLog };

export interface AnalyzeSize {
  /** Default: traces. */
  source?: keyof typeof WRITERS;
  megabytes: number;
  /** `--max-old-space-size` of the command, in MB. */
  heapMb: number;
}

const MAIN = join(__dirname, '..', 'dist', 'cli', 'main.js');
const BYTES_PER_MB = 1_000_000;

/** Generates a file of that size, judges it, and takes it away. */
export async function measureAnalyze({ source = 'otlp', megabytes, heapMb }: AnalyzeSize): Promise<AnalyzeCost> {
  const directory = mkdtempSync(join(tmpdir(), 'queryscope-analyze-'));
  try {
    const file = join(directory, 'source');
    const written = WRITERS[source](file, megabytes * BYTES_PER_MB);
    return { written, megabytes: written.bytes / BYTES_PER_MB, ...(await judged(file, heapMb, directory, written)) };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

type Judged = Omit<AnalyzeCost, 'written' | 'megabytes'>;

async function judged(file: string, heapMb: number, directory: string, { bytes }: Written): Promise<Judged> {
  const usage = join(directory, 'usage.json');
  const atExit = join(directory, 'at-exit.mjs');
  writeFileSync(
    atExit,
    `import { writeFileSync } from 'node:fs';
process.on('exit', () => writeFileSync(${JSON.stringify(usage)}, JSON.stringify(process.resourceUsage())));`,
  );
  const startedMs = performance.now();
  const child = spawn(
    process.execPath,
    [`--max-old-space-size=${heapMb}`, '--import', pathToFileURL(atExit).href, MAIN, 'analyze', file, '-f', 'json'],
    { cwd: directory, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const [stdout, stderr, [exitCode]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close') as Promise<[number | null]>,
  ]);
  const wallMs = performance.now() - startedMs;
  const { userCPUTime, systemCPUTime, maxRSS } = used(usage);
  return {
    wallMs,
    cpuMs: (userCPUTime + systemCPUTime) / 1_000,
    megabytesPerSecond: bytes / BYTES_PER_MB / (wallMs / 1_000),
    peakMb: maxRSS / 1_000,
    exitCode,
    stdout,
    stderr,
  };
}

/** A process that ran out of memory has left nothing. */
function used(file: string): NodeJS.ResourceUsage {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return { userCPUTime: Number.NaN, systemCPUTime: Number.NaN, maxRSS: Number.NaN } as NodeJS.ResourceUsage;
  }
}
