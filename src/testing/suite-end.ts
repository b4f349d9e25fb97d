// The end of a suite: its run is read, judged as a whole, and shown. Loaded when there is one, since the tests need nothing of it.

import { join } from 'node:path';
import { annotate, isGithubActions } from '../cli/github-actions.js';
import { clockDetectors } from '../cli/rules.js';
import { print, writeWhole } from '../cli/write.js';
import { pageOf } from '../outputs/html/page.js';
import { forgetOldRuns } from '../outputs/json/old-runs.js';
import { RunReader } from '../outputs/json/read-run.js';
import { readBaseline } from '../report/baseline-file.js';
import { DEFAULT_FAIL_ON, failOnOf } from '../report/fail-on.js';
import type { Run } from '../report/run.js';
import { judge } from '../report/verdict.js';
import { suiteText } from './suite-text.js';

export { loadPage } from '../outputs/html/page.js';

export interface EndedSuite {
  /** Where all runs lie, absolute. */
  runs: string;
  run: string;
  /** Has read a part of it; null: nothing of it was read. */
  reader: RunReader | null;
  /** The baseline's file. */
  baseline: string;
  /** What writes one. */
  command: string;
}

/** Says what a suite's run comes to. Where no worker captured anything it says that. */
export async function endSuite({ runs, run: name, reader, baseline: file, command }: EndedSuite): Promise<void> {
  const directory = join(runs, name);
  const run = await wholeRun(directory, reader ?? new RunReader());
  if (run === null) return print(suiteText(null));
  const baseline = await readBaseline(file);
  const verdict = judge(run, {
    failOn: failOnOf(DEFAULT_FAIL_ON),
    clock: clockDetectors(),
    baseline,
    complete: false,
    allowEmpty: true,
  });
  const page = join(directory, 'report.html');
  writeWhole(page, pageOf(run));
  await print(suiteText({ verdict, page, hasBaseline: baseline !== null, command }));
  if (isGithubActions(process.env)) await annotate(verdict, process.stdout);
  await forgetOldRuns(runs);
}

/** Null where there is none. */
async function wholeRun(directory: string, reader: RunReader): Promise<Run | null> {
  try {
    await reader.read(directory);
  } catch {
    return null;
  }
  return reader.run();
}
