// The baseline as a file that several processes may change at once: whoever changes it holds a lock, and a reader sees the old text or the new one, never
// half of one.

import { randomBytes } from 'node:crypto';
import { open, readFile, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { QueryscopeError } from '../errors.js';
import { type Baseline, baselineText, EMPTY_BASELINE, parseBaseline } from './baseline.js';

export interface UpdateOptions {
  /** How long other processes that change it are waited for. Default: 10 s. */
  patienceMs?: number;
}

/** A change takes milliseconds; others are waited for as long as many of them take. */
const PATIENCE_MS = 10_000;
const RETRY_MS = 20;
/** On another machine nobody can ask whether the process is still there. */
const STALE_MS = 60_000;

/** The baseline in a file; null where there is no such file. Throws a QueryscopeError where it is none. */
export async function readBaseline(file: string): Promise<Baseline | null> {
  const text = await textOf(file);
  return text === null ? null : parseBaseline(text, file);
}

/**
 * Changes the baseline in a file, which need not be there yet. Changes of several processes happen one after the other. Throws a QueryscopeError where the
 * file is no baseline, or where another process holds it for longer than anybody would.
 */
export async function updateBaseline(
  file: string,
  change: (baseline: Baseline) => Baseline,
  { patienceMs = PATIENCE_MS }: UpdateOptions = {},
): Promise<Baseline> {
  const place = await realpath(file).catch(() => file);
  const unlock = await lock(`${place}.lock`, patienceMs);
  try {
    const before = await textOf(place);
    const changed = change(before === null ? EMPTY_BASELINE : parseBaseline(before, file));
    const after = baselineText(changed);
    if (after !== before) await replace(place, after);
    return parseBaseline(after, file);
  } finally {
    await unlock();
  }
}

/** A file takes its name only once it is whole. */
async function replace(place: string, text: string): Promise<void> {
  const draft = `${place}.${process.pid}-${randomBytes(4).toString('hex')}`;
  try {
    const handle = await open(draft, 'wx');
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(draft, place);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}

interface Holder {
  pid: number;
  host: string;
}

async function lock(path: string, patienceMs: number): Promise<() => Promise<void>> {
  const holder: Holder = { pid: process.pid, host: hostname() };
  for (const until = Date.now() + patienceMs; ; ) {
    if (await create(path, holder)) return () => rm(path, { force: true });
    await breakStale(path);
    if (Date.now() > until) {
      throw new QueryscopeError(
        'baseline-locked',
        `Another process has been changing the baseline for more than ${patienceMs / 1_000} s. Please try again, or delete ${path}* where none is at work.`,
      );
    }
    await pause(RETRY_MS * (0.5 + Math.random()));
  }
}

/** Of several that try only one succeeds. */
async function create(path: string, holder: Holder): Promise<boolean> {
  try {
    await writeFile(path, JSON.stringify(holder), { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as { code?: unknown }).code === 'EEXIST') return false;
    throw error;
  }
}

/**
 * Takes a lock away whose process is gone. Only one process at a time may, and it looks again once it is the one: what another has locked meanwhile is not
 * taken from it.
 */
async function breakStale(path: string): Promise<void> {
  if (!(await isStale(path))) return;
  const breaker = `${path}.stale`;
  if (!(await create(breaker, { pid: process.pid, host: hostname() }))) return;
  try {
    if (await isStale(path)) await rm(path, { force: true });
  } finally {
    await rm(breaker, { force: true });
  }
}

async function isStale(path: string): Promise<boolean> {
  const age = await stat(path).then(
    ({ mtimeMs }) => Date.now() - mtimeMs,
    () => 0,
  );
  const text = await textOf(path);
  if (text === null) return false;
  const holder = holderIn(text);
  // Being written just now, or left by a process that was killed before it wrote.
  if (holder === null) return age > STALE_MS;
  return holder.host === hostname() ? !isRunning(holder.pid) : age > STALE_MS;
}

function holderIn(text: string): Holder | null {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as { code?: unknown }).code === 'EPERM';
  }
}

async function textOf(file: string): Promise<string | null> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as { code?: unknown }).code === 'ENOENT') return null;
    throw error;
  }
}
