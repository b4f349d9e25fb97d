// `queryscope baseline`: writes down what fails by now, so that only what is new fails from here on; and strikes off what is gone.

import { prunedBaseline, withFindings } from '../report/baseline.js';
import { readBaseline, updateBaseline } from '../report/baseline-file.js';
import { DEFAULT_FAIL_ON, failOnOf } from '../report/fail-on.js';
import { judge } from '../report/verdict.js';
import { baselinePlace } from './baseline-place.js';
import { type Act, CLEAN } from './command.js';
import { findRun } from './find-run.js';
import { refuseEmpty } from './refuse-empty.js';
import { clockDetectors } from './rules.js';
import { ToolError } from './tool-error.js';
import { print } from './write.js';

export const act: Act = async (given) => {
  const prunes = given.has('prune');
  if (prunes && !given.has('complete')) {
    throw new ToolError('--prune needs --complete: only of a run that went everywhere is it known what is gone.');
  }
  const file = baselinePlace(given.value('file'));
  const failOn = failOnOf(given.value('fail-on') ?? DEFAULT_FAIL_ON);
  const found = await findRun(given.words);
  if (!given.has('allow-empty')) refuseEmpty(found);
  const { run } = found;
  const before = await readBaseline(file);
  const verdict = judge(run, { failOn, clock: clockDetectors(), baseline: before, complete: prunes, allowEmpty: true });
  const [blind] = verdict.blindness;
  if (blind !== undefined) throw new ToolError(blind);

  const keys = verdict.groups.filter(({ fails }) => fails).map(({ key }) => key);
  const reason = given.value('reason');
  const since = new Date().toISOString().slice(0, 'YYYY-MM-DD'.length);
  const after = await updateBaseline(file, (baseline) => {
    const kept = prunes ? prunedBaseline(baseline, run) : baseline;
    return withFindings(kept, run, keys, { ...(reason !== undefined && { reason }), since });
  });
  const struck = prunes ? `, ${verdict.gone.length} struck off` : '';
  await print(`${file}: ${keys.length} added${struck}, ${after.entries.length} in all\n`);
  return CLEAN;
};
