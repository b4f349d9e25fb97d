// How long judging the largest scope that there is by default holds up whatever else the process has to do.

import { defaults } from '../src/index.js';
import { CLOSING } from '../test/support/closing.js';
import { STORY_SITES, storyOf } from './analysis.js';
import { buildProfile, buildReport, detectors, runSlices } from './judging.cjs';
import { lowerQuartile } from './statistics.js';

const RUNS = 12;

/** Milliseconds of the longest turn of the event loop, of all that one scope takes; what else the machine does only adds to that of some. */
export async function measureStretches(): Promise<number> {
  const longest: number[] = [];
  for (let i = 0; i < RUNS; i++) longest.push(await longestTurn());
  return lowerQuartile(longest);
}

async function longestTurn(): Promise<number> {
  const recorder = storyOf(defaults.limits.statements);
  let longest = 0;
  let isOver = false;
  const watching = (async () => {
    while (!isOver) {
      const startedAt = performance.now();
      const start = process.cpuUsage();
      await new Promise<void>((resume) => setImmediate(resume));
      const { user, system } = process.cpuUsage(start);
      // While others have the processor the clock goes on; while V8 collects beside us more CPU is used than time passes.
      longest = Math.max(longest, Math.min(performance.now() - startedAt, (user + system) / 1_000));
    }
  })();
  await runSlices(buildReport(await runSlices(buildProfile(recorder, CLOSING, STORY_SITES)), detectors));
  isOver = true;
  await watching;
  return longest;
}
