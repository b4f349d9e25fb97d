// What judging a scope takes after the response.

import { measureAnalysis, SIZES } from '../analysis.js';
import { judge } from '../budgets.js';
import { exactly } from '../statistics.js';
import { measureStretches } from '../stretches.js';
import type { Part } from './part.js';

export const analysisPart: Part = {
  name: 'analysis',
  title: 'Judging a scope, by its statements',
  async measure() {
    const times = measureAnalysis();
    const microsOf = (size: number) => (1_000 * (times.get(size) ?? Number.NaN)) / size;
    const growth = (times.get(100_000) ?? Number.NaN) / (times.get(10_000) ?? Number.NaN);
    return {
      lines: SIZES.map((size) => {
        const ms = (times.get(size) ?? Number.NaN).toFixed(1);
        return `${String(size).padStart(7)} ${ms.padStart(8)} ms ${microsOf(size).toFixed(2).padStart(8)} µs a statement`;
      }),
      verdicts: [
        ...SIZES.map((size) => judge('analysis', size.toLocaleString('en'), exactly(microsOf(size)))),
        judge('analysis-growth', '', exactly(growth)),
        judge('stretch', '', exactly(await measureStretches())),
      ],
    };
  },
};
