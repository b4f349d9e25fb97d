// What queryscope adds to a statement, beside C10, where the driver answers out of memory: the smallest statement that pg can send.

import { judge, type Verdict } from '../budgets.js';
import { type Costs, measureCost, USED, type Variant, type Workload } from '../cost.js';
import { costTable } from '../cost-table.js';
import { measureIdle } from '../idle.js';
import { figureText } from '../results.js';
import type { Part } from './part.js';

const WORKLOADS: readonly Workload[] = ['story', 'shapes'];
const AMOUNT = { sets: 7, rounds: 10, warmUpRequests: 2_000, rewarmRequests: 400 };

const VARIANTS: readonly Variant[] = [
  'outside als.run',
  ...USED,
  'the least that notes',
  'no statement',
  'C10',
  'C10, waiting',
];

export const nullPart: Part = {
  name: 'null',
  title: 'A statement on the null driver',
  async measure(url) {
    const lines: string[] = [];
    const verdicts: Verdict[] = [];
    for (const workload of WORKLOADS) {
      const plan = { server: 'null', workload, variants: VARIANTS, ...AMOUNT } as const;
      const costs = await measureCost(plan, url);
      const context = figureText(costs.added('bare', 'request', 'outside als.run'));
      lines.push(`${workload}, each statement`, ...costTable(costs, VARIANTS));
      const between = figureText(await measureIdle('no scope', workload, true, url));
      const passing = figureText(await measureIdle('wrappers that pass on', workload, false, url));
      const idle = await measureIdle('no scope', workload, false, url);
      lines.push(
        `an empty als.run around the request: ${context} µs a statement`,
        `outside any scope, in a process that has had one: ${between} ns a statement`,
        `three wrappers that do nothing but pass on: ${passing} ns a statement`,
        '',
      );
      verdicts.push(...verdictsOf(workload, costs), judge('null-idle', workload, idle));
    }
    lines.pop();
    return { lines, verdicts };
  },
};

function verdictsOf(workload: Workload, costs: Costs): Verdict[] {
  return [
    judge('null-default', workload, costs.ratio('default', 'C10')),
    judge('null-without', workload, costs.ratio('without call sites', 'C10')),
  ];
}
