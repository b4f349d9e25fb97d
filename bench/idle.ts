// What is added to a statement outside any scope, on the null driver.

import type { Workload } from './cost.js';
import { type Figure, figureOf, median } from './statistics.js';
import { Worker } from './worker.js';

/** Even, so that the watched copy of pg is as often the first that was loaded as the second. */
const PROCESSES = 24;

/**
 * Nanoseconds: the mean over processes, since each of them lies off by chance; in each the median over its rounds. `afterScope`: in a process that has had a scope, as a request
 * server has between two of them; else in one that has only loaded queryscope.
 */
export async function measureIdle(
  variant: 'no scope' | 'wrappers that pass on',
  workload: Workload,
  afterScope: boolean,
  url: string,
): Promise<Figure> {
  const medians: number[] = [];
  for (let i = 0; i < PROCESSES; i++) {
    const args = [variant, workload, String(i % 2 === 0), String(afterScope), url];
    const worker = await Worker.start('idle-worker.cjs', args);
    medians.push(median(await worker.ask<number[]>({})));
    await worker.end();
  }
  return figureOf(medians, (some) => some.reduce((sum, value) => sum + value, 0) / some.length);
}
