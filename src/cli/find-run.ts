// The run that is meant: what was named, or else the latest one.

import { type Dirent, existsSync, readdirSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { repositoryRoot } from '../capture/path-names.js';
import { readRun } from '../outputs/json/read-run.js';
import type { Run } from '../report/run.js';
import { progress } from './progress.js';
import { ToolError } from './tool-error.js';

/** A run, and where it was read. */
export interface FoundRun {
  run: Run;
  /** Directories and files, as one would name them here. */
  places: readonly string[];
}

/** Reads what was named as one run, or the latest run where nothing was. Throws a ToolError where there is none. */
export async function findRun(paths: readonly string[]): Promise<FoundRun> {
  const places = paths.length > 0 ? paths : [latestRun()];
  const { onProgress, done } = progress();
  try {
    return { run: await readRun(places, { onProgress }), places };
  } finally {
    done();
  }
}

/** The directory of the run that was written to last. */
function latestRun(): string {
  const directory = process.env.QUERYSCOPE_DIR || join(repositoryRoot(process.cwd()), '.queryscope');
  const name = relative(process.cwd(), directory) || '.';
  const [latest] = entriesOf(directory)
    .filter((entry) => entry.isDirectory())
    .map((entry) => ({ path: join(directory, entry.name), writtenMs: lastWriteIn(join(directory, entry.name)) }))
    .filter(({ writtenMs }) => writtenMs > 0)
    .sort((a, b) => b.writtenMs - a.writtenMs);
  if (latest !== undefined) return relative(process.cwd(), latest.path) || '.';
  const state = existsSync(directory) ? 'holds no run' : 'is not there';
  throw new ToolError(
    `There is no run to read: ${name} ${state}. Run the app with QUERYSCOPE_OUTPUT=json or outputs: [jsonOutput()], or name a directory.`,
  );
}

function lastWriteIn(directory: string): number {
  const files = entriesOf(directory).filter(({ name }) => name.endsWith('.jsonl'));
  return Math.max(0, ...files.map(({ name }) => statSync(join(directory, name)).mtimeMs));
}

function entriesOf(directory: string): Dirent[] {
  try {
    return readdirSync(directory, { withFileTypes: true });
  } catch {
    return [];
  }
}
