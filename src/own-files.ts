// Where queryscope's own files lie, among the sources as in the package, where modules are put together into a few files: frames of its own are told by that, and what it reads as it runs is found
// from there.

import { join } from 'node:path';

/** With a slash at the end; null inside somebody's bundle, where queryscope has no files of its own. */
export const OWN_DIRECTORY: string | null =
  /^(.*[\\/])(?:own-files\.[jt]s|parts[\\/]ground\.js)$/.exec(__filename)?.[1] ?? null;

/** A file that lies where it lies in `src/`, in the package too. */
export function ownFile(...path: string[]): string {
  return join(OWN_DIRECTORY ?? __dirname, ...path);
}
