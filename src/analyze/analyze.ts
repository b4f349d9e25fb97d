// Judges files of traces and logs: recognises each, has their formats make profiles, asks the detectors, and makes of it a run like any other.

import { stat } from 'node:fs/promises';
import type { Detector } from '../detectors/detector.js';
import { runAtOnce } from '../profile/slices.js';
import type { Allowed } from '../report/allowed.js';
import { buildReport } from '../report/build-report.js';
import { fittingDetectors } from '../report/fitting-detectors.js';
import type { Loss, Run } from '../report/run.js';
import { VERSION } from '../report/version.js';
import { filesOf, STDIN } from '../sources/file-order.js';
import { type BegunFile, begin, type OpenOptions, openFile } from '../sources/input.js';
import { nameOfPlace, type Skip, Skipped } from '../sources/skipped.js';
import type { SourceContext, SourceFile, SourceFormat, SourceName } from '../sources/source-format.js';
import { KeptReports } from './kept-reports.js';
import { FORMATS, formatNamed, recognise } from './recognise.js';

export interface AnalyzeOptions extends Omit<SourceContext, 'skipped'> {
  detectors: readonly Detector[];
  allow: readonly Allowed[];
  /** The format of all files; null: each is recognised. */
  from: SourceName | null;
  /** Called as bytes are read, as they lie there; `all` is null where nobody knows. */
  onProgress?(read: number, all: number | null): void;
}

/** Files of one format; those that cannot be opened twice are open. */
type Sorted = ReadonlyMap<SourceFormat, readonly (string | BegunFile)[]>;

/** Reads and judges all that the words name. Throws a QueryscopeError where there is no such file; whatever else is missing is in the run's `losses`. */
export async function analyze(words: readonly string[], options: AnalyzeOptions): Promise<Run> {
  const { detectors, allow } = options;
  const startedAt = new Date().toISOString();
  const skipped = new Skipped();
  const kept = new KeptReports();
  const paths = await filesOf(words);
  const reading = { skipped, onBytes: await counter(paths, options) };
  const sorted = await sortedFiles(paths, options, reading);
  for (const [format, files] of sorted) {
    const profiles = format.read(opened(files, reading), { ...options, skipped });
    for await (const profile of profiles) {
      kept.add(runAtOnce(buildReport(profile, fittingDetectors(profile, detectors), { allow })));
    }
  }
  return {
    processes: [
      {
        service: null,
        version: null,
        commit: null,
        runtime: `node ${process.versions.node}`,
        queryscope: VERSION,
        pid: process.pid,
        startedAt,
        endedAt: new Date().toISOString(),
        drivers: [...sorted.keys()].map(({ title }) => title),
        unattributed: 0,
        unsampled: { requests: 0, statements: 0 },
        unjudged: { scopes: 0, statements: 0 },
        idleAllows: [],
      },
    ],
    reports: kept.reports(),
    sources: {},
    losses: [...skipped.all().map(lossOf), ...lossesOfRoom(kept)],
  };
}

/** Sums what is read up. */
async function counter(paths: readonly string[], { onProgress }: AnalyzeOptions): Promise<OpenOptions['onBytes']> {
  if (onProgress === undefined) return ignore;
  const sizes = await Promise.all(paths.map((path) => (path === STDIN ? null : stat(path).then(({ size }) => size))));
  const all = sizes.reduce((sum, size) => (sum === null || size === null ? null : sum + size), 0);
  let read = 0;
  return (bytes) => {
    read += bytes;
    onProgress(read, all);
  };
}

function ignore(): void {}

async function sortedFiles(paths: readonly string[], options: AnalyzeOptions, reading: OpenOptions): Promise<Sorted> {
  const sorted = new Map<SourceFormat, (string | BegunFile)[]>();
  for (const path of paths) {
    const found = await sortFile(path, options, reading);
    if (found === null) continue;
    const known = sorted.get(found.format);
    if (known === undefined) sorted.set(found.format, [found.file]);
    else known.push(found.file);
  }
  return sorted;
}

/** Null: it is of no format, which is counted. */
async function sortFile(
  path: string,
  { from, logLinePrefix }: AnalyzeOptions,
  reading: OpenOptions,
): Promise<{ format: SourceFormat; file: string | BegunFile } | null> {
  const isPiped = path === STDIN;
  // What can be opened again is counted when it is read.
  const trial: OpenOptions = isPiped ? reading : { skipped: new Skipped(), onBytes: ignore };
  const begun = await begin(openFile(path, trial));
  if (!isPiped) await begun.close();
  const format = from === null ? recognise(begun.head, { logLinePrefix }) : formatNamed(from);
  if (format !== null && begun.head.length > 0) return { format, file: isPiped ? begun : path };
  const complaints = trial.skipped.all();
  const place = { file: begun.name, line: null, offset: null };
  if (!isPiped) for (const { reason, grave } of complaints) reading.skipped.add(reason, place, { grave });
  if (begun.head.length > 0) reading.skipped.add(UNKNOWN, place, { grave: true });
  else if (complaints.length === 0) reading.skipped.add('files are empty', place);
  return null;
}

const UNKNOWN = `files are in no format that is known (${FORMATS.map(({ title }) => title).join(', ')}; --from names a format)`;

async function* opened(files: readonly (string | BegunFile)[], reading: OpenOptions): AsyncGenerator<SourceFile> {
  for (const file of files) yield typeof file === 'string' ? openFile(file, reading) : file;
}

function lossOf({ reason, count, first, grave }: Skip): Loss {
  const place = first === null ? '' : `: ${nameOfPlace(first)}${count > 1 ? ' first' : ''}`;
  return { code: grave ? 'file-unreadable' : 'not-judged', message: `${reason}${place}`, count };
}

/** What there was no room for, not even as figures. */
function lossesOfRoom({ overflow: { clean, withFindings } }: KeptReports): Loss[] {
  return [
    { what: 'scopes without findings', count: clean },
    { what: 'scopes with findings', count: withFindings },
  ].flatMap(({ what, count }) =>
    count === 0
      ? []
      : [
          {
            code: 'over-limit',
            message: `${what} were judged and left out, because no more different ones are kept`,
            count,
          },
        ],
  );
}
