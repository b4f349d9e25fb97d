// Runs that nobody will look at again: a process that is started over and over would fill the disk with them.

import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { MADE_UP } from './run-name.js';

/** As many as somebody may want to compare with. */
const KEPT = 20;
/** A process that writes no scope for a day may still end by itself. */
const OLD_MS = 2 * 24 * 60 * 60 * 1_000;

/** What outputs write into a run's directory. */
const RUN_FILE = /\.(?:jsonl|html)$/;

/**
 * Removes all but the latest runs of a directory, where nobody gave them a name, nothing but what outputs write lies in them, and nothing was written
 * for two days. Never rejects: what cannot be removed stays.
 */
export async function forgetOldRuns(directory: string): Promise<void> {
  const runs = (await readdir(directory).catch(() => [])).filter((name) => MADE_UP.test(name)).sort();
  for (const name of runs.slice(0, -KEPT)) {
    const run = join(directory, name);
    try {
      if (await isForgotten(run)) await rm(run, { recursive: true, force: true });
    } catch {
      // Another process removes it too, or nobody may.
    }
  }
}

async function isForgotten(run: string): Promise<boolean> {
  for (const name of await readdir(run)) {
    const { mtimeMs } = await stat(join(run, name));
    if (!RUN_FILE.test(name) || Date.now() - mtimeMs < OLD_MS) return false;
  }
  return true;
}
