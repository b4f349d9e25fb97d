// Decodes what a source map says line by line, and no further than it is asked. Node's own SourceMap decodes all of it into an object a
// token at once: 50 ms for each megabyte of map, in which the app stands still.

/** A place in a source, 0-based. */
export interface Place {
  /** Index in the map's `sources`. */
  source: number;
  line: number;
  column: number;
}

const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const DIGIT_OF = new Uint8Array(128);
for (const [value, digit] of [...DIGITS].entries()) DIGIT_OF[digit.charCodeAt(0)] = value;

const COMMA = ','.charCodeAt(0);
const SEMICOLON = ';'.charCodeAt(0);

/** Numbers kept of a segment: its column in the compiled file, and the three of its place; the source is −1 where it has none. */
const SIZE = 4;

/** The `mappings` of a source map, version 3: base64 VLQ, each number but a compiled column told as the difference to the last one. */
export class Mappings {
  readonly #text: string;
  /** How far it is decoded, and the numbers there. */
  #at = 0;
  #source = 0;
  #line = 0;
  #column = 0;
  /** The segments of each line decoded so far. */
  readonly #lines: Int32Array[] = [];

  constructor(text: string) {
    this.#text = text;
  }

  /** Where a place of the compiled file (0-based) was written; null where its line has no segment at or before it that says so. */
  find(line: number, column: number): Place | null {
    while (this.#lines.length <= line && this.#at < this.#text.length) this.#lines.push(this.#decodeLine());
    const segments = this.#lines[line];
    if (segments === undefined) return null;
    let low = 0;
    let high = segments.length / SIZE;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((segments[middle * SIZE] as number) <= column) low = middle + 1;
      else high = middle;
    }
    const [, source = -1, sourceLine = 0, sourceColumn = 0] = segments.subarray((low - 1) * SIZE, low * SIZE);
    return low === 0 || source === -1 ? null : { source, line: sourceLine, column: sourceColumn };
  }

  #decodeLine(): Int32Array {
    const text = this.#text;
    const segments: number[] = [];
    let compiledColumn = 0;
    while (this.#at < text.length && text.charCodeAt(this.#at) !== SEMICOLON) {
      compiledColumn += this.#number();
      if (this.#endsSegment()) {
        segments.push(compiledColumn, -1, 0, 0);
      } else {
        this.#source += this.#number();
        this.#line += this.#number();
        this.#column += this.#number();
        segments.push(compiledColumn, this.#source, this.#line, this.#column);
        if (!this.#endsSegment()) this.#number(); // The index of a name, which nobody asks for.
      }
      if (text.charCodeAt(this.#at) === COMMA) this.#at++;
    }
    this.#at++;
    return Int32Array.from(segments);
  }

  #endsSegment(): boolean {
    const code = this.#text.charCodeAt(this.#at);
    return code === COMMA || code === SEMICOLON || Number.isNaN(code);
  }

  /** Five bits a digit, the lowest first; the sixth says that more follow, the very first is the sign. */
  #number(): number {
    let value = 0;
    let shift = 0;
    let digit: number;
    do {
      digit = DIGIT_OF[this.#text.charCodeAt(this.#at++)] ?? 0;
      value |= (digit & 31) << shift;
      shift += 5;
    } while (digit >= 32);
    return value & 1 ? -(value >>> 1) : value >>> 1;
  }
}
