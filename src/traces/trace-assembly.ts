// Puts traces together whose spans come apart and out of order. What is held is bounded: a trace is judged when nothing of it has come for a window of
// the spans' own time, and in parts where it is open longer or more is held than may be.

import type { Place, Skipped } from '../sources/skipped.js';
import type { ExportedSpan, Resource } from './exported-span.js';
import { localTraces } from './local-traces.js';
import type { LocalTrace } from './trace-profile.js';

export interface AssemblyOptions {
  /** How long nothing more has to have come for a trace to be whole, in ms of the spans' time. */
  windowMs: number;
  skipped: Skipped;
}

/** A trace that is still coming in. */
interface OpenTrace {
  id: string;
  spans: ExportedSpan[];
  /** By the assembly's clock. */
  openedMs: number;
  lastMs: number;
  bytes: number;
  first: Place;
}

/** What all that is held may take, in bytes. */
const MOST_BYTES = 32 * 1024 * 1024;
/** One trace that has as many spans is judged by what has come: a service that never ends a trace has them without end. */
const MOST_SPANS = 50_000;
/** A trace that goes on for as many windows is. */
const MOST_WINDOWS = 20;
/** Beside its texts. */
const SPAN_BYTES = 700;
/** Ids of judged traces that are remembered, to know what comes too late. */
const MOST_JUDGED = 10_000;

const IN_PARTS =
  'traces were judged in parts, because they were open longer or were larger than is held at a time (--window holds them longer)';
const UNPARENTED =
  'spans have a parent that is in none of the files: they were put to the request of their trace and service where there is one, else judged by themselves';
const TOO_LATE =
  'traces went on after they had been judged, so they were judged in parts (--window waits longer for what comes late)';

export class TraceAssembly {
  readonly #options: AssemblyOptions;
  /** The one that was added to longest ago first. */
  readonly #open = new Map<string, OpenTrace>();
  readonly #judged = new Set<string>();
  readonly #clock: SpanClock;
  #bytes = 0;

  constructor(options: AssemblyOptions) {
    this.#options = options;
    this.#clock = new SpanClock(options.windowMs);
  }

  add(span: ExportedSpan, place: Place): void {
    const now = this.#clock.see(span);
    const trace = this.#traceOf(span.traceId, now, place);
    trace.spans.push(span);
    trace.lastMs = now;
    const bytes = SPAN_BYTES + 2 * textLength(span);
    trace.bytes += bytes;
    this.#bytes += bytes;
  }

  /** What is whole by now, or can be held no longer. */
  *ready(): Generator<LocalTrace> {
    const { windowMs } = this.#options;
    for (const trace of this.#open.values()) {
      const isQuiet = this.#clock.nowMs - trace.lastMs >= windowMs;
      if (!isQuiet && this.#bytes <= MOST_BYTES) break;
      yield* this.#close(trace, !isQuiet);
    }
  }

  /** What is left at the end. */
  *rest(): Generator<LocalTrace> {
    for (const trace of this.#open.values()) yield* this.#close(trace, false);
  }

  /** Those that have grown too large are judged as they are touched. */
  *overgrown(traceId: string): Generator<LocalTrace> {
    const trace = this.#open.get(traceId);
    if (trace === undefined) return;
    const isOld = trace.lastMs - trace.openedMs > MOST_WINDOWS * this.#options.windowMs;
    if (isOld || trace.spans.length >= MOST_SPANS) yield* this.#close(trace, true);
  }

  #traceOf(id: string, now: number, first: Place): OpenTrace {
    const known = this.#open.get(id);
    if (known !== undefined) {
      if (known.lastMs !== now) {
        this.#open.delete(id);
        this.#open.set(id, known);
      }
      return known;
    }
    const trace: OpenTrace = { id, spans: [], openedMs: now, lastMs: now, bytes: 0, first };
    if (this.#judged.delete(id)) this.#options.skipped.add(TOO_LATE, first);
    this.#open.set(id, trace);
    return trace;
  }

  *#close(trace: OpenTrace, isEarly: boolean): Generator<LocalTrace> {
    this.#open.delete(trace.id);
    this.#bytes -= trace.bytes;
    this.#remember(trace.id);
    const { traces, unparented, alone } = localTraces(trace.spans);
    // One whose spans all have their parents is whole as far as can be known; what comes later all the same is counted then.
    if (unparented > 0) {
      this.#options.skipped.add(isEarly ? IN_PARTS : UNPARENTED, trace.first, { count: isEarly ? 1 : unparented });
    }
    if (alone > 0) {
      this.#options.skipped.add(
        'statements are traces of their own, with no request or job around them, so loops over them cannot be seen',
        trace.first,
        { count: alone },
      );
    }
    if (trace.spans.some(({ isSampled }) => isSampled)) {
      this.#options.skipped.add(
        'traces are a sample of all there were, by their own word (tracestate th), so what is rare may be missing',
        trace.first,
      );
    }
    yield* traces;
  }

  #remember(id: string): void {
    this.#judged.add(id);
    for (const oldest of this.#judged) {
      if (this.#judged.size <= MOST_JUDGED) break;
      this.#judged.delete(oldest);
    }
  }
}

/**
 * The time of the spans as they come, which only goes forward. Each resource's own clock is moved to the common one where it is first seen, as machines
 * disagree; and no single span moves it far, as one with a wrong time would close all there is.
 */
class SpanClock {
  nowMs = 0;
  readonly #mostMs: number;
  readonly #aheadMs = new WeakMap<Resource, number>();

  constructor(windowMs: number) {
    this.#mostMs = windowMs / 4;
  }

  see({ endMs, resource }: ExportedSpan): number {
    const aheadMs = this.#aheadMs.get(resource);
    if (aheadMs === undefined) this.#aheadMs.set(resource, endMs - this.nowMs);
    else this.nowMs = Math.min(Math.max(this.nowMs, endMs - aheadMs), this.nowMs + this.#mostMs);
    return this.nowMs;
  }
}

function textLength({ attributes }: ExportedSpan): number {
  let length = 0;
  for (const name in attributes) {
    const value = attributes[name];
    length += name.length + (typeof value === 'string' ? value.length : Array.isArray(value) ? 50 * value.length : 8);
  }
  return length;
}
