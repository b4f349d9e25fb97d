// What the Vitest plugin adds to a suite of small database tests.

import { judge } from '../budgets.js';
import { type Figure, measurePlugin, type PluginCost, TESTS } from '../plugin.js';
import { figureText } from '../results.js';
import { tableLines } from '../table.js';
import type { Part } from './part.js';

/** Each takes half a minute. */
const ROUNDS = 5;

export const pluginPart: Part = {
  name: 'plugin',
  title: 'A Vitest suite with the plugin',
  async measure(url) {
    const cost = await measurePlugin(url, ROUNDS);
    return {
      lines: tableLines([
        [`${TESTS.toLocaleString('en')} tests`, 'without', 'the least that notes', 'ratio', 'with the plugin', 'ratio'],
        rowOf('wall time', cost.wallMs),
        rowOf('CPU', cost.cpuMs),
      ]),
      verdicts: [judge('plugin', '', ratioOf(cost.wallMs.with))],
    };
  },
};

function rowOf(title: string, { without, least, with: plugged }: PluginCost['wallMs']): string[] {
  const besides = [least, plugged].flatMap((figure) => [msOf(figure), figureText(ratioOf(figure))]);
  return [title, msOf(without), ...besides];
}

function msOf({ ms }: Figure): string {
  return `${ms.toFixed(0)} ms`;
}

function ratioOf({ ratio, interval }: Figure) {
  return { value: ratio, ...interval };
}
