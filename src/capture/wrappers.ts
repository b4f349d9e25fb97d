// Tells the app's own query wrappers by what the user said of them: one-line functions that every statement passes through and
// that explain none.

import type { Frame } from '../profile/types.js';

/**
 * A test for frames of wrappers. A word with a slash, a dot or a star is a glob of files (`src/db/**`, `*.repository.ts`; without a
 * slash, of file names in any directory); any other is the name of a function.
 */
export function wrapperTest(wrappers: readonly string[]): (frame: Frame) => boolean {
  const functions = new Set(wrappers.filter((word) => !isGlob(word)));
  const files = wrappers.filter(isGlob).map(globPattern);
  return (frame) =>
    (frame.function !== null && functions.has(frame.function)) || files.some((pattern) => pattern.test(frame.file));
}

function isGlob(word: string): boolean {
  return /[/.*]/.test(word);
}

/** `**` stands for any directories, `*` for anything within a name, `?` for one character of it. */
function globPattern(glob: string): RegExp {
  const source = glob
    .replace(/^\.\//, '')
    .replace(/[\\^$+{}()|[\].]/g, '\\$&')
    .replace(
      /\*\*\/|\*\*|\*|\?/g,
      (wild) => ({ '**/': '(?:.*/)?', '**': '.*', '*': '[^/]*', '?': '[^/]' })[wild] ?? wild,
    );
  return new RegExp(`^${glob.includes('/') ? '' : '(?:.*/)?'}${source}$`);
}
