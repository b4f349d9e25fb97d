// The bytes of a source: a file or standard input, decompressed by what it begins with, whatever it is called. What cannot be read is counted, and never
// stops the other files.

import { createReadStream } from 'node:fs';
import { pipeline, Readable, type Transform } from 'node:stream';
import zlib from 'node:zlib';
import { STDIN } from './file-order.js';
import type { Skipped } from './skipped.js';
import type { SourceFile } from './source-format.js';
import { isZstd, NO_ZSTD, zstd } from './zstd.js';

export interface OpenOptions {
  skipped: Skipped;
  /** Hears of the bytes read, as they lie there. */
  onBytes(bytes: number): void;
}

/** What a format is known by. */
export const HEAD_BYTES = 64 * 1024;
const CHUNK_BYTES = 1024 * 1024;

/** A file to be read once, from its beginning. */
export function openFile(path: string, options: OpenOptions): SourceFile {
  const name = path === STDIN ? 'stdin' : path;
  return { name, chunks: readable(name, decompressed(bytesOf(path, options.onBytes)), options.skipped) };
}

/** A file whose first bytes are known. */
export interface BegunFile extends SourceFile {
  /** Its first bytes, which `chunks` begins with too. */
  head: Buffer;
  /** Lets go of it, where it is read no further. */
  close(): Promise<void>;
}

/** Reads the first bytes of a file. */
export async function begin({ name, chunks }: SourceFile): Promise<BegunFile> {
  const source = chunks[Symbol.asyncIterator]();
  const first = await take(source, HEAD_BYTES);
  return {
    name,
    chunks: joined(first, source),
    head: first.subarray(0, HEAD_BYTES),
    close: async () => void (await source.return?.()),
  };
}

async function* bytesOf(path: string, onBytes: (bytes: number) => void): AsyncGenerator<Buffer> {
  const stream = path === STDIN ? process.stdin : createReadStream(path, { highWaterMark: CHUNK_BYTES });
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    onBytes(chunk.length);
    yield chunk;
  }
}

const MAGIC_BYTES = 4;

async function* decompressed(bytes: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
  const first = await take(bytes, MAGIC_BYTES);
  const all = joined(first, bytes);
  const decompressor = decompressorFor(first);
  if (decompressor === null) yield* all;
  else {
    // What fails in it is thrown to whoever reads the last one.
    yield* pipeline(Readable.from(all), decompressor, () => {}) as AsyncIterable<Buffer>;
  }
}

function decompressorFor(first: Buffer): Transform | null {
  if (first[0] === 0x1f && first[1] === 0x8b) return zlib.createGunzip({ chunkSize: CHUNK_BYTES });
  if (!isZstd(first)) return null;
  if (zstd === null) throw new NoZstd();
  return zstd.createZstdDecompress({ chunkSize: CHUNK_BYTES });
}

/** This Node.js cannot decompress it. */
class NoZstd extends Error {}

async function* readable(name: string, chunks: AsyncIterable<Buffer>, skipped: Skipped): AsyncGenerator<Buffer> {
  let offset = 0;
  try {
    for await (const chunk of chunks) {
      offset += chunk.length;
      yield chunk;
    }
  } catch (error) {
    const isCut = (error as { code?: unknown }).code === 'Z_BUF_ERROR';
    skipped.add(reasonOf(error), { file: name, line: null, offset }, { grave: !isCut });
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof NoZstd) return `files ${NO_ZSTD}`;
  const { code } = error as { code?: unknown };
  if (code === 'Z_BUF_ERROR') return 'compressed files end before their data does, as while they are written';
  return `files could not be read to their end (${typeof code === 'string' ? code : 'an unknown error'})`;
}

/** At least so many bytes, where there are as many. */
async function take(source: AsyncIterator<Buffer>, least: number): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let length = 0;
  while (length < least) {
    const { done, value } = await source.next();
    if (done) break;
    pieces.push(value);
    length += value.length;
  }
  return pieces.length === 1 ? (pieces[0] as Buffer) : Buffer.concat(pieces);
}

async function* joined(first: Buffer, rest: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  try {
    if (first.length > 0) yield first;
    for (let step = await rest.next(); !step.done; step = await rest.next()) yield step.value;
  } finally {
    await rest.return?.();
  }
}
