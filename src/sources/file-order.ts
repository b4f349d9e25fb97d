// Which files are meant, and in what order: rotated sets from the oldest on, by the numbers and times that their names carry, as times of files change
// when they are copied.

import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { QueryscopeError } from '../errors.js';

/** Standard input, as a file is named. */
export const STDIN = '-';

/**
 * The paths that are meant, each once: as named, or by patterns (`*`, `?`) in their last part where no shell has put names in their place; of a directory all
 * files that lie in it. Files of one set stand together, the oldest first. Throws a QueryscopeError where there is none.
 */
export async function filesOf(words: readonly string[]): Promise<string[]> {
  const paths = new Set<string>();
  for (const word of words) for (const path of await pathsOf(word)) paths.add(path);
  const bySet = new Map<string, RotatedName[]>();
  for (const path of paths) {
    const name = rotatedName(path);
    const siblings = bySet.get(name.set);
    if (siblings === undefined) bySet.set(name.set, [name]);
    else siblings.push(name);
  }
  return [...bySet.values()].flatMap((names) => names.sort(byAge).map(({ path }) => path));
}

async function pathsOf(word: string): Promise<string[]> {
  if (word === STDIN) return [STDIN];
  const found = await stat(word).catch(() => null);
  if (found?.isDirectory()) return await namesIn(word, () => true);
  if (found !== null) return [word];
  const paths = /[*?]/.test(basename(word)) ? await namesIn(dirname(word), matcherOf(basename(word))) : [];
  if (paths.length > 0) return paths;
  throw new QueryscopeError(
    'not-a-source',
    `There is no file '${word}' to analyze. Please name files of traces or logs, or - for standard input.`,
  );
}

async function namesIn(directory: string, matches: (name: string) => boolean): Promise<string[]> {
  const entries = await readdir(directory, { withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => !entry.isDirectory() && !entry.name.startsWith('.') && matches(entry.name))
    .map(({ name }) => join(directory, name))
    .sort();
}

function matcherOf(pattern: string): (name: string) => boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replace(/\*/g, '.*')
    .replace(/\?/g, '.');
  const expression = new RegExp(`^${source}$`);
  return (name) => expression.test(name);
}

/** What the name of a file says of its place in a rotated set. */
interface RotatedName {
  path: string;
  /** What all names of the set have. */
  set: string;
  /** As logrotate counts: the higher, the older. 0: the newest. */
  generation: number;
  /** When it was begun or put away, as digits; empty: it is still written. */
  time: string;
}

const PACKED = /\.(?:gz|gzip|zst|zstd)$/i;
const GENERATION = /\.(\d{1,4})$/;
const TIME = /[-_.]?(\d{4}-?\d{2}-?\d{2}(?:[T_-]?\d{2}[-:]?\d{2}(?:[-:]?\d{2})?(?:[.,]\d{1,9})?)?)/;

function rotatedName(path: string): RotatedName {
  let set = path.replace(PACKED, '');
  const generation = Number(GENERATION.exec(set)?.[1] ?? 0);
  set = set.replace(GENERATION, '');
  const name = basename(set);
  const time = TIME.exec(name)?.[1]?.replace(/\D/g, '') ?? '';
  return { path, set: join(dirname(set), name.replace(TIME, '')), generation, time };
}

function byAge(a: RotatedName, b: RotatedName): number {
  if (a.generation !== b.generation) return b.generation - a.generation;
  if (a.time === b.time) return 0;
  if (a.time === '' || b.time === '') return a.time === '' ? 1 : -1;
  return a.time < b.time ? -1 : 1;
}
