// Where the baseline is: the file that is named, else the one at the repository's root, which all of its packages share.

import { existsSync } from 'node:fs';
import { join, relative } from 'node:path';
import { repositoryRoot } from '../capture/path-names.js';
import { BASELINE_FILE } from '../report/baseline.js';

/** The file as one would name it here. It need not be there. */
export function baselinePlace(given: string | undefined): string {
  if (given !== undefined) return given;
  if (existsSync(BASELINE_FILE)) return BASELINE_FILE;
  return relative(process.cwd(), join(repositoryRoot(process.cwd()), BASELINE_FILE));
}
