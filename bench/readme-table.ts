// The README's table of budgets, made of what stands in RESULTS.md.

import { BUDGETS, type Budget } from './budgets.js';
import { boundOf, type Kept, verdictsIn } from './results.js';

const BEGIN = '<!-- budgets: written by `npm run bench` -->\n';
const END = '<!-- /budgets -->';

/** The README with the table of these results in place of the one between its marks. */
export function withBudgets(readme: string, results: string): string {
  const begin = readme.indexOf(BEGIN);
  const end = readme.indexOf(END);
  if (begin < 0 || end < begin) throw new Error(`The README has no place for the table: ${BEGIN.trim()} and ${END}.`);
  return readme.slice(0, begin + BEGIN.length) + tableOf(verdictsIn(results)) + readme.slice(end);
}

function tableOf(verdicts: readonly Kept[]): string {
  const nodes = [...new Set(verdicts.map(({ node }) => node))].sort((a, b) => a - b);
  const heads = ['budget', 'bound', ...nodes.map((node) => `Node ${node}`)];
  const rows = Object.values<Budget>(BUDGETS).flatMap((budget) => {
    const own = verdicts.filter(({ title }) => title === budget.title);
    if (own.length === 0) return [];
    const cells = nodes.map((node) => cellOf(own.filter((each) => each.node === node)));
    return [`| ${[budget.title, `${boundOf(budget)} ${budget.unit}`, ...cells].join(' | ')} |`];
  });
  return `${[`| ${heads.join(' | ')} |`, `|${' --- |'.repeat(heads.length)}`, ...rows].join('\n')}\n`;
}

function cellOf(own: readonly Kept[]): string {
  return own.map(({ value, held }) => (held ? value : `${value} ✖`)).join(', ');
}
