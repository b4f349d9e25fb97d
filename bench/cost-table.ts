// The costs of one workload as lines: what each variant takes, and what it adds as shares of the two references.

import type { Costs, Variant } from './cost.js';
import { figureText } from './results.js';
import type { Figure } from './statistics.js';

const HEAD = ['', 'CPU', 'wall', 'after it', 'adds', '× C10', '× instrumentation-pg'];
const WIDTHS = [20, 10, 10, 10, 27, 23, 23];

/** `variants` without C10 have no shares of it. */
export function costTable(costs: Costs, variants: readonly Variant[]): string[] {
  const hasC10 = variants.includes('C10');
  const names = variants.flatMap((name) => (name === 'bare' ? (['bare', 'bare again'] as const) : [name]));
  const rows = names.map((name) => {
    const { request, wall, after } = costs.of(name);
    const took = [request, wall, after].map(micros);
    if (name === 'no statement') return [name, ...took];
    if (name === 'C10') return [name, ...took, addedText(costs.added(name, 'request', 'no statement'))];
    if (name === 'bare' || name === 'bare again') return [name, ...took, addedText(costs.added(name))];
    const shares = [
      hasC10 ? figureText(costs.ratio(name, 'C10')) : '',
      figureText(costs.ratio(name, 'instrumentation-pg')),
    ];
    return [name, ...took, addedText(costs.added(name)), ...shares];
  });
  return [HEAD, ...rows]
    .map((cells) => cells.map((cell, i) => (i === 0 ? cell.padEnd(WIDTHS[0]!) : cell.padStart(WIDTHS[i]!))).join(''))
    .map((line) => line.trimEnd());
}

function micros(us: number): string {
  return `${us.toFixed(2)} µs`;
}

function addedText(figure: Figure): string {
  return `${figureText(figure)} µs`;
}
