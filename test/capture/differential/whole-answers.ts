// A socket that hands on what a server answers in whole answers, one a turn. In which packets they come is luck, and an app can tell: it may send its next
// statement between an error and the server's being ready. It also knows whether the server still owes an answer.

import { Socket } from 'node:net';

const code = (type: string): number => type.charCodeAt(0);

/** After these a server waits for its client: ready, a password wanted, rows wanted, a portal suspended. */
const LAST = new Set(['Z', 'R', 'G', 's'].map(code));
const READY = code('Z');
/** A simple query, and Sync: each is owed a ReadyForQuery. And the end, which is owed a socket that closes. */
const ASKING = new Set(['Q', 'S', 'X'].map(code));

const RESET = new Set(['ECONNRESET', 'EPIPE']);

/** What has no such end (an error to a cursor) is handed on when nothing follows for so long. */
const QUIET_MS = 25;

export class WholeAnswers extends Socket {
  readonly #waiting: unknown[][] = [];
  #held: Buffer = Buffer.alloc(0);
  #quiet: NodeJS.Timeout | undefined;
  /** Answers that the server owes. */
  #owed = 0;
  #heardAt = performance.now();

  constructor() {
    super();
    // Not before: Socket.connect() puts its own `write` back.
    this.once('connect', () => {
      const { write } = this;
      let isStartUp = true;
      this.#owed = 1;
      this.write = (chunk: Buffer, ...rest: unknown[]): boolean => {
        if (!isStartUp) for (const { type } of messagesIn(chunk)) if (ASKING.has(type)) this.#owed++;
        isStartUp = false;
        this.#heardAt = performance.now();
        return Reflect.apply(write, this, [chunk, ...rest]);
      };
    });
  }

  /** Is nothing to come, as far as this side can tell? */
  isQuietFor(ms: number): boolean {
    const isIdle = this.destroyed || (!this.connecting && this.#owed <= 0);
    return isIdle && this.#waiting.length === 0 && performance.now() - this.#heardAt > ms;
  }

  override emit(name: string, ...rest: unknown[]): boolean {
    if (name === 'data') {
      this.#take(rest[0] as Buffer);
      return true;
    }
    if (name !== 'end' && name !== 'close' && name !== 'error') return Reflect.apply(super.emit, this, [name, ...rest]);
    // A server that ends while something is on its way to it resets the connection, or does not.
    if (name === 'error' && RESET.has((rest[0] as NodeJS.ErrnoException).code ?? '')) return true;
    this.#flush();
    this.#handOn([name, ...rest]);
    return true;
  }

  #take(chunk: Buffer): void {
    this.#heardAt = performance.now();
    this.#held = Buffer.concat([this.#held, chunk]);
    let from = 0;
    for (const { type, end } of messagesIn(this.#held)) {
      if (type === READY) this.#owed--;
      if (!LAST.has(type)) continue;
      this.#handOn(['data', this.#held.subarray(from, end)]);
      from = end;
    }
    this.#held = this.#held.subarray(from);
    clearTimeout(this.#quiet);
    if (this.#held.length > 0) this.#quiet = setTimeout(() => this.#flush(), QUIET_MS);
  }

  #flush(): void {
    clearTimeout(this.#quiet);
    if (this.#held.length > 0) this.#handOn(['data', this.#held]);
    this.#held = Buffer.alloc(0);
  }

  #handOn(event: unknown[]): void {
    if (this.#waiting.push(event) === 1) setImmediate(() => this.#next());
  }

  #next(): void {
    try {
      // It stays in its place while it is emitted: what that leads to comes behind it.
      Reflect.apply(super.emit, this, this.#waiting[0] as [string]);
    } finally {
      // What throws there, as a socket of Node's would, hands on what follows all the same.
      this.#heardAt = performance.now();
      this.#waiting.shift();
      if (this.#waiting.length > 0) setImmediate(() => this.#next());
    }
  }
}

/** The messages of the protocol that stand in these bytes as a whole. */
function* messagesIn(bytes: Buffer): Generator<{ type: number; end: number }> {
  for (let at = 0; at + 5 <= bytes.length; ) {
    const end = at + 1 + bytes.readInt32BE(at + 1);
    if (end > bytes.length || end <= at) return;
    yield { type: bytes[at] as number, end };
    at = end;
  }
}
