// Where the command writes: its streams, which a reader may close at any time, and files.

import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { columnsOf, wantsColor } from '../outputs/console/terminal.js';
import { oneLine } from '../outputs/drawing/harmless.js';
import type { Look } from './formats.js';
import { ToolError } from './tool-error.js';

type Stream = NodeJS.WriteStream;

/** `head` and pagers go when they have enough: what is left to say is then nobody's, and the exit code stays what it is. */
export function bearClosedPipes(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
    });
  }
}

/** Waits until the text is on its way, as a pipe takes only so much at once. */
export async function print(text: string, stream: Stream = process.stdout): Promise<void> {
  if (text === '' || stream.destroyed) return;
  await new Promise<void>((resolve) => {
    stream.write(text, () => resolve());
  });
}

/** One line on stderr, whatever the reason contains: file names and messages of a run come from anywhere. */
export async function complain(reason: string): Promise<void> {
  await print(`queryscope: ${oneLine(reason)}\n`, process.stderr);
}

/** Cells of a line in a file or a log, which has no width of its own: as wide as is good to read. */
const LOG_COLUMNS = 100;

/** How a stream shows text; null: it goes to a file. */
export function lookOf(stream: Stream | null): Look {
  return {
    width: stream?.isTTY ? columnsOf(stream) : LOG_COLUMNS,
    color: stream !== null && wantsColor(stream, process.env),
  };
}

/** Is the file a name for standard output? */
export function isStdout(file: string | undefined): boolean {
  return file === undefined || file === '-';
}

/** Writes a file, and the folders that it is to lie in. Throws a ToolError where it cannot. */
export function writeWhole(file: string, text: string): void {
  try {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  } catch (error) {
    throw new ToolError(`${file} cannot be written (${(error as NodeJS.ErrnoException).code ?? error})`);
  }
}
