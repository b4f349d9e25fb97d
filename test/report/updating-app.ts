// A process that changes a baseline as often as it is told to, each time by one entry of its own.

import { mergedBaselines } from '../../src/report/baseline.js';
import { updateBaseline } from '../../src/report/baseline-file.js';

async function main(file: string, name: string, times: number): Promise<void> {
  for (let time = 0; time < times; time++) {
    const entry = { key: `${name}-${time}`, reason: 'for the test', since: '2026-01-01' };
    await updateBaseline(file, (baseline) => mergedBaselines(baseline, { shapeVersion: 1, entries: [entry] }));
  }
}

void main(process.argv[2] as string, process.argv[3] as string, Number(process.argv[4]));
