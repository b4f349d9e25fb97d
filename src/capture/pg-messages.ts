// Stands in for `emit` of one connection while a statement is under way that handles the server's messages itself (a cursor, a stream, COPY, pg's
// own Query): its rows are noted as they come, and its handlers run where it was sent from. The app's object is not touched at all.

import type { DriverConnection } from './pg-driver.js';

/** Messages that a driver hands to the statement they answer. Notices and notifications belong to nobody. */
const ANSWERS: ReadonlySet<unknown> = new Set([
  'rowDescription',
  'noData',
  'dataRow',
  'portalSuspended',
  'commandComplete',
  'emptyQuery',
  'copyInResponse',
  'copyOutResponse',
  'copyData',
  'copyDone',
  'errorMessage',
  'readyForQuery',
]);

/** A message as pg reads it: what each of them may hold. */
export interface Message {
  /** Of a description: the columns. Of a row: its values as text. */
  fields?: unknown;
  /** Of a finished command: its tag. */
  text?: unknown;
}

type Emit = (this: DriverConnection, event: unknown, message?: unknown) => unknown;

/** `handle` is called with each message that answers a statement; it has to call `emit`, which lets the driver have it, once. */
export class MessageTap {
  readonly #protocol: DriverConnection;
  readonly #below: Emit;
  readonly #wasOwn: boolean;
  readonly #replacement: Emit;
  #active = true;

  constructor(protocol: DriverConnection, handle: (event: string, message: Message, emit: () => unknown) => unknown) {
    this.#protocol = protocol;
    this.#below = Reflect.get(protocol, 'emit') as Emit;
    this.#wasOwn = Object.hasOwn(protocol, 'emit');
    const tap = this;
    this.#replacement = function emit(this: DriverConnection, event, message) {
      // biome-ignore lint/complexity/noArguments: handed on as they came.
      const args = arguments as unknown as Parameters<Emit>;
      if (!tap.#active || !ANSWERS.has(event)) return Reflect.apply(tap.#below, this, args);
      return handle(event as string, (message ?? {}) as Message, () => Reflect.apply(tap.#below, this, args));
    };
    Object.defineProperty(protocol, 'emit', { value: this.#replacement, configurable: true, writable: true });
  }

  /** Puts back what was there, or, where somebody else stands on top by now, only passes messages on. */
  stop(): void {
    this.#active = false;
    if (Reflect.get(this.#protocol, 'emit') !== this.#replacement) return;
    if (this.#wasOwn) Reflect.set(this.#protocol, 'emit', this.#below);
    else Reflect.deleteProperty(this.#protocol, 'emit');
  }
}
