// The lines of source that came with a run, as code frames read them: the report may be made on a machine that has no such file.

import type { ReadSource } from './code-frame.js';
import type { Run } from './run.js';

/** No source file that is read has more lines; a number beyond comes from a file that somebody wrote by hand. */
const MAX_LINE = 1_000_000;

/** Reads a run's own source lines. Lines that did not come with it are empty. */
export function sourceOf({ sources }: Pick<Run, 'sources'>): ReadSource {
  const read = new Map<string, readonly string[] | null>();
  return (file) => {
    const known = read.get(file);
    if (known !== undefined) return known;
    const lines = linesOf(Object.hasOwn(sources, file) ? sources[file] : undefined);
    read.set(file, lines);
    return lines;
  };
}

function linesOf(sparse: Run['sources'][string] | undefined): string[] | null {
  const numbers = Object.keys(sparse ?? {}).map(Number);
  const last = Math.max(0, ...numbers);
  if (sparse === undefined || !(last > 0 && last <= MAX_LINE)) return null;
  return Array.from({ length: last }, (_, index) => sparse[index + 1] ?? '');
}
