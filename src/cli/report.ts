// `queryscope report`: a run as one HTML file, or in any other format, to be read by people: nothing that it says fails.

import { DEFAULT_FAIL_ON, failOnOf } from '../report/fail-on.js';
import { judge } from '../report/verdict.js';
import { type Act, CLEAN, FAILED } from './command.js';
import { findRun } from './find-run.js';
import { FORMAT_NAMES, formatOf, render } from './formats.js';
import { page } from './page.js';
import { refuseEmpty } from './refuse-empty.js';
import { clockDetectors } from './rules.js';
import { complain, isStdout, lookOf, print, writeWhole } from './write.js';

const FORMATS = ['html', ...FORMAT_NAMES] as const;
/** What the page is called where nobody says. */
const PAGE = 'queryscope.html';

export const act: Act = async (given) => {
  const named = given.value('output');
  const format = formatOf(given.value('format'), named, FORMATS, 'html');
  const found = await findRun(given.words);
  if (!given.has('allow-empty')) refuseEmpty(found);
  const { run } = found;
  const verdict = judge(run, {
    failOn: failOnOf(DEFAULT_FAIL_ON),
    clock: clockDetectors(),
    baseline: null,
    complete: false,
    allowEmpty: true,
  });

  const file = named ?? (format === 'html' ? PAGE : undefined);
  const toStdout = isStdout(file);
  const text =
    format === 'html'
      ? await page(run, given.value('title'))
      : await render(format, run, verdict, lookOf(toStdout ? process.stdout : null));
  if (toStdout) await print(text);
  else {
    writeWhole(file as string, text);
    await print(`${file}\n`);
  }
  for (const reason of verdict.blindness) await complain(reason);
  return verdict.blindness.length > 0 ? FAILED : CLEAN;
};
