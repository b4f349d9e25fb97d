// Takes stacks while a request runs, as few and as shallow as will do: the only part of the call site that the request pays for.
// What a stack says is read later, by sites.ts.

import { RUN_IN, SAMPLED_TURNS } from '../profile/place-call-sites.js';
import {
  entryMemory,
  type Form,
  isNew,
  isSought,
  isUnseen,
  newMemory,
  siteMemory,
  type TextMemory,
  textMemory,
} from './site-memory.js';
import type { ReadStack } from './stack-frames.js';

/** `auto`: the stacks that tell something new; `always`: every statement's; `never`: none. */
export type CallSites = 'auto' | 'always' | 'never';

/** A stack as V8 keeps it: an object whose `stack` is formatted when it is first read. */
export interface Stack {
  stack?: unknown;
  /** What stack-frames.ts read of it. Here, and not in a WeakMap, whose entries the collector keeps longer than they live. */
  read?: ReadStack;
  /** Where a client was taken: the first statement on it, once sites.ts has met that. */
  first?: Trace;
}

/**
 * What was captured of one execution, at up to three points, because which of them shows the app depends on what stands between the app and
 * the driver. The first that shows a frame of the app is its call site: where the statement was handed to `Pool.query` or `Client.query`;
 * where its client was taken from the pool (an ORM that queues its statements); where its promise was awaited (a query builder
 * whose queries are thenables).
 */
export interface Trace {
  readonly text: TextMemory;
  readonly sent: Stack;
  readonly connected: Stack | null;
  answered: Stack | null;
}

/** Captures of a text in its entry that are always taken: the first turn of a loop, and enough later ones to be evidence by themselves. */
const FIRST_CAPTURES = 3;
/**
 * Then the second execution in each scope (a repeat shows there), and one in this many after it; and the first one in one of this many scopes, since most
 * texts are sent once in each.
 */
const SAMPLING = 32;
/**
 * Captures of one site after which a text is settled: from then on it is the third execution in each scope, the first that can be evidence by itself, and the
 * second only in one of so many scopes as above. A loop of two rows is proven by what flows; its line is the one it was seen to come from this often.
 */
const SETTLED = 16;
/**
 * Scopes of one site after which a text is trusted: in one of `TRUSTED_SAMPLING` scopes its first execution is captured, its last and every `SAMPLED_TURNS`th between them, others each
 * time. One capture from elsewhere ends it.
 */
const TRUSTED = 128;
const TRUSTED_SAMPLING = 64;
/**
 * Executions of a text captured that are more than its entry ever sent in one scope (they may come from another line: a loop that had no rows until now), and all told
 * in one of so many scopes as above, so that a second line after a loop is seen some day.
 */
export const WHOLE = 64;
/**
 * Scopes of an entry in which more is captured: a text that other entries send from several lines, each time, since its own lines may be several too; and where clients are
 * taken from a pool, if that showed the app elsewhere.
 */
const WATCHED_SCOPES = 4;
/** Scopes in a row after which what was so in each of them is taken to stay so. */
const STEADY_SCOPES = 3;
/** Frames taken of a text whose need is unknown: ORMs put up to 40 of their own between the app and the driver. */
export const FULL_DEPTH = 64;
/** One capture in this many looks deeper than needed so far. */
const DEEP_SAMPLING = 16;

/** One text in one scope. */
interface Seen {
  executions: number;
  /** The most executions in one scope of its entry, before this one. */
  readonly most: number;
  readonly memory: TextMemory;
}

/** Executions of each text in one scope. They belong to the scope: counted over the process, interleaved requests look like one loop. */
export class SiteCounters {
  readonly #mode: CallSites;
  readonly #whole: boolean;
  /** The ordinal of what the scope was opened for; null where that has no name, so that nothing is known beforehand. */
  readonly entry: number | null;
  /** Stacks that it may still take where clients are taken from a pool, whatever others granted. */
  #connects: number;
  /** By form of call, by text. */
  readonly #forms: (Map<string, Seen> | undefined)[] = [];
  /** What was sent last: a loop sends one text again and again. */
  #last: Seen | null = null;

  /** `whole`: stacks are told apart while statements are sent, so that none may be shorter than another. */
  constructor(mode: CallSites, entry: string | null = '', whole = false) {
    this.#mode = mode;
    this.#whole = whole;
    const memory = entry === null ? null : entryMemory(entry);
    this.entry = memory?.ordinal ?? null;
    this.#connects = memory === null || ++memory.scopes <= WATCHED_SCOPES ? WHOLE : 0;
  }

  /**
   * Counts one execution of `text` and captures its stack where that is worth it; null where its site may be assumed. Frames down to
   * and including `above`, the wrapper that the app called, are left out. `connected` is what {@link SiteCounters.captureConnect} gave for the client.
   */
  capture(text: string, form: Form, above: CallableFunction, connected: Stack | null): Trace | null {
    if (this.#mode === 'never') return null;
    const seen = this.#seenOf(text, form);
    const { memory } = seen;
    const execution = ++seen.executions;
    if (execution > memory.most) memory.most = execution;
    if (this.#mode === 'auto' && !worthIt(seen)) return null;
    const captured = memory.captures++;
    // One frame more than needed so far, so that a new caller is noticed.
    const isDeep = this.#whole || memory.depth === 0 || captured % DEEP_SAMPLING === 0;
    const depth = isDeep ? FULL_DEPTH : memory.depth + 1;
    return { text: memory, sent: captureStack(depth, above), connected, answered: null };
  }

  #seenOf(text: string, form: Form): Seen {
    const last = this.#last?.memory;
    if (last === undefined || last.text !== text || last.form !== form) this.#last = this.#lookUp(text, form);
    return this.#last as Seen;
  }

  #lookUp(text: string, form: Form): Seen {
    this.#forms[form] ??= new Map();
    const texts = this.#forms[form];
    const known = texts.get(text);
    if (known !== undefined) return known;
    const memory = this.entry === null ? newMemory(text, form) : textMemory(text, form, this.entry);
    memory.scopes++;
    const seen = { executions: 0, most: memory.most, memory };
    texts.set(text, seen);
    return seen;
  }

  /** Forgets what it counted: its scope is over. */
  clear(): void {
    this.#last = null;
    this.#forms.length = 0;
  }

  /** Where a client was given back. */
  captureRelease(above: CallableFunction): Stack | null {
    return this.#mode === 'never' ? null : captureStack(FULL_DEPTH, above);
  }

  /** For an app that takes a client from a pool: its next statements may show no frame of the app themselves. Their texts are not known yet. */
  captureConnect(above: CallableFunction): Stack | null {
    if (this.#mode === 'never') return null;
    if (!this.#whole) {
      if (siteMemory.connectsTell && this.#connects > 0) this.#connects--;
      else if (siteMemory.connects > 0) siteMemory.connects--;
      else return null;
    }
    return captureStack(FULL_DEPTH, above);
  }
}

function worthIt(seen: Seen): boolean {
  const { executions: execution, most, memory } = seen;
  const { captures, shape, way, scopes } = memory;
  if (captures < FIRST_CAPTURES || (shape === null && isSought(memory))) return true;
  const settled = shape !== null && captures >= SETTLED;
  const trusted = shape !== null && scopes > TRUSTED;
  const sampled = scopes % (trusted ? TRUSTED_SAMPLING : SAMPLING) === 0;
  if (shape?.several) {
    // From which of its lines can only be seen; but once it is always one and the same after a while, not each time.
    return execution <= RUN_IN || sampled || shape.steady < STEADY_SCOPES || execution % SAMPLED_TURNS === 0;
  }
  if (way.shape?.several && scopes <= WATCHED_SCOPES) return true;
  if (sampled && execution <= (shape === null ? 2 : WHOLE) && (!trusted || isInSpread(seen))) return true;
  // Requests of a cold process run side by side: until one was analysed, each needs stacks of its own.
  const news = isNew(memory) ? execution : execution - most;
  if (news > 0) return news <= WHOLE || news % SAMPLED_TURNS === 0;
  switch (execution) {
    case 1:
      return false;
    case 2:
      return !settled;
    case 3:
      return settled;
    default:
      return execution % SAMPLING === 2;
  }
}

/** Of a trusted text: sites between captures that are no further apart can be told, and the last may be a look-up's behind the loop. */
function isInSpread({ executions: execution, most, memory }: Seen): boolean {
  const turn = (memory.scopes / TRUSTED_SAMPLING) % SAMPLED_TURNS;
  return execution === 1 || execution === most || execution % SAMPLED_TURNS === turn;
}

/**
 * Is the stack of whoever awaits the answer wanted? Of a text that no scope has shown yet it is not known whether that is needed; the first visit has its lines as
 * well.
 */
export function awaitsAnswer({ text }: Trace): boolean {
  return isSought(text) || isUnseen(text);
}

/** For the handler that is first to see a statement's answer: there, V8 can tell who awaits the derived promise. `above` is that handler. */
export function captureAnswer(trace: Trace | null, above: CallableFunction): void {
  if (trace !== null && awaitsAnswer(trace)) trace.answered = captureStack(FULL_DEPTH, above);
}

/** At most `depth` frames, those down to and including `above` left out. */
export function captureStack(depth: number, above: CallableFunction): Stack {
  const stack: Stack = {};
  const limit = Error.stackTraceLimit;
  // An assignment would throw where the app has frozen its intrinsics.
  Reflect.set(Error, 'stackTraceLimit', depth);
  Error.captureStackTrace(stack, above as (...args: never[]) => unknown);
  Reflect.set(Error, 'stackTraceLimit', limit);
  return stack;
}
