// One form for one value, whichever way it came: 5, '5' and 5n are the same key, a timestamp is itself as Date and as text.
// No code of the app runs here: objects are never asked for their text, so what they do in `toString` or a getter is their own.

import { types } from 'node:util';
import { FINE_LOT } from './slices.js';
import { sorted } from './sorted.js';

/** Stands for a value whose content is not read: objects, buffers, functions, symbols. */
export const UNREADABLE = Symbol('unreadable');

/** A scalar as it is kept between its arrival and the end of the scope; Dates become `INSTANT` strings, so that a later change does not matter. */
export type Kept = string | number | bigint | boolean | null | typeof UNREADABLE | readonly Kept[];

/** Longer texts are prose, not keys. */
export const KEY_LENGTH = 128;

/** Marks a kept instant; a NUL can stand in no PostgreSQL text, so no value of the app can look like one. */
const INSTANT = '\0t';
const TRUTH = '\0b';
const LIST_START = '\0[';
const LIST_END = '\0]';

/**
 * Lists longer than this are kept up to here, and marked: enough to recognise a batch, and one list cannot fill the memory. What was cut is never
 * called equal.
 */
export const LIST_ITEMS = 10_000;

/** A copy that later changes to the original cannot reach. */
export function keep(value: unknown, depth = 0): Kept {
  switch (typeof value) {
    case 'string':
    case 'number':
    case 'bigint':
    case 'boolean':
      return value;
    case 'undefined':
      return null;
    case 'object':
      if (value === null) return null;
      if (types.isDate(value)) return INSTANT + Date.prototype.getTime.call(value);
      // what a proxy of an array answers is the app's code
      if (Array.isArray(value) && depth < 2 && !types.isProxy(value)) return keepList(value, depth);
      return UNREADABLE;
    default:
      return UNREADABLE;
  }
}

function keepList(list: readonly unknown[], depth: number): readonly Kept[] {
  const length = Math.min(list.length, LIST_ITEMS);
  const kept = new Array<Kept>(length);
  for (let i = 0; i < length; i++) kept[i] = keep(list[i], depth + 1);
  if (length < list.length) kept.push(UNREADABLE);
  return kept;
}

const TIMESTAMP = /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d(?::\d\d(?:\.\d+)?)?)\s*(Z|[+-]\d\d(?::?\d\d)?)?$/;
const BARE_DATE = /^(\d{4})-(\d\d)-(\d\d)$/;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/**
 * The text under which equal values meet, or null for NULL; undefined where it cannot be read.
 * A bare date is the local midnight that pg's own parser makes of it.
 */
export function canonical(value: Kept): string | null | undefined {
  switch (typeof value) {
    case 'string':
      return canonicalText(value);
    case 'number':
      return value === 0 ? '0' : String(value);
    case 'bigint':
      return String(value);
    case 'boolean':
      return TRUTH + (value ? '1' : '0');
    case 'symbol':
      return undefined;
    default:
      return value === null ? null : canonicalList(value);
  }
}

function canonicalText(text: string): string {
  const length = text.length;
  if (length < 10 || length > 36 || text.charCodeAt(0) === 0) return text;
  if (length === 36) return UUID.test(text) ? text.toLowerCase() : text;
  if (text.charCodeAt(4) !== 45 /* - */ || text.charCodeAt(7) !== 45) return text;
  const date = length === 10 ? BARE_DATE.exec(text) : null;
  if (date !== null) return INSTANT + new Date(Number(date[1]), Number(date[2]) - 1, Number(date[3])).getTime();
  const stamp = TIMESTAMP.exec(text);
  if (stamp === null) return text;
  const zone = stamp[3] === undefined ? '' : stamp[3].length === 3 ? `${stamp[3]}:00` : stamp[3];
  const ms = Date.parse(`${stamp[1]}T${stamp[2]}${zone}`);
  return Number.isNaN(ms) ? text : INSTANT + ms;
}

function canonicalList(list: readonly Kept[]): string | undefined {
  const text = new ListText();
  text.add(list);
  return text.whole();
}

/** The text under which equal lists meet, put together some items at a time. */
export class ListText {
  #joined: string | undefined = LIST_START;

  add(items: readonly Kept[]): void {
    for (const item of items) {
      const text = canonical(item);
      if (text === undefined || this.#joined === undefined) this.#joined = undefined;
      else this.#joined += text === null ? '\0n' : `\0i${text}`;
    }
  }

  /** Undefined where one of the items could not be read. */
  whole(): string | undefined {
    return this.#joined === undefined ? undefined : this.#joined + LIST_END;
  }
}

/** As a person reads it, for reports that were asked to show values. */
export function display(value: Kept): string {
  if (value === null) return 'NULL';
  if (typeof value === 'symbol') return '[object]';
  if (typeof value === 'object') return `[${value.map(display).join(', ')}]`;
  const text = String(value);
  if (!text.startsWith(INSTANT)) return text;
  const instant = new Date(Number(text.slice(INSTANT.length)));
  return Number.isNaN(instant.getTime()) ? 'Invalid Date' : instant.toISOString();
}

const DIGIT = /\d/;
const INTEGER = /^-?\d{1,18}$/;

/**
 * How unlikely it is, in bits, that distinct values meet by chance. Integers: log2(1 + smallest) + the log2 of each gap, so a dense run from 1 tells next
 * to nothing. Text that holds a digit: 4 bits a character (a uuid's share). An instant with a time of day: 20 bits (a day has 10⁵ seconds and more
 * milliseconds, less what round hours take). Truth values, plain words and bare dates: nothing, they repeat everywhere.
 */
export class Bits {
  #bits = 0;
  readonly #integers: number[] = [];

  add(value: string): void {
    if (INTEGER.test(value)) this.#integers.push(Math.abs(Number(value)));
    else this.#bits += textBits(value);
  }

  /** Of all that were added, in slices. */
  *sum(): Generator<void, number> {
    let bits = this.#bits;
    let before: number | null = null;
    let steps = 0;
    for (const integer of yield* sorted(this.#integers, (a, b) => a - b)) {
      if (++steps % FINE_LOT === 0) yield;
      bits += Math.log2(before === null ? 1 + integer : Math.max(1, integer - before));
      before = integer;
    }
    return bits;
  }
}

/** The same of one value alone. */
export function bitsOf(value: string): number {
  return INTEGER.test(value) ? Math.log2(1 + Math.abs(Number(value))) : textBits(value);
}

/** Of a value that is no integer. */
function textBits(value: string): number {
  if (value.startsWith(INSTANT)) return isMidnight(Number(value.slice(INSTANT.length))) ? 0 : 20;
  return value.charCodeAt(0) !== 0 && DIGIT.test(value) ? 4 * value.length : 0;
}

function isMidnight(ms: number): boolean {
  const at = new Date(ms);
  return (at.getHours() | at.getMinutes() | at.getSeconds() | at.getMilliseconds()) === 0 || ms % 86_400_000 === 0;
}
