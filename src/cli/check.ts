// `queryscope check`: judges a run, says so in the format that is asked for, and answers with the exit code that follows.

import type { Act } from './command.js';
import { findRun } from './find-run.js';
import { FORMAT_NAMES, formatOf } from './formats.js';
import { expectedBy, tellVerdict } from './tell-verdict.js';

export const act: Act = async (given) => {
  const file = given.value('output');
  const format = formatOf(given.value('format'), file, FORMAT_NAMES, 'console');
  const expected = await expectedBy(given);
  const { run } = await findRun(given.words);
  return await tellVerdict(run, expected, { format, file });
};
