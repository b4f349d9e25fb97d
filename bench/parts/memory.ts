// What a statement takes of the heap, on the null driver.

import { judge, type Verdict } from '../budgets.js';
import type { Workload } from '../cost.js';
import { USED } from '../cost.js';
import { type Memory, measureMemory } from '../memory.js';
import { figureText } from '../results.js';
import { tableLines } from '../table.js';
import type { Part } from './part.js';

const WORKLOADS: readonly Workload[] = ['story', 'shapes'];
const HEAD = ['', 'allocated', 'adds', 'kept until the end', 'adds'];

export const memoryPart: Part = {
  name: 'memory',
  title: 'The bytes of a statement',
  async measure(url) {
    const lines: string[] = [];
    const verdicts: Verdict[] = [];
    for (const workload of WORKLOADS) {
      const memory = await measureMemory(workload, url);
      lines.push(`${workload}, each statement`, ...tableOf(memory), '');
      verdicts.push(
        judge('retained-without', workload, memory.added('without call sites', 'retained')),
        judge('retained-default', workload, memory.added('default', 'retained')),
      );
    }
    return { lines: lines.slice(0, -1), verdicts };
  },
};

function tableOf(memory: Memory): string[] {
  const rows = USED.map((variant) => [
    variant,
    ...(['allocated', 'retained'] as const).flatMap((part) => [
      figureText(memory.of(variant, part)),
      figureText(memory.added(variant, part)),
    ]),
  ]);
  return tableLines([HEAD, ...rows]);
}
