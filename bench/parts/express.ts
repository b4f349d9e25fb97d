// What an Express app keeps of its throughput and of its worst latencies.

import { judge, type Verdict } from '../budgets.js';
import type { Workload } from '../cost.js';
import { EXPRESS_VARIANTS, type ExpressCosts, measureExpress } from '../express.js';
import { figureText } from '../results.js';
import { tableLines } from '../table.js';
import type { Part } from './part.js';

const WORKLOADS: readonly Workload[] = ['story', 'shapes'];
const HEAD = ['', 'at saturation', 'of bare', 'CPU of the app', 'p99 at half of that'];

export const expressPart: Part = {
  name: 'express',
  title: 'An Express app with 23 statements a request, on a real PostgreSQL',
  async measure(url) {
    const lines: string[] = [];
    const verdicts: Verdict[] = [];
    for (const workload of WORKLOADS) {
      const costs = await measureExpress(workload, url);
      lines.push(workload, ...tableOf(costs), '');
      verdicts.push(judge('throughput', workload, costs.kept('default')));
    }
    return { lines: lines.slice(0, -1), verdicts };
  },
};

function tableOf(costs: ExpressCosts): string[] {
  const rows = EXPRESS_VARIANTS.map((name) => {
    const { perSecond, cpu } = costs.saturated(name);
    return [
      name,
      `${perSecond.toFixed(0)} requests/s`,
      `${figureText(costs.kept(name))} %`,
      `${cpu.toFixed(2)} ms a request`,
      `${figureText(costs.p99(name))} ms`,
    ];
  });
  return tableLines([HEAD, ...rows]);
}
