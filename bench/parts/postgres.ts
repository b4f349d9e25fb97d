// What queryscope adds to a statement, beside instrumentation-pg, on a real PostgreSQL: system calls included, and with the bytes of one replayed, where
// the driver's own work is all there is.

import { judge, type Verdict } from '../budgets.js';
import { type Costs, measureCost, type Server, type Variant, type Workload } from '../cost.js';
import { costTable } from '../cost-table.js';
import type { Part } from './part.js';

const WORKLOADS: readonly Workload[] = ['story', 'shapes'];

const VARIANTS: readonly Variant[] = [
  'bare',
  'no scope',
  'without call sites',
  'default',
  "values: 'sample'",
  'instrumentation-pg',
];

export const realPart: Part = {
  name: 'real',
  title: 'A statement on a real PostgreSQL',
  async measure(url) {
    const verdicts: Verdict[] = [];
    const lines = await tables('real', 5, url, (workload, costs) => {
      verdicts.push(
        judge('real-default', workload, costs.ratio('default', 'instrumentation-pg')),
        judge('real-without', workload, costs.ratio('without call sites', 'instrumentation-pg')),
      );
    });
    return { lines, verdicts };
  },
};

export const replayedPart: Part = {
  name: 'replayed',
  title: 'A statement on the bytes of a PostgreSQL, replayed out of memory',
  async measure(url) {
    return { lines: await tables('replayed', 7, url), verdicts: [] };
  },
};

async function tables(
  server: Server,
  sets: number,
  url: string,
  measured: (workload: Workload, costs: Costs) => void = () => {},
): Promise<string[]> {
  const lines: string[] = [];
  for (const workload of WORKLOADS) {
    const costs = await measureCost({ server, workload, variants: VARIANTS, sets, rounds: 10 }, url);
    measured(workload, costs);
    lines.push(`${workload}, each statement`, ...costTable(costs, VARIANTS), '');
  }
  return lines.slice(0, -1);
}
