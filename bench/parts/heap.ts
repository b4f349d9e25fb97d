// What is left when requests are over: nothing, however many they were.

import { judge } from '../budgets.js';
import { exactly } from '../statistics.js';
import { tableLines } from '../table.js';
import { Worker } from '../worker.js';
import type { Part } from './part.js';

/** Requests after which the heap is looked at. */
const MARKS = [1_000, 10_000, 100_000] as const;
const COLLECTED_REQUESTS = 100;

export const heapPart: Part = {
  name: 'heap',
  title: 'The heap after requests of the story, on the null driver',
  async measure(url) {
    const worker = await Worker.start('heap-worker.cjs', ['default', 'null', 'story', url], ['--expose-gc']);
    try {
      const heaps: number[] = [];
      let done = 0;
      for (const mark of MARKS) {
        heaps.push(await worker.ask<number>({ requests: mark - done }));
        done = mark;
      }
      const collected = await worker.ask<number>({ rowsOf: COLLECTED_REQUESTS });
      return {
        lines: tableLines([
          ...MARKS.map((mark, i) => [`after ${mark.toLocaleString('en')}`, `${(heaps[i]! / 1e6).toFixed(2)} MB`]),
          ['rows collected as the scope closes', `${(100 * collected).toFixed(1)} %`],
        ]),
        verdicts: [
          judge('heap', '', exactly(heaps.at(-1)! / heaps[0]!)),
          judge('collectable', '', exactly(100 * collected)),
        ],
      };
    } finally {
      await worker.end();
    }
  },
};
