// How fast the command judges exported traces. The heap that it is given is smaller than the file, so that it ends with an error where it holds all of it.

import { measureAnalyze } from '../analyze.js';
import type { Part } from './part.js';

const SIZE = { megabytes: 150, heapMb: 128 };

export const analyzePart: Part = {
  name: 'analyze',
  title: 'Judging a file of traces by the command',
  async measure() {
    const cost = await measureAnalyze(SIZE);
    if (cost.exitCode !== 1)
      throw new Error(`It ended with ${cost.exitCode}, where 1 tells of findings:\n${cost.stderr}`);
    const { written, megabytes, cpuMs, megabytesPerSecond, peakMb } = cost;
    const perCpuSecond = (1_000 * megabytes) / cpuMs;
    return {
      lines: [
        `${megabytes.toFixed(0)} MB, ${written.statements.toLocaleString('en')} statements of ${written.requests.toLocaleString('en')} requests, a heap of at most ${SIZE.heapMb} MB`,
        `${megabytesPerSecond.toFixed(1)} MB a second, ${perCpuSecond.toFixed(1)} MB a second of CPU, ${((1_000 * cpuMs) / written.statements).toFixed(1)} µs of CPU a statement`,
        `${peakMb.toFixed(0)} MB in memory at most`,
      ],
      verdicts: [],
    };
  },
};
