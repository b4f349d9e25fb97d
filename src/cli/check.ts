// `queryscope check`: judges a run, says so in the format that is asked for, and answers with the exit code that follows.

import { gapsIn } from '../outputs/drawing/run-words.js';
import type { Baseline } from '../report/baseline.js';
import { readBaseline } from '../report/baseline-file.js';
import { DEFAULT_FAIL_ON, failOnOf } from '../report/fail-on.js';
import { judge, type Verdict } from '../report/verdict.js';
import type { Given } from './arguments.js';
import { baselinePlace } from './baseline-place.js';
import { type Act, CLEAN, FAILED, FINDINGS } from './command.js';
import { findRun } from './find-run.js';
import { FORMAT_NAMES, formatOf, render } from './formats.js';
import { annotate, forLog, isGithubActions, writeSummary } from './github-actions.js';
import { clockDetectors } from './rules.js';
import { ToolError } from './tool-error.js';
import { complain, isStdout, lookOf, print, writeWhole } from './write.js';

const EXIT_CODES = { clean: CLEAN, findings: FINDINGS, blind: FAILED } as const satisfies Record<
  Verdict['outcome'],
  number
>;

/** What people read in a log, with all that is missing from the run; the others are documents, which nothing may stand beside. */
const FOR_PEOPLE: readonly string[] = ['console', 'markdown'];

export const act: Act = async (given) => {
  const file = given.value('output');
  const format = formatOf(given.value('format'), file, FORMAT_NAMES, 'console');
  const failOn = failOnOf(given.value('fail-on') ?? DEFAULT_FAIL_ON);
  const { run } = await findRun(given.words);
  const verdict = judge(run, {
    failOn,
    clock: clockDetectors(),
    baseline: await baselineFor(given),
    complete: given.has('complete'),
    allowEmpty: given.has('allow-empty'),
  });

  const toStdout = isStdout(file);
  const text = await render(format, run, verdict, lookOf(toStdout ? process.stdout : null));
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
};

/** A baseline that is named has to be there; the usual one need not. */
async function baselineFor(given: Given): Promise<Baseline | null> {
  if (given.has('no-baseline')) return null;
  const named = given.value('baseline');
  const baseline = await readBaseline(baselinePlace(named));
  if (baseline === null && named !== undefined) throw new ToolError(`There is no baseline '${named}'.`);
  return baseline;
}
