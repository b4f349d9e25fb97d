// `queryscope analyze`: judges traces and logs that others wrote, and says so as `check` does; or writes the run for all other commands.

import { statSync } from 'node:fs';
import { extname, join } from 'node:path';
import { analyze } from '../analyze/analyze.js';
import { withConfig } from '../config.js';
import { detectors } from '../detectors/index.js';
import { nearestName } from '../errors.js';
import { PAUSE_MS } from '../logs/log-judge.js';
import { type Settings, settingsOf } from '../options.js';
import { count, counted } from '../outputs/drawing/numbers.js';
import { lossesIn } from '../outputs/drawing/run-words.js';
import { runText } from '../outputs/json/run-text.js';
import type { Run } from '../report/run.js';
import { totalsOf } from '../report/run-totals.js';
import { SOURCE_NAMES, type SourceName } from '../sources/source-format.js';
import type { Given } from './arguments.js';
import { type Act, FAILED } from './command.js';
import { FORMAT_NAMES, formatOf } from './formats.js';
import { progress } from './progress.js';
import { expectedBy, tellVerdict } from './tell-verdict.js';
import { ToolError } from './tool-error.js';
import { complain, writeWhole } from './write.js';

const FORMATS = [...FORMAT_NAMES, 'html'] as const;
/** A batch processor of an SDK waits 5 s, a collector's another; a span waits for nothing else that is usual. */
const WINDOW_SECONDS = 30;
/** What is taken for one without being given, in seconds. */
const USUAL_PAUSE = PAUSE_MS / 1_000;
/** What the run is called in its directory: another analysis into it takes its place. */
const RUN_FILE = 'analyzed.jsonl';

export const act: Act = async (given) => {
  if (given.words.length === 0)
    throw new ToolError('analyze takes files: queryscope analyze FILE… (- is standard input).');
  const path = given.value('output');
  const directory = path !== undefined && isDirectory(path) ? path : null;
  const file = directory === null ? path : undefined;
  const format = formatOf(given.value('format'), file, FORMATS, 'console');
  const expected = await expectedBy(given);
  const run = await analyzed(given, settings());

  if (totalsOf(run).statements === 0 && !expected.allowEmpty) return await tellNothing(run);
  if (directory !== null) writeWhole(join(directory, RUN_FILE), [...runText(run)].join(''));
  return await tellVerdict(run, expected, { format, file });
};

/** What the config file sets, for detectors and allowances as for the app. */
function settings(): Settings {
  return withConfig((options) => settingsOf(options, { detectors, outputs: [], env: process.env, cwd: process.cwd() }));
}

async function analyzed(given: Given, { detectors, allow, limits, sample }: Settings): Promise<Run> {
  const { onProgress, done } = progress(process.stderr, bytesRead);
  try {
    return await analyze(given.words, {
      detectors,
      allow,
      limits,
      sample: sample || given.has('sample'),
      from: sourceNamed(given.value('from')),
      windowMs: secondsIn(given.value('window'), '--window', WINDOW_SECONDS) * 1_000,
      pauseMs:
        given.value('pause') === undefined ? null : secondsIn(given.value('pause'), '--pause', USUAL_PAUSE) * 1_000,
      logLinePrefix: given.value('log-line-prefix') ?? null,
      onProgress,
    });
  } finally {
    done();
  }
}

function bytesRead(read: number, all: number | null): string {
  return all === null ? `${megabytes(read)} MB` : `${megabytes(read)} of ${megabytes(all)} MB`;
}

function megabytes(bytes: number): string {
  return count(Math.round(bytes / 1_000_000));
}

/** Named as one, or there as one. */
function isDirectory(path: string): boolean {
  if (path === '-') return false;
  return (
    /[/\\]$/.test(path) || extname(path) === '' || statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
  );
}

function sourceNamed(name: string | undefined): SourceName | null {
  if (name === undefined) return null;
  if ((SOURCE_NAMES as readonly string[]).includes(name)) return name as SourceName;
  const nearest = nearestName(name, SOURCE_NAMES);
  const hint = nearest === null ? '' : ` Did you mean ${nearest}?`;
  throw new ToolError(`There is no format '${name}' to read.${hint} There are: ${SOURCE_NAMES.join(', ')}.`);
}

function secondsIn(given: string | undefined, flag: string, usual: number): number {
  const seconds = given === undefined ? usual : Number(given);
  if (seconds > 0 && Number.isFinite(seconds)) return seconds;
  throw new ToolError(`${flag} takes seconds, more than 0: ${flag} ${usual}`);
}

/** Silence is health only where something was seen. */
async function tellNothing(run: Run): Promise<number> {
  const scopes = counted(totalsOf(run).statements, 'statement');
  await complain(`nothing can be said: ${scopes} in what was read (--allow-empty takes that for clean)`);
  for (const loss of lossesIn(run, [])) await complain(loss);
  return FAILED;
}
