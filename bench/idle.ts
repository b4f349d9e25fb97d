// What queryscope adds to a statement outside any scope, on the null driver.

import type { Workload } from './cost.js';
import { type Figure, figureOf, median } from './statistics.js';
import { Worker } from './worker.js';

/** Even, so that the watched copy of pg is as often the first that was loaded as the second. */
const PROCESSES = 24;

/** Nanoseconds: the mean over processes, since each of them lies off by chance; in each the median over its rounds. */
export async function measureIdle(workload: Workload, url: string): Promise<Figure> {
  const medians: number[] = [];
  for (let i = 0; i < PROCESSES; i++) {
    const worker = await Worker.start('idle-worker.cjs', [workload, String(i % 2 === 0), url]);
    medians.push(median(await worker.ask<number[]>({})));
    await worker.end();
  }
  return figureOf(medians, (some) => some.reduce((sum, value) => sum + value, 0) / some.length);
}
