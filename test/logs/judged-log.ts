// A log judged as the command does it, and what is said of it in a few lines.

import { detectors } from '../../src/detectors/index.js';
import { runAtOnce } from '../../src/profile/slices.js';
import { buildReport } from '../../src/report/build-report.js';
import { fittingDetectors } from '../../src/report/fitting-detectors.js';
import type { Report } from '../../src/report/report.js';
import { nameOfPlace, type Skip, Skipped } from '../../src/sources/skipped.js';
import type { SourceContext, SourceFile, SourceFormat } from '../../src/sources/source-format.js';

export interface JudgedLog {
  reports: Report[];
  /** `2 lines … (first: a.log line 3)` */
  skips: string[];
  /** Scopes that are said to be divided by pauses alone. */
  guessed: number;
}

export async function judgeLog(
  format: SourceFormat,
  text: string | readonly string[],
  options: Partial<SourceContext> = {},
): Promise<JudgedLog> {
  const skipped = new Skipped();
  const limits = { statements: 5_000, rowsPerStatement: 1_000, valuesPerScope: 100_000 };
  const context = { limits, sample: false, skipped, windowMs: 30_000, pauseMs: null, logLinePrefix: null, ...options };
  const reports: Report[] = [];
  for await (const profile of format.read(filesOf([text].flat()), context)) {
    reports.push(runAtOnce(buildReport(profile, fittingDetectors(profile, detectors))));
  }
  const all = skipped.all();
  const isGuess = ({ reason }: Skip) => reason.startsWith('scopes were divided by the pauses');
  const guessed = all.find(isGuess)?.count ?? 0;
  const skips = all
    .filter((skip) => !isGuess(skip))
    .map(({ reason, count, first }) => {
      const place = first === null ? 'nowhere' : nameOfPlace(first);
      return `${count} ${reason} (first: ${place})`;
    });
  return { reports, skips, guessed };
}

async function* filesOf(texts: readonly string[]): AsyncGenerator<SourceFile> {
  for (const [index, text] of texts.entries()) yield { name: `${index + 1}.log`, chunks: chunksOf(Buffer.from(text)) };
}

/** In pieces that end anywhere. */
async function* chunksOf(bytes: Buffer): AsyncGenerator<Buffer> {
  for (let start = 0; start < bytes.length; start += 997) yield bytes.subarray(start, start + 997);
}

/** What a busy machine adds. */
const byClock: ReadonlySet<string> = new Set(detectors.filter(({ meta }) => meta.clock).map(({ meta }) => meta.id));

const AROUND: ReadonlySet<string> = new Set(['begin', 'commit', 'rollback']);

/** Each scope with what it is about, what stands around transactions left out: `23 statements: n-plus-one likely 20`. */
export function told({ reports }: Pick<JudgedLog, 'reports'>): string[] {
  return reports.map(({ profile, findings, infrastructure }) => {
    const own = profile.statements.filter(
      ({ index, shape }) => !infrastructure.includes(index) && !AROUND.has(shape.verb),
    );
    const steady = findings.filter(({ detector }) => !byClock.has(detector));
    const found = steady.map(
      ({ detector, confidence, statements }) => `${detector} ${confidence} ${statements.length}`,
    );
    return `${own.length} statements: ${found.join(', ') || 'nothing'}`;
  });
}
