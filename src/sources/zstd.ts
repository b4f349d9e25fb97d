// zstd, where this Node.js has it: its types here are those of the oldest one that is supported, which has not.

import type { Transform } from 'node:stream';
import zlib from 'node:zlib';

interface Zstd {
  createZstdDecompress(options: { chunkSize: number }): Transform;
  zstdDecompressSync(bytes: Buffer, options: { maxOutputLength: number }): Buffer;
}

/** Null: this Node.js is too old for it. */
export const zstd: Zstd | null = 'createZstdDecompress' in zlib ? (zlib as unknown as Zstd) : null;

/** What cannot be read without it, after what it is. */
export const NO_ZSTD = 'are compressed by zstd, which Node.js can read from 22.15 on';

/** Do these bytes begin as its frames do? */
export function isZstd(bytes: Buffer): boolean {
  return bytes.length >= 4 && bytes.readUInt32BE(0) === 0x28b52ffd;
}
