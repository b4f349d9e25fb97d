// What an Express app keeps of its throughput and of its worst latencies.

import { judge } from '../budgets.js';
import { EXPRESS_VARIANTS, type ExpressCosts, measureExpress } from '../express.js';
import { figureText } from '../results.js';
import { tableLines } from '../table.js';
import type { Part } from './part.js';

const HEAD = ['', 'at saturation', 'of bare', 'CPU of the app', 'recorded', 'p99 at half of that'];

export const expressPart: Part = {
  name: 'express',
  title: 'An Express app that sends the story for each request, on a real PostgreSQL',
  async measure(url) {
    const costs = await measureExpress(url);
    return { lines: tableOf(costs), verdicts: [judge('throughput', '', costs.kept("sampleRate: 'auto'"))] };
  },
};

function tableOf(costs: ExpressCosts): string[] {
  const rows = EXPRESS_VARIANTS.map((name) => {
    const { perSecond, cpu, recorded } = costs.saturated(name);
    return [
      name,
      `${perSecond.toFixed(0)} requests/s`,
      `${figureText(costs.kept(name))} %`,
      `${cpu.toFixed(2)} ms a request`,
      `${recorded.toFixed(0)} %`,
      `${figureText(costs.p99(name))} ms`,
    ];
  });
  return tableLines([HEAD, ...rows]);
}
