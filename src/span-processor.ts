// Judges the traces that any instrumentation in this process makes: groups their spans by the request or job that they belong to, and once that is
// over hands its profile to the same detectors. Declares the slices of OpenTelemetry's SDK that it uses, so that it imports none.

import { Audience } from './audience.js';
import { caught, guarded } from './capture/guard.js';
import { type Deadline, deadlineIn, dropDeadline, nextTurn } from './capture/timers.js';
import type { Settings } from './options.js';
import { runSlices } from './profile/slices.js';
import { buildReport } from './report/build-report.js';
import { fittingDetectors } from './report/fitting-detectors.js';
import type { Report } from './report/report.js';
import { type LocalTrace, profileOfTrace } from './traces/trace-profile.js';
import { statementOf, type TraceSpan } from './traces/trace-span.js';

/** Seconds and nanoseconds. */
type HrTime = readonly [seconds: number, nanoseconds: number];

interface SpanContext {
  traceId: string;
  spanId: string;
  isRemote?: boolean;
}

/** A span of the SDK as it starts. */
export interface StartedSpan {
  spanContext(): SpanContext;
  /** Of SDK 2. */
  parentSpanContext?: SpanContext;
  /** Of SDK 1. */
  parentSpanId?: string;
}

/** The same once it has ended. */
export interface EndedSpan extends StartedSpan {
  name: string;
  startTime: HrTime;
  endTime: HrTime;
  status: { code: number };
  attributes: Readonly<Record<string, unknown>>;
  /** Of SDK 2. */
  instrumentationScope?: { name: string };
}

/** `SpanStatusCode.ERROR`. */
const FAILED = 2;
/** As many requests as a process has under way; of those over it the oldest are judged as far as they have come. */
const MAX_OPEN = 1_000;

/** A request or job whose spans still come in. */
interface OpenTrace {
  readonly root: string;
  rootSpan: TraceSpan | null;
  readonly spans: TraceSpan[];
  /** Its spans that have not ended, by key. */
  readonly open: Set<string>;
  /** All its spans, by key. */
  readonly keys: string[];
  dropped: number;
  deadline: Deadline | null;
}

/** A span processor for any tracer provider of this process. */
export class QueryscopeSpanProcessor {
  readonly #settings: Settings;
  readonly #audience: Audience;
  /** By the key of each of its spans. */
  readonly #traces = new Map<string, OpenTrace>();
  /** In the order in which they began. */
  readonly #waiting = new Set<OpenTrace>();
  readonly #judging = new Set<Promise<void>>();

  constructor(settings: Settings) {
    this.#settings = settings;
    this.#audience = new Audience(settings.outputs);
  }

  onStart(span: StartedSpan): void {
    guarded(() => this.#started(span), null, 'the span processor');
  }

  onEnd(span: EndedSpan): void {
    guarded(() => this.#ended(span), null, 'the span processor');
  }

  /** Waits for the reports of what has ended. */
  async forceFlush(): Promise<void> {
    await Promise.all(this.#judging);
  }

  /** Judges what is there, also where it has not ended, and closes the outputs. */
  async shutdown(): Promise<void> {
    for (const trace of this.#waiting) this.#conclude(trace);
    await this.forceFlush();
    await this.#audience.leave();
  }

  #started(span: StartedSpan): void {
    const key = keyOf(span.spanContext());
    const parent = parentOf(span);
    // What comes over the network is a request of its own, also from this very process.
    const isRemote = span.parentSpanContext?.isRemote === true;
    const around = parent === null || isRemote ? undefined : this.#traces.get(parent);
    const trace = around ?? this.#openTrace(key);
    trace.open.add(key);
    trace.keys.push(key);
    this.#traces.set(key, trace);
  }

  #openTrace(root: string): OpenTrace {
    const trace: OpenTrace = { root, rootSpan: null, spans: [], open: new Set(), keys: [], dropped: 0, deadline: null };
    this.#waiting.add(trace);
    for (const oldest of this.#waiting) {
      if (this.#waiting.size <= MAX_OPEN) break;
      this.#conclude(oldest);
    }
    return trace;
  }

  #ended(span: EndedSpan): void {
    const key = keyOf(span.spanContext());
    const trace = this.#traces.get(key);
    if (trace === undefined) return;
    trace.open.delete(key);
    const read = readSpan(span);
    if (key === trace.root) trace.rootSpan = read;
    // What queryscope says itself is no statement of the app's.
    const isOwn = span.instrumentationScope?.name === 'queryscope';
    if (!isOwn && statementOf(read) !== null) {
      if (trace.spans.length < this.#settings.limits.statements) trace.spans.push(read);
      else trace.dropped++;
    }
    if (trace.rootSpan === null) return;
    if (trace.open.size === 0) this.#conclude(trace);
    else trace.deadline ??= deadlineIn(this.#settings.limits.settleMs, () => this.#conclude(trace));
  }

  #conclude(trace: OpenTrace): void {
    if (!this.#waiting.delete(trace)) return;
    if (trace.deadline !== null) dropDeadline(trace.deadline);
    for (const key of trace.keys) this.#traces.delete(key);
    if (trace.spans.length === 0) return;
    const { spans, dropped, open } = trace;
    const judging = this.#judge({ root: trace.rootSpan ?? around(trace), spans, dropped, open: open.size })
      .catch((error) => caught(error, null, 'the judgement of a trace'))
      .finally(() => this.#judging.delete(judging));
    this.#judging.add(judging);
  }

  async #judge(trace: LocalTrace): Promise<void> {
    await new Promise<void>((resolve) => nextTurn(resolve));
    const { limits, sample, detectors } = this.#settings;
    const profile = await runSlices(profileOfTrace(trace, { limits, sample }));
    const report = await runSlices(buildReport(profile, fittingDetectors(profile, detectors)));
    this.#tell(report);
  }

  #tell(report: Report): void {
    for (const output of this.#audience.outputs) this.#audience.write(output, report, () => undefined);
  }
}

/** In place of a root that has not ended: as long as what is known. */
function around({ spans }: OpenTrace): TraceSpan {
  const [first] = spans as [TraceSpan, ...TraceSpan[]];
  const startMs = spans.reduce((least, span) => Math.min(least, span.startMs), first.startMs);
  const endMs = spans.reduce((most, span) => Math.max(most, span.endMs), first.endMs);
  return { ...first, name: 'unfinished', parentId: null, startMs, endMs, failed: false, attributes: {} };
}

function readSpan(span: EndedSpan): TraceSpan {
  const { traceId, spanId } = span.spanContext();
  return {
    traceId,
    spanId,
    parentId: span.parentSpanContext?.spanId ?? span.parentSpanId ?? null,
    name: span.name,
    startMs: inMs(span.startTime),
    endMs: inMs(span.endTime),
    failed: span.status.code === FAILED,
    attributes: span.attributes,
  };
}

function parentOf(span: StartedSpan): string | null {
  const spanId = span.parentSpanContext?.spanId ?? span.parentSpanId;
  return spanId === undefined || spanId === '' ? null : keyOf({ ...span.spanContext(), spanId });
}

function keyOf({ traceId, spanId }: SpanContext): string {
  return `${traceId}-${spanId}`;
}

function inMs([seconds, nanoseconds]: HrTime): number {
  return seconds * 1_000 + nanoseconds / 1_000_000;
}
