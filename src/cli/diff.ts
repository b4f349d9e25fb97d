// `queryscope diff`: what changed from one run to another.

import { lossesIn } from '../outputs/drawing/run-words.js';
import { diffOf } from '../report/diff.js';
import { failOnOf, fails } from '../report/fail-on.js';
import { unreadableIn } from '../report/verdict.js';
import { type Act, CLEAN, FAILED, FINDINGS } from './command.js';
import { findRun } from './find-run.js';
import { formatOf } from './formats.js';
import { linkToGithub } from './github-actions.js';
import { refuseEmpty } from './refuse-empty.js';
import { clockDetectors } from './rules.js';
import { ToolError } from './tool-error.js';
import { complain, isStdout, lookOf, print, writeWhole } from './write.js';

const FORMATS = ['markdown', 'json', 'console'] as const;

export const act: Act = async (given) => {
  const [base, head, ...more] = given.words;
  if (base === undefined || head === undefined || more.length > 0) {
    throw new ToolError('diff takes two runs: queryscope diff BASE HEAD.');
  }
  const file = given.value('output');
  const format = formatOf(given.value('format'), file, FORMATS, 'markdown');
  const failOn = failOnOf(given.value('fail-on') ?? 'never');
  const runs = { base: await findRun([base]), head: await findRun([head]) };
  if (!given.has('allow-empty')) for (const found of Object.values(runs)) refuseEmpty(found);

  const clock = clockDetectors();
  const diff = diffOf(runs.base.run, runs.head.run, { clockDetectors: clock });
  const toStdout = isStdout(file);
  const text = await rendered(format, diff, toStdout);
  if (toStdout) await print(text);
  else writeWhole(file as string, text);

  const reasons = [
    ...unreadableIn(runs.base.run),
    ...unreadableIn(runs.head.run),
    ...(diff.incomparable === null ? [] : [diff.incomparable]),
  ];
  const losses = [runs.base.run, runs.head.run].flatMap((run) => lossesIn(run, reasons));
  for (const reason of [...reasons, ...losses]) await complain(reason);
  if (reasons.length > 0) return FAILED;
  return diff.fresh.some(({ worst }) => fails(worst.finding, failOn, clock)) ? FINDINGS : CLEAN;
};

async function rendered(
  format: (typeof FORMATS)[number],
  diff: ReturnType<typeof diffOf>,
  toStdout: boolean,
): Promise<string> {
  const { diffJsonOf, diffMarkdownOf, diffTextOf } = await import('../outputs/diff.js');
  if (format === 'json') return `${JSON.stringify(diffJsonOf(diff), null, 2)}\n`;
  if (format === 'markdown') return diffMarkdownOf(diff, linkToGithub(process.env));
  return diffTextOf(diff, lookOf(toStdout ? process.stdout : null).width);
}
