// What judging a scope takes after the response.

import { measureAnalysis, measureGrowth, SIZES } from '../analysis.js';
import { judge } from '../budgets.js';
import { figureText } from '../results.js';
import { exactly } from '../statistics.js';
import { measureStretches } from '../stretches.js';
import type { Part } from './part.js';

export const analysisPart: Part = {
  name: 'analysis',
  title: 'Judging a scope, by its statements',
  async measure() {
    const times = measureAnalysis();
    const microsOf = (size: number) => (1_000 * (times.get(size) ?? Number.NaN)) / size;
    const { judged, listed } = measureGrowth();
    return {
      lines: [
        ...SIZES.map((size) => {
          const ms = (times.get(size) ?? Number.NaN).toFixed(1);
          return `${String(size).padStart(7)} ${ms.padStart(8)} ms ${microsOf(size).toFixed(2).padStart(8)} µs a statement`;
        }),
        `one scope of 100,000 takes ${figureText(judged)} times as long as each of ten of 10,000`,
        `only to list its statements as objects, nothing judged: ${figureText(listed)} times`,
      ],
      verdicts: [
        ...SIZES.map((size) => judge('analysis', size.toLocaleString('en'), exactly(microsOf(size)))),
        judge('analysis-growth', '', judged),
        judge('stretch', '', exactly(await measureStretches())),
      ],
    };
  },
};
