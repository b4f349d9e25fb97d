// A socket that hands on what a server answers in whole answers, one a turn. In which packets they come is luck, and an app can tell: it may send its next
// statement between an error and the server's being ready.

import { Socket } from 'node:net';

/** After these a server waits for its client: ready, a password wanted, rows wanted, a portal suspended. */
const LAST = new Set(['Z', 'R', 'G', 's'].map((type) => type.charCodeAt(0)));

/** What has no such end (an error to a cursor) is handed on when nothing follows for so long. */
const QUIET_MS = 25;

export function wholeAnswers(): Socket {
  const socket = new Socket();
  const emit = socket.emit.bind(socket);
  const waiting: unknown[][] = [];
  let held = Buffer.alloc(0);
  let quiet: NodeJS.Timeout | undefined;

  const handOn = (...event: unknown[]): void => {
    if (waiting.push(event) === 1) setImmediate(next);
  };
  const next = (): void => {
    // It stays in its place while it is emitted: what that leads to comes behind it.
    Reflect.apply(emit, null, waiting[0] as never);
    waiting.shift();
    if (waiting.length > 0) setImmediate(next);
  };
  const flush = (): void => {
    clearTimeout(quiet);
    if (held.length > 0) handOn('data', held);
    held = Buffer.alloc(0);
  };

  socket.emit = (name: string, ...rest: unknown[]): boolean => {
    if (name === 'data') {
      held = Buffer.concat([held, rest[0] as Buffer]);
      for (let end = endOfAnswer(held); end > 0; end = endOfAnswer(held)) {
        handOn('data', held.subarray(0, end));
        held = held.subarray(end);
      }
      clearTimeout(quiet);
      if (held.length > 0) quiet = setTimeout(flush, QUIET_MS);
      return true;
    }
    if (name !== 'end' && name !== 'close' && name !== 'error')
      return Reflect.apply(emit, null, [name, ...rest] as never);
    flush();
    handOn(name, ...rest);
    return true;
  };
  return socket;
}

/** Where the first answer ends; 0 where it is not there as a whole. */
function endOfAnswer(bytes: Buffer): number {
  for (let at = 0; at + 5 <= bytes.length; ) {
    const end = at + 1 + bytes.readInt32BE(at + 1);
    if (end > bytes.length) return 0;
    if (LAST.has(bytes[at] as number)) return end;
    at = end;
  }
  return 0;
}
