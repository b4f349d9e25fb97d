// The lines of a stream of bytes with their places, however long the stream is. Node's readline will not do: it also breaks lines at U+2028, which may
// stand in a text, and reads a line of any length.

/** One line without its end. */
export interface Line {
  /** Null: longer than anything that is read. */
  text: string | null;
  /** 1-based. */
  number: number;
  /** Of its first byte. */
  offset: number;
  /** Does its end stand in the stream? */
  whole: boolean;
}

const NEWLINE = 0x0a;
/** The largest message that a collector is set to take is 64 MB at most; a text of JavaScript holds 512 MB. */
const LONGEST_LINE = 256 * 1024 * 1024;

/** Line by line; a carriage return before the end belongs to the end. */
export async function* linesOf(chunks: AsyncIterable<Buffer>): AsyncGenerator<Line> {
  let pieces: Buffer[] = [];
  let length = 0;
  let number = 1;
  let offset = 0;
  const add = (piece: Buffer) => {
    length += piece.length;
    if (length > LONGEST_LINE) pieces = [];
    else pieces.push(piece);
  };
  const line = (whole: boolean): Line => {
    const text = length > LONGEST_LINE ? null : textOf(pieces);
    const made = { text, number, offset, whole };
    number += 1;
    offset += length + 1;
    pieces = [];
    length = 0;
    return made;
  };
  for await (const chunk of chunks) {
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

function textOf(pieces: readonly Buffer[]): string {
  const [first] = pieces;
  const bytes = pieces.length === 1 && first !== undefined ? first : Buffer.concat(pieces);
  const text = bytes.toString('utf8');
  return text.endsWith('\r') ? text.slice(0, -1) : text;
}
