// Judges a run and says so, in the format and the place that are asked for, and in CI's own way besides. What `check` and `analyze` share.

import { gapsIn } from '../outputs/drawing/run-words.js';
import type { Baseline } from '../report/baseline.js';
import { readBaseline } from '../report/baseline-file.js';
import { DEFAULT_FAIL_ON, failOnOf } from '../report/fail-on.js';
import type { Run } from '../report/run.js';
import { judge, type Verdict } from '../report/verdict.js';
import type { Given } from './arguments.js';
import { baselinePlace } from './baseline-place.js';
import { CLEAN, FAILED, FINDINGS } from './command.js';
import { type Format, render } from './formats.js';
import { annotate, forLog, isGithubActions, writeSummary } from './github-actions.js';
import { page } from './page.js';
import { clockDetectors } from './rules.js';
import { ToolError } from './tool-error.js';
import { complain, isStdout, lookOf, print, writeWhole } from './write.js';

/** How it is told. */
export interface Telling {
  format: Format | 'html';
  /** Undefined: standard output. */
  file: string | undefined;
}

const EXIT_CODES = { clean: CLEAN, findings: FINDINGS, blind: FAILED } as const satisfies Record<
  Verdict['outcome'],
  number
>;

/** What people read in a log, with all that is missing from the run; the others are documents, which nothing may stand beside. */
const FOR_PEOPLE: readonly string[] = ['console', 'markdown'];

/** Reads what is asked for before the run is read: the least that fails, and the baseline. */
export async function expectedBy(given: Given) {
  return {
    failOn: failOnOf(given.value('fail-on') ?? DEFAULT_FAIL_ON),
    baseline: await baselineFor(given),
    complete: given.has('complete'),
    allowEmpty: given.has('allow-empty'),
  };
}

/** Answers the exit code. */
export async function tellVerdict(
  run: Run,
  expected: Awaited<ReturnType<typeof expectedBy>>,
  { format, file }: Telling,
): Promise<number> {
  const verdict = judge(run, { ...expected, clock: clockDetectors() });
  const toStdout = isStdout(file);
  const text =
    format === 'html'
      ? await page(run, undefined)
      : await render(format, run, verdict, lookOf(toStdout ? process.stdout : null));
  if (!toStdout) writeWhole(file as string, text);
  else await print(FOR_PEOPLE.includes(format) ? forLog(text, process.env) : text);

  if (isGithubActions(process.env)) {
    const isLog = !toStdout || FOR_PEOPLE.includes(format);
    if (format !== 'github' || !toStdout) await annotate(verdict, isLog ? process.stdout : process.stderr);
    await writeSummary(run, verdict, process.env);
  }
  for (const reason of verdict.blindness) await complain(reason);
  if (!FOR_PEOPLE.includes(format)) for (const gap of gapsIn(run, verdict.blindness)) await complain(gap);
  return EXIT_CODES[verdict.outcome];
}

/** A baseline that is named has to be there; the usual one need not. */
async function baselineFor(given: Given): Promise<Baseline | null> {
  if (given.has('no-baseline')) return null;
  const named = given.value('baseline');
  const baseline = await readBaseline(baselinePlace(named));
  if (baseline === null && named !== undefined) throw new ToolError(`There is no baseline '${named}'.`);
  return baseline;
}
