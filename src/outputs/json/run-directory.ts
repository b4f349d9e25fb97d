// Where the files of this run go, whatever is written: one directory for each run, below one place for all.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Watch } from '../../report/report.js';
import { runName } from './run-name.js';

/** `dir`: the place of all runs; undefined: `.queryscope` at the root. `watch` is null where nobody started the output. */
export function runDirectory(dir: string | undefined, watch: Watch | null): string {
  return join(placeOfRuns(dir, watch), runName());
}

/** Where all runs lie. */
export function placeOfRuns(dir: string | undefined, watch: Watch | null): string {
  if (dir !== undefined) return resolve(dir);
  const place = join(watch?.root ?? process.cwd(), '.queryscope');
  // Where it is made here, nobody has said yet that it is not to be committed.
  if (mkdirSync(place, { recursive: true }) !== undefined) writeFileSync(join(place, '.gitignore'), '*\n');
  return place;
}
