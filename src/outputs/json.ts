// The JSON output: each closed scope on a line of a file of this process, for readRun and whatever is made of a run elsewhere. Everything here acts;
// what stands on the lines is json/line.ts.

import { kindOf, QueryscopeError } from '../errors.js';
import type { Output, Watch } from '../report/report.js';
import { forgetOldRuns } from './json/old-runs.js';
import { placeOfRuns, runDirectory } from './json/run-directory.js';
import { runName } from './json/run-name.js';
import { RunWriter } from './json/run-writer.js';

export interface JsonOutputOptions {
  /**
   * Where runs lie, each in a directory of its own; relative to the working directory. Default: `QUERYSCOPE_DIR`, else `.queryscope` at the repository's
   * root, which ignores itself in git. Of runs that nobody named the latest 20 are kept, and those of the last two days.
   */
  dir?: string;
  /** Of all files of a run. What is over it is left out and counted. Default: 256 MB, which are some 50,000 requests. */
  maxBytes?: number;
}

/** Of all files of a run, unless something else is asked for. */
export const MAX_BYTES = 256 * 1024 * 1024;

/**
 * Writes each closed scope as a line of `<dir>/<run>/<service>-<pid>-<random>.jsonl`. Processes that start each other are one run, so are those of one
 * CI run and those that are given one QUERYSCOPE_RUN. Holds no value of a statement unless values are sampled. Throws a QueryscopeError where an option
 * makes no sense.
 */
export function jsonOutput(options: JsonOutputOptions = {}): Output {
  const { dir, maxBytes } = checked(options);
  // At once, since whatever this process starts from now on belongs to the run.
  runName();
  let writer: RunWriter | null = null;
  const begin = (watch: Watch | null) => {
    writer ??= new RunWriter({ directory: runDirectory(dir, watch), maxBytes, watch });
    return writer;
  };
  return {
    name: 'json',
    start(watch) {
      begin(watch).open();
      void forgetOldRuns(placeOfRuns(dir, watch));
    },
    write(report) {
      return begin(null).write(report);
    },
    async close() {
      const closing = writer;
      writer = null;
      await closing?.close();
    },
  };
}

function checked(options: JsonOutputOptions): { dir: string | undefined; maxBytes: number } {
  const { dir = process.env.QUERYSCOPE_DIR || undefined, maxBytes = MAX_BYTES, ...rest } = options;
  for (const name of Object.keys(rest)) {
    throw new QueryscopeError('unknown-option', `jsonOutput() has no option '${name}'. There are: dir, maxBytes.`);
  }
  if (dir !== undefined && (typeof dir !== 'string' || dir === '')) {
    throw badOption('dir', 'a directory', dir, "write { dir: 'reports' }, or leave it out for .queryscope");
  }
  if (!Number.isSafeInteger(maxBytes) || maxBytes < 1) {
    throw badOption('maxBytes', 'a whole number of bytes', maxBytes, `leave it out for ${MAX_BYTES}`);
  }
  return { dir, maxBytes };
}

function badOption(name: string, expected: string, value: unknown, advice: string): QueryscopeError {
  return new QueryscopeError(
    'bad-option',
    `jsonOutput()'s '${name}' takes ${expected}; ${kindOf(value)} came. Please ${advice}.`,
  );
}
