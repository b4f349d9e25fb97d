// Reads a run back: the files of all its processes, as one. What cannot be read is counted and named, and never stops the rest.

import { createReadStream } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { QueryscopeError } from '../../errors.js';
import type { Run } from '../../report/run.js';
import { linesOf } from '../../sources/lines.js';
import { Gathering } from './gathering.js';
import type { WrittenFile } from './written-file.js';

export interface ReadRunOptions {
  /** Called after each file, for work that takes long. */
  onProgress?(filesRead: number, files: number): void;
}

/** What jsonOutput's files are called. */
const EXTENSION = '.jsonl';
const CHUNK_BYTES = 1024 * 1024;

/**
 * Reads the files given, and those below the directories given (`.jsonl`), whichever order they come in. Throws a QueryscopeError where a path does not
 * exist; everything else that is missing is in the run's `losses`.
 */
export async function readRun(paths: string | readonly string[], options: ReadRunOptions = {}): Promise<Run> {
  const reader = new RunReader();
  await reader.read(paths, options);
  return reader.run();
}

/** Reads a run in parts: files that are complete while others are still written. */
export class RunReader {
  readonly #gathering = new Gathering();
  readonly #read = new Set<string>();

  /** As {@link readRun}; what was read before is not read again. */
  async read(paths: string | readonly string[], { onProgress }: ReadRunOptions = {}): Promise<void> {
    const files = (await filesOf(typeof paths === 'string' ? [paths] : paths)).filter((file) => !this.#read.has(file));
    for (const [index, file] of files.entries()) {
      this.#read.add(file);
      await readFile(file, this.#gathering);
      onProgress?.(index + 1, files.length);
    }
  }

  /** Takes a file in hand as if it had been read. */
  async take(written: WrittenFile): Promise<void> {
    this.#read.add(await realpath(written.path));
    this.#gathering.file(nameOf(written.path)).takeWritten(written);
  }

  /** All that was read; to be asked for once. */
  run(): Run {
    return this.#gathering.run();
  }
}

async function readFile(file: string, gathering: Gathering): Promise<void> {
  const reading = gathering.file(nameOf(file));
  try {
    for await (const line of linesOf(createReadStream(file, { highWaterMark: CHUNK_BYTES }))) {
      if (!reading.take(line)) return;
    }
    reading.done();
  } catch (error) {
    reading.failed(error);
  }
}

function nameOf(file: string): string {
  const name = relative(process.cwd(), file);
  return name.startsWith('..') ? file : name;
}

/** Each file once, by its path, so that the order of the arguments does not show. */
async function filesOf(paths: readonly string[]): Promise<string[]> {
  const files = new Set<string>();
  for (const path of paths) {
    for await (const file of filesBelow(path)) files.add(await realpath(file));
  }
  return [...files].sort();
}

async function* filesBelow(path: string): AsyncGenerator<string> {
  const found = await stat(path).catch(() => null);
  if (found === null) {
    throw new QueryscopeError(
      'not-a-run',
      `There is no file or directory '${path}' to read a run from. Please give what jsonOutput() wrote: a directory such as .queryscope/<run>.`,
    );
  }
  if (!found.isDirectory()) {
    yield path;
    return;
  }
  for (const entry of await readdir(path, { withFileTypes: true })) {
    if (entry.isDirectory()) yield* filesBelow(join(path, entry.name));
    else if (entry.name.endsWith(EXTENSION)) yield join(path, entry.name);
  }
}
