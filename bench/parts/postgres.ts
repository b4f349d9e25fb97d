// What queryscope adds to a statement, beside instrumentation-pg: on a real PostgreSQL, system calls included, through pg and through query builders; and with
// the bytes of one replayed, where the driver's own work is all there is.

import { install } from '../../test/orms/install.js';
import { judge } from '../budgets.js';
import { type Costs, measureCost, type Plan, USED, type Workload } from '../cost.js';
import { costTable } from '../cost-table.js';
import type { Part } from './part.js';

/** What the kernel does hides what more sets would show. */
const REAL = {
  server: 'real',
  variants: USED,
  sets: 5,
  rounds: 10,
  warmUpRequests: 1_000,
  rewarmRequests: 80,
} as const;
const REPLAYED = {
  server: 'replayed',
  variants: USED,
  sets: 7,
  rounds: 10,
  warmUpRequests: 2_000,
  rewarmRequests: 400,
} as const;
const BUILT = { ...REAL, sets: 3, warmUpRequests: 500 } as const;

export const realPart: Part = {
  name: 'real',
  title: 'A statement on a real PostgreSQL',
  async measure(url) {
    const costs = await measureEach(REAL, ['story', 'shapes'], url);
    return {
      lines: linesOf(costs),
      verdicts: [...costs].flatMap(([workload, of]) => [
        judge('real-default', workload, of.ratio('default', 'instrumentation-pg')),
        judge('real-without', workload, of.ratio('without call sites', 'instrumentation-pg')),
      ]),
    };
  },
};

export const replayedPart: Part = {
  name: 'replayed',
  title: 'A statement on the bytes of a PostgreSQL, replayed out of memory',
  measure: async (url) => ({ lines: linesOf(await measureEach(REPLAYED, ['story'], url)), verdicts: [] }),
};

export const buildersPart: Part = {
  name: 'builders',
  title: 'A statement of query builders, on a real PostgreSQL',
  async measure(url) {
    for (const name of ['knex', 'drizzle']) await install(name);
    return { lines: linesOf(await measureEach(BUILT, ['knex', 'drizzle'], url)), verdicts: [] };
  },
};

async function measureEach(
  plan: Omit<Plan, 'workload'>,
  workloads: readonly Workload[],
  url: string,
): Promise<Map<Workload, Costs>> {
  const all = new Map<Workload, Costs>();
  for (const workload of workloads) all.set(workload, await measureCost({ ...plan, workload }, url));
  return all;
}

function linesOf(costs: ReadonlyMap<Workload, Costs>): string[] {
  return [...costs].flatMap(([workload, of], i) => [
    ...(i === 0 ? [] : ['']),
    `${workload}, each statement`,
    ...costTable(of, USED),
  ]);
}
