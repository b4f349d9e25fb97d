// A detector's page as the package ships it: how it decides, how to fix what it finds, when it is wrong.

import { readFileSync } from 'node:fs';
import { ownFile } from '../../own-files.js';

/** Its Markdown; null for a detector that this version does not know. */
export function detectorPage(detector: string): string | null {
  if (!/^[a-z0-9-]+$/.test(detector)) return null;
  try {
    return readFileSync(ownFile('detectors', `${detector}.md`), 'utf8');
  } catch {
    return null;
  }
}
