// Which blocks of the sources ran, and how often, as V8 itself counts them: what leads the fuzzer, and what cost is measured by
// where a clock would tell of the machine. A step is a block entered; what built-in functions do inside is not counted.

import { Session } from 'node:inspector';
import { setFlagsFromString } from 'node:v8';

/** Optimised code does not count the calls of its functions, until V8 gives it up; code that is dropped and compiled again counts other blocks. */
const COUNTED_WHOLE = ['--no-opt', '--no-maglev', '--no-flush-bytecode'];

interface Range {
  startOffset: number;
  endOffset: number;
  count: number;
}

interface Script {
  scriptId: string;
  url: string;
  functions: { ranges: Range[] }[];
}

export class Coverage {
  readonly #session = new Session();
  readonly #place: RegExp;

  /**
   * Counts in scripts whose address matches `place`. To be made before their functions are first called: one that was compiled earlier is a
   * single block. From here on the process runs without optimisation.
   */
  constructor(place: RegExp) {
    this.#place = place;
    for (const flag of COUNTED_WHOLE) setFlagsFromString(flag);
    this.#session.connect();
    this.#session.post('Profiler.enable');
    this.#session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  }

  /** Blocks that ran since the last call, with how often. */
  take(): Map<string, number> {
    const blocks = new Map<string, number>();
    this.#session.post('Profiler.takePreciseCoverage', (_error, taken) => {
      for (const { scriptId, url, functions } of (taken as { result: Script[] }).result) {
        if (!this.#place.test(url)) continue;
        for (const { ranges } of functions)
          for (const { startOffset, endOffset, count } of ranges)
            if (count > 0) blocks.set(`${scriptId}:${startOffset}:${endOffset}`, count);
      }
    });
    return blocks;
  }

  /** How many blocks were entered since the last call. */
  steps(): number {
    let steps = 0;
    for (const count of this.take().values()) steps += count;
    return steps;
  }

  /** How many blocks were entered in each stretch of sliced work: between one yield and the next. */
  stretchesOf(work: Generator<void, unknown>): number[] {
    const stretches: number[] = [];
    this.take();
    for (let done = false; !done; stretches.push(this.steps())) done = work.next().done === true;
    return stretches;
  }

  close(): void {
    this.#session.post('Profiler.stopPreciseCoverage');
    this.#session.disconnect();
  }
}
