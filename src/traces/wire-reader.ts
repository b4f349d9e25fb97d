// Protobuf's wire format, read forward: fields by number, and nothing of what a message means.

/** Thrown where the bytes are no message. */
export class WireError extends Error {
  override readonly name = 'WireError';
}

const VARINT = 0;
const FIXED64 = 1;
const LENGTH = 2;
const FIXED32 = 5;

/** The fields of one message, one after the other. What is not asked for is passed over by the next `next()`. */
export class WireReader {
  /** Of the field at hand. */
  field = 0;
  #type = VARINT;
  #at: number;
  #unread = false;
  readonly #bytes: Buffer;
  readonly #end: number;

  constructor(bytes: Buffer, start = 0, end: number = bytes.length) {
    this.#bytes = bytes;
    this.#at = start;
    this.#end = end;
  }

  /** Goes to the next field; false at the end. */
  next(): boolean {
    if (this.#unread) this.#pass();
    if (this.#at === this.#end) return false;
    const tag = this.#varint();
    this.field = Math.floor(tag / 8);
    this.#type = tag % 8;
    if (this.field === 0) throw new WireError('a field has no number');
    this.#unread = true;
    return true;
  }

  /** The field as a message of its own. */
  message(): WireReader {
    const length = this.#length();
    return new WireReader(this.#bytes, this.#at - length, this.#at);
  }

  bytes(): Buffer {
    const length = this.#length();
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  text(): string {
    const length = this.#length();
    return this.#bytes.toString('utf8', this.#at - length, this.#at);
  }

  hex(): string {
    const length = this.#length();
    return this.#bytes.toString('hex', this.#at - length, this.#at);
  }

  /** As a number, where it is one that a number holds; unsigned. */
  number(): number {
    this.#take(VARINT);
    return this.#varint();
  }

  /** 64 bits with a sign. */
  int64(): bigint {
    this.#take(VARINT);
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.#byte();
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asIntN(64, value);
    }
    throw new WireError('a number never ends');
  }

  double(): number {
    this.#take(FIXED64);
    return this.#bytes.readDoubleLE(this.#forward(8));
  }

  /** Nanoseconds in ms. */
  nanosInMs(): number {
    this.#take(FIXED64);
    const at = this.#forward(8);
    const nanos = BigInt(this.#bytes.readUInt32LE(at)) + (BigInt(this.#bytes.readUInt32LE(at + 4)) << 32n);
    return Number(nanos / 1_000_000n) + Number(nanos % 1_000_000n) / 1e6;
  }

  fixed32(): number {
    this.#take(FIXED32);
    return this.#bytes.readUInt32LE(this.#forward(4));
  }

  #pass(): void {
    if (this.#type === VARINT) this.number();
    else if (this.#type === FIXED64) {
      this.#take(FIXED64);
      this.#forward(8);
    } else if (this.#type === LENGTH) this.#length();
    else this.fixed32();
  }

  #length(): number {
    this.#take(LENGTH);
    const length = this.#varint();
    this.#forward(length);
    return length;
  }

  #take(type: number): void {
    if (this.#type !== type) throw new WireError('a field has another type than is known of it');
    this.#unread = false;
  }

  /** 10 bytes at most; more than 53 bits lose the lowest, which no length and no code has. */
  #varint(): number {
    let value = 0;
    let factor = 1;
    for (let read = 0; read < 10; read += 1) {
      const byte = this.#byte();
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
      factor *= 128;
    }
    throw new WireError('a number never ends');
  }

  #byte(): number {
    return this.#bytes[this.#forward(1)] as number;
  }

  /** Answers where it was. */
  #forward(length: number): number {
    const at = this.#at;
    if (length > this.#end - at) throw new WireError('a field is longer than its message');
    this.#at = at + length;
    return at;
  }
}
