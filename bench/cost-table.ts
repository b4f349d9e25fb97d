// The costs of one workload as lines: what each variant takes, and what it adds as shares of the two references.

import type { Costs, Reference, Variant } from './cost.js';
import { figureText } from './results.js';
import type { Figure } from './statistics.js';
import { tableLines } from './table.js';

const HEAD = ['', 'CPU', 'wall', 'after it', 'adds'];
const REFERENCES: readonly Reference[] = ['C10', 'C10, waiting', 'instrumentation-pg'];

export function costTable(costs: Costs, variants: readonly Variant[]): string[] {
  const references = REFERENCES.filter((reference) => variants.includes(reference));
  const names = variants.flatMap((name) => (name === 'bare' ? (['bare', 'bare again'] as const) : [name]));
  const head = [...HEAD, ...references.map((reference) => `× ${reference}`)];
  return tableLines([head, ...names.map((name) => rowOf(costs, name, references))]);
}

function rowOf(costs: Costs, name: Variant | 'bare again', references: readonly Reference[]): string[] {
  const { request, wall, after } = costs.of(name);
  const took = [name, ...[request, wall, after].map(micros)];
  switch (name) {
    case 'no statement':
      return took;
    case 'C10':
    case 'C10, waiting':
      return [...took, addedText(costs.added(name, 'request', 'no statement'))];
    case 'bare':
    case 'bare again':
    case 'outside als.run':
      return [...took, addedText(costs.added(name))];
    default:
      return [
        ...took,
        addedText(costs.added(name)),
        ...references.map((reference) => figureText(costs.ratio(name, reference))),
      ];
  }
}

function micros(us: number): string {
  return `${us.toFixed(2)} µs`;
}

function addedText(figure: Figure): string {
  return `${figureText(figure)} µs`;
}
