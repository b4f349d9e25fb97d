// What the Vitest plugin adds to a suite of small database tests.

import { judge } from '../budgets.js';
import { type Figure, measurePlugin } from '../plugin.js';
import { figureText } from '../results.js';
import { tableLines } from '../table.js';
import type { Part } from './part.js';

/** Each takes half a minute. */
const ROUNDS = 5;

export const pluginPart: Part = {
  name: 'plugin',
  title: 'A Vitest suite with the plugin',
  async measure(url) {
    const { wall, cpu, tests } = await measurePlugin(url, ROUNDS);
    return {
      lines: tableLines([
        [`${tests.toLocaleString('en')} tests`, 'without', 'with', 'ratio'],
        rowOf('wall time', wall),
        rowOf('CPU', cpu),
      ]),
      verdicts: [judge('plugin', '', ratioOf(wall))],
    };
  },
};

function rowOf(title: string, figure: Figure): string[] {
  return [title, `${figure.without.toFixed(0)} ms`, `${figure.with.toFixed(0)} ms`, figureText(ratioOf(figure))];
}

function ratioOf({ ratio, interval }: Figure) {
  return { value: ratio, ...interval };
}
