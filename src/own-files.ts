// Where queryscope's own files lie, among the sources as in the package, where modules are put together into a few files: frames of its own are told by that, and what it reads as it runs is found
// from there.

import { basename, dirname, join, sep } from 'node:path';

/** `src/` or `dist/`, with a slash at the end; null inside somebody's bundle, where queryscope has no files of its own. */
export const OWN_DIRECTORY: string | null = ownDirectory();

/** A file that lies where it lies in `src/`, in the package too. */
export function ownFile(...path: string[]): string {
  return join(OWN_DIRECTORY ?? __dirname, ...path);
}

function ownDirectory(): string | null {
  const name = basename(__filename);
  if (name === 'own-files.ts') return __dirname + sep;
  return name === 'ground.js' && basename(__dirname) === 'parts' ? dirname(__dirname) + sep : null;
}
