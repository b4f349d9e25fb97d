// The lines of a file, one after the other, however large it is. Node's readline will not do: it also breaks lines at U+2028, which may stand in a text.

import { createReadStream } from 'node:fs';

/** One line: its text, or why it has none. */
export interface RawLine {
  /** Null: longer than anything that is written. */
  text: string | null;
  /** Does its end stand in the file? */
  whole: boolean;
}

const NEWLINE = 0x0a;
/** More than the writer puts on a line, in bytes. */
const LONGEST_LINE = 256 * 1024 * 1024;

export async function* readLines(file: string): AsyncGenerator<RawLine> {
  let pieces: Buffer[] = [];
  let length = 0;
  const line = (whole: boolean): RawLine => {
    const text = length > LONGEST_LINE ? null : Buffer.concat(pieces).toString('utf8');
    pieces = [];
    length = 0;
    return { text, whole };
  };
  const add = (piece: Buffer) => {
    length += piece.length;
    if (length > LONGEST_LINE) pieces = [];
    else pieces.push(piece);
  };
  for await (const chunk of createReadStream(file, { highWaterMark: 1024 * 1024 }) as AsyncIterable<Buffer>) {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      add(chunk.subarray(start, end));
      yield line(true);
      start = end + 1;
    }
    if (start < chunk.length) add(chunk.subarray(start));
  }
  if (length > 0) yield line(false);
}
