// How a collector's file exporter, or whoever else keeps OTLP, puts messages into a file: a line each, one document of several lines, a length before each,
// compressed one by one, or a lone one. What is broken is counted, and what stands behind it is found again where that can be.

import { type Line, linesOf } from '../sources/lines.js';
import type { Place, Skipped } from '../sources/skipped.js';
import type { SourceFile } from '../sources/source-format.js';
import { isZstd, NO_ZSTD, zstd } from '../sources/zstd.js';

/** One message and where it begins: parsed JSON, or the bytes of protobuf. */
export type Message = { place: Place } & ({ json: unknown } | { bytes: Buffer });

/** A collector takes messages of 4 to 64 MB; a whole file may be one. */
const LONGEST = 256 * 1024 * 1024;
/** The tag of `resource_spans`, which both encodings of messages begin with where they are protobuf. */
const FIRST_TAG = 0x0a;
const LENGTH_BYTES = 4;

export async function* messagesOf(file: SourceFile, skipped: Skipped): AsyncGenerator<Message> {
  const source = file.chunks[Symbol.asyncIterator]();
  const { done, value: first } = await source.next();
  if (done) return;
  const chunks = from(first, source);
  if (isText(first)) yield* documents(file.name, chunks, skipped);
  else if (first[0] === FIRST_TAG) yield* loneMessage(file.name, chunks, skipped);
  // The highest byte of a length is small; a text that is no JSON is read as one, so that its lines are counted.
  else if ((first[0] as number) < LONGEST >>> 24) yield* framedMessages(file.name, chunks, skipped);
  else yield* documents(file.name, chunks, skipped);
}

/** Does it begin as JSON does, also behind a mark of its encoding? */
export function isText(bytes: Buffer): boolean {
  return /^(?:\ufeff)?\s*[{[]/.test(bytes.toString('utf8', 0, 1_000));
}

async function* from(first: Buffer, source: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  yield first;
  for (let step = await source.next(); !step.done; step = await source.next()) yield step.value;
}

/** Lines that are each a document, and documents of several lines, in any order. */
async function* documents(name: string, chunks: AsyncIterable<Buffer>, skipped: Skipped): AsyncGenerator<Message> {
  let open: OpenDocument | null = null;
  const lose = (reason: string, line: Line) => skipped.add(reason, placeOf(name, line));
  for await (const line of linesOf(chunks)) {
    if (line.text === null) {
      lose('lines are too long to be read', line);
      continue;
    }
    const text = line.number === 1 ? line.text.replace(/^\ufeff/, '') : line.text;
    // A brace where a line begins is where a document does: what came before had no end.
    if (open !== null && text.startsWith('{')) {
      if (!open.isBareList) lose(BROKEN, open.first);
      open = null;
    }
    if (open === null) {
      if (/^\s*(?:\],?)?\s*$/.test(text)) continue;
      const json = jsonIn(text);
      if (json !== undefined) yield* messagesIn(json, placeOf(name, line));
      else if (/^\s*[{[]/.test(text)) open = new OpenDocument(line);
      else lose(BROKEN, line);
    }
    if (open === null) continue;
    open.add(text);
    if (!open.isWhole) continue;
    const json = jsonIn(open.text);
    if (json === undefined) lose(BROKEN, open.first);
    else yield* messagesIn(json, placeOf(name, open.first));
    open = null;
  }
  if (open !== null && !open.isBareList) lose('files end in the middle of a message', open.first);
}

const BROKEN = 'lines could not be read as JSON';

/** A document whose end has not come. */
class OpenDocument {
  readonly first: Line;
  readonly #lines: string[] = [];
  #length = 0;
  #depth = 0;
  #inText = false;

  constructor(first: Line) {
    this.first = first;
  }

  add(line: string): void {
    this.#lines.push(line);
    this.#length += line.length;
    for (let at = 0; at < line.length; at += 1) {
      const char = line[at];
      if (this.#inText) {
        if (char === '\\') at += 1;
        else if (char === '"') this.#inText = false;
      } else if (char === '"') this.#inText = true;
      else if (char === '{' || char === '[') this.#depth += 1;
      else if (char === '}' || char === ']') this.#depth -= 1;
    }
  }

  /** Has it an end, or is it too long to have one? */
  get isWhole(): boolean {
    return this.#depth <= 0 || this.#length > LONGEST;
  }

  /** Only the opening of a list of documents, each of which stands on a line of its own. */
  get isBareList(): boolean {
    return this.#lines.length === 1 && this.#lines[0]?.trim() === '[';
  }

  get text(): string {
    return this.#lines.join('\n');
  }
}

function* messagesIn(json: unknown, place: Place): Generator<Message> {
  if (Array.isArray(json)) for (const each of json) yield { place, json: each };
  else yield { place, json };
}

/** Undefined where it is none; one of a list may have a comma behind it. */
function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return /,\s*$/.test(text) ? jsonIn(text.replace(/,\s*$/, '')) : undefined;
  }
}

/** A message of protobuf without a length: the whole file. */
async function* loneMessage(name: string, chunks: AsyncIterable<Buffer>, skipped: Skipped): AsyncGenerator<Message> {
  const place = { file: name, line: null, offset: 0 };
  const pieces: Buffer[] = [];
  let length = 0;
  for await (const chunk of chunks) {
    length += chunk.length;
    if (length > LONGEST) {
      skipped.add(TOO_LONG, place, { grave: true });
      return;
    }
    pieces.push(chunk);
  }
  yield { place, bytes: Buffer.concat(pieces) };
}

const TOO_LONG = 'messages say that they are too long to be any, so the rest of their files was not read';

/** Messages with their length before them, in 4 bytes, the highest first. */
async function* framedMessages(name: string, chunks: AsyncIterable<Buffer>, skipped: Skipped): AsyncGenerator<Message> {
  let pieces: Buffer[] = [];
  let held = 0;
  let offset = 0;
  let wanted = LENGTH_BYTES;
  for await (const chunk of chunks) {
    pieces.push(chunk);
    held += chunk.length;
    if (held < wanted) continue;
    let bytes = pieces.length === 1 ? chunk : Buffer.concat(pieces);
    wanted = LENGTH_BYTES;
    while (bytes.length >= LENGTH_BYTES) {
      const place = { file: name, line: null, offset };
      const length = bytes.readUInt32BE(0);
      if (length > LONGEST) {
        skipped.add(TOO_LONG, place, { grave: true });
        return;
      }
      if (bytes.length < LENGTH_BYTES + length) {
        wanted = LENGTH_BYTES + length;
        break;
      }
      const message = messageIn(bytes.subarray(LENGTH_BYTES, LENGTH_BYTES + length), place, skipped);
      if (message !== null) yield message;
      bytes = bytes.subarray(LENGTH_BYTES + length);
      offset += LENGTH_BYTES + length;
    }
    pieces = [bytes];
    held = bytes.length;
  }
  if (held > 0) skipped.add('files end in the middle of a message', { file: name, line: null, offset });
}

/** As it is, or decompressed, of either encoding; null: it was counted. */
function messageIn(packed: Buffer, place: Place, skipped: Skipped): Message | null {
  const bytes = unpacked(packed, place, skipped);
  if (bytes === null) return null;
  if (!isText(bytes)) return { place, bytes };
  const json = jsonIn(bytes.toString('utf8'));
  if (json !== undefined) return { place, json };
  skipped.add('messages could not be read as JSON', place);
  return null;
}

function unpacked(bytes: Buffer, place: Place, skipped: Skipped): Buffer | null {
  if (!isZstd(bytes)) return bytes;
  if (zstd === null) {
    skipped.add(`messages ${NO_ZSTD}`, place, { grave: true });
    return null;
  }
  try {
    return zstd.zstdDecompressSync(bytes, { maxOutputLength: LONGEST });
  } catch {
    skipped.add('messages could not be decompressed', place);
    return null;
  }
}

function placeOf(file: string, { number, offset }: Line): Place {
  return { file, line: number, offset };
}
