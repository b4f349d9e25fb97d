// Spans of one request become its profile, by the same recorder and the same analysis as what the driver shows: a statement begins where its span
// begins and is answered where it ends. What spans do not say is left unknown: no rows, mostly no values, no connections.

import { buildProfile, type Sites } from '../profile/build-profile.js';
import { sameSite, siteOf } from '../profile/call-sites.js';
import { Recorder, type RecorderLimits } from '../profile/recorder.js';
import { LOT } from '../profile/slices.js';
import { sorted } from '../profile/sorted.js';
import type { CallSite, Frame, Profile, Shape } from '../profile/types.js';
import { inPostgresSpelling } from './postgres-spelling.js';
import {
  errorNameOf,
  isRequest,
  labelOf,
  type SpanStatement,
  statementOf,
  statusOf,
  type TraceSpan,
} from './trace-span.js';

/** What one process did for one request or job, as spans. */
export interface LocalTrace {
  /** The span around all others. */
  root: TraceSpan;
  /** Those inside it, in any order. */
  spans: readonly TraceSpan[];
  /** Spans of statements that were seen and not kept. */
  dropped: number;
  /** Spans that had not ended when it was judged. Left out: none. */
  open?: number;
  /** The service whose process it was, where several may be judged together; null: it is not known. Left out: there is only one. */
  service?: string | null;
}

export interface TraceOptions {
  limits: RecorderLimits;
  /** Keep values and literals in the profile. */
  sample: boolean;
}

/** The beginning or the end of a statement. */
interface Event {
  atMs: number;
  statement: SpanStatement;
  span: TraceSpan;
  ends: boolean;
}

/** The profile of a trace, in slices. */
export function* profileOfTrace(trace: LocalTrace, { limits, sample }: TraceOptions): Generator<void, Profile> {
  const { root } = trace;
  let now = root.startMs;
  const recorder = new Recorder({ clock: () => now, limits });
  const notes = new Map<TraceSpan, number>();
  let steps = 0;
  for (const { atMs, statement, span, ends } of yield* eventsOf(trace.spans)) {
    now = Math.max(now, atMs);
    if (ends) answer(recorder, notes.get(span), statement);
    else {
      const note = send(recorder, statement, span.startMs > root.endMs);
      if (note !== null) notes.set(span, note);
    }
    if (++steps % LOT === 0) yield;
  }
  recorder.dropped += trace.dropped;
  if (trace.open) recorder.notice('unsettled', 'spans had not ended when their trace was judged', trace.open);
  return yield* buildProfile(
    recorder,
    {
      id: `${root.traceId}-${root.spanId}`,
      parent: null,
      kind: isRequest(root) ? 'request' : 'job',
      label: trace.service ? `${trace.service}: ${labelOf(root)}` : labelOf(root),
      startedAt: new Date(root.startMs),
      durationMs: root.endMs - root.startMs,
      outcome: { status: statusOf(root), error: errorNameOf(root), aborted: false },
      unattributed: 0,
      source: 'otel',
      sample,
    },
    new SpanSites(),
  );
}

/** In the order of time; what ends at a moment ends before what begins then, and what takes no time at all stands between. */
function* eventsOf(spans: readonly TraceSpan[]): Generator<void, readonly Event[]> {
  const byId = new Map(spans.map((span) => [span.spanId, span]));
  const events: Event[] = [];
  for (const span of spans) {
    const statement = statementOf(span);
    if (statement === null || isAround(span, statement.text, byId)) continue;
    events.push(
      { atMs: span.startMs, statement, span, ends: false },
      { atMs: span.endMs, statement, span, ends: true },
    );
    if (events.length % LOT === 0) yield;
  }
  return yield* sorted(events, (a, b) => a.atMs - b.atMs || placeAtMoment(a) - placeAtMoment(b));
}

function placeAtMoment({ span, ends }: Event): number {
  if (span.startMs === span.endMs) return 1;
  return ends ? 0 : 2;
}

/** Is a statement told twice, by the ORM's instrumentation and by the driver's below it? The outer one is counted. */
function isAround(span: TraceSpan, text: string, byId: ReadonlyMap<string, TraceSpan>): boolean {
  const parent = span.parentId === null ? undefined : byId.get(span.parentId);
  return parent !== undefined && statementOf(parent)?.text === text;
}

function send(recorder: Recorder, statement: SpanStatement, late: boolean): number | null {
  const { system, values } = statement;
  return recorder.note(inPostgresSpelling(statement.text, system), values, {
    // Which of a pool's connections it was no span says.
    connection: null,
    stack: frameOf(statement),
    waitMs: 0,
    via: null,
    late,
    allowed: null,
  });
}

function answer(recorder: Recorder, note: number | undefined, { rows, error }: SpanStatement): void {
  if (note === undefined) return;
  if (error !== null) recorder.fail(note, { code: error, message: '' });
  else if (recorder.end(note)) recorder.notes.answeredAs(note, [{ rows, affected: null, command: null, kept: null }]);
}

function frameOf({ file, line, column, function: name }: SpanStatement): readonly Frame[] | null {
  return file === null ? null : [{ file, line, column, function: name }];
}

/** Spans say where each statement was sent from, or nothing: there is nothing to be assumed. */
class SpanSites implements Sites {
  readonly #sites = new Map<string, CallSite>();
  readonly #several = new Set<string>();

  siteOf(stack: unknown): CallSite | null {
    return siteOf(stack as Frame[]);
  }

  learn(_stack: unknown, { id }: Shape, site: CallSite): void {
    const known = this.#sites.get(id) ?? site;
    this.#sites.set(id, known);
    if (!sameSite(known, site)) this.#several.add(id);
  }

  only({ id }: Shape): CallSite | null {
    return this.#several.has(id) ? null : (this.#sites.get(id) ?? null);
  }

  doubt({ id }: Shape): void {
    this.#several.add(id);
  }

  ran(): void {}
}
