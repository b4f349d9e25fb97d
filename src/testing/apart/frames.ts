// Messages on a socket: each as many bytes as a number before it says, copied as structured cloning copies.

import { deserialize, serialize } from 'node:v8';

const HEAD = 4;

/** Throws where something in it cannot be copied, or where it is too long to be told. */
export function frameOf(message: unknown): Buffer {
  const body = serialize(message);
  const head = Buffer.alloc(HEAD);
  head.writeUInt32LE(body.length);
  return Buffer.concat([head, body]);
}

/** Puts messages together again, from parts of any size. */
export class Frames {
  readonly #take: (message: unknown) => void;
  readonly #most: number;
  #parts: Buffer[] = [];
  #bytes = 0;

  /** `most`: bytes of a message; longer ones come from nobody that is known, and make `add` throw. */
  constructor(take: (message: unknown) => void, most: number) {
    this.#take = take;
    this.#most = most;
  }

  add(part: Buffer): void {
    this.#parts.push(part);
    this.#bytes += part.length;
    while (this.#bytes >= HEAD) {
      const length = this.#head();
      if (length > this.#most)
        throw new RangeError(`a message of ${length} bytes came; at most ${this.#most} are taken`);
      if (this.#bytes < HEAD + length) return;
      this.#take(deserialize(this.#cut(HEAD + length).subarray(HEAD)));
    }
  }

  #head(): number {
    if ((this.#parts[0] as Buffer).length < HEAD) this.#parts = [Buffer.concat(this.#parts)];
    return (this.#parts[0] as Buffer).readUInt32LE();
  }

  #cut(length: number): Buffer {
    const all = this.#parts.length === 1 ? (this.#parts[0] as Buffer) : Buffer.concat(this.#parts);
    const rest = all.subarray(length);
    this.#parts = rest.length === 0 ? [] : [rest];
    this.#bytes = rest.length;
    return all.subarray(0, length);
  }
}
