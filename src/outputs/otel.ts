// The OpenTelemetry output: makes the spans that otel/spans.ts plans, with the tracer of whoever exports them, once the scope is over. Everything
// that decides what a trace says is a pure function in otel/.

import {
  type Context,
  context,
  createNoopMeter,
  type HrTime,
  type MeterProvider,
  metrics,
  type ProxyTracerProvider,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  type TracerProvider,
  trace,
} from '@opentelemetry/api';
import { runSlices } from '../profile/slices.js';
import type { Output, Report, Watch } from '../report/report.js';
import { VERSION } from '../report/version.js';
import { quietWriter } from './console/quiet-writer.js';
import type { TextStream } from './console/terminal.js';
import { FINDING, SCHEMA_URL } from './otel/attributes.js';
import { Metrics } from './otel/metrics.js';
import { identityOf, type SpanOptions, type SpanPlan, spansOf } from './otel/spans.js';

export interface OtelOutputOptions {
  /** Default: the one that is registered as the global one. */
  tracerProvider?: TracerProvider;
  /** Default: the one that is registered as the global one. */
  meterProvider?: MeterProvider;
  /**
   * A span for each statement, with pool waits and transactions. `auto`: unless another instrumentation of pg makes such spans already; then the scope's
   * span with its findings comes beside them.
   */
  statements?: 'auto' | 'always' | 'never';
  /** Bound values, literals and the server's messages, as far as the profiler's `values: 'sample'` keeps them. */
  values?: boolean;
  /** How many rows each statement brought. */
  rows?: boolean;
  /** Texts of one scope that get a span of their own; the scope's span says how many did not. */
  maxSpans?: number;
  /** Where the one line goes that says that something is missing or doubled; stderr by default. */
  stream?: TextStream;
}

/** A batch processor holds 2,048 spans by default, and drops in silence what is more: half of it is left to the app and to other scopes. */
const MAX_SPANS = 1_000;
/** A span keeps 128 links by default; each finding has its share, and none is told twice. */
const MAX_LINKS = 128;

/** Exports each scope as a trace, its findings as events. Spans are made when the scope is over, with their true times. */
export function otelOutput(options: OtelOutputOptions = {}): Output {
  const { statements = 'auto', values = false, rows = false, maxSpans = MAX_SPANS, stream = process.stderr } = options;
  const say = quietWriter(stream);
  const told = new Set<string>();
  let watch: Watch | null = null;
  let measures: Metrics | null = null;

  const sayOnce = (text: string) => {
    if (told.has(text)) return;
    told.add(text);
    say(`queryscope: ${text}\n`);
  };
  const provider = () => options.tracerProvider ?? registeredProvider();
  /** Made as soon as there is somebody to give them to: a provider may be registered after the profiler. */
  const measure = (): Metrics | null => {
    if (measures !== null || watch === null) return measures;
    const from = options.meterProvider ?? metrics.getMeterProvider();
    if (from.getMeter('queryscope') === createNoopMeter()) return null;
    measures = new Metrics(from, VERSION);
    measures.watch(watch);
    return measures;
  };
  const makesStatements = (from: TracerProvider): boolean => {
    if (statements !== 'auto') return statements === 'always';
    const others = [...(watch?.tracers() ?? []), ...(isDatadogs(from) ? ['dd-trace'] : [])];
    if (others.length > 0)
      sayOnce(
        `${others.join(' and ')} already makes a span for each statement, so the trace gets queryscope's findings only; otelOutput({ statements: 'always' }) adds its own`,
      );
    return others.length === 0;
  };

  return {
    name: 'otel',
    start(watching) {
      watch = watching;
      measure();
    },
    onScopeOpen() {
      return context.active();
    },
    async write(report, token, tokenOf = () => undefined) {
      const measuring = measure();
      if (measuring !== null) await runSlices(measuring.record(report));
      const from = provider();
      if (from === null) {
        sayOnce(
          'otelOutput() has nobody to give its spans to; register a tracer provider (new NodeTracerProvider({ … }).register()) or pass one as tracerProvider',
        );
        return;
      }
      const tracer = from.getTracer('queryscope', VERSION, { schemaUrl: SCHEMA_URL });
      const maker = new SpanMaker(tracer, { statements: makesStatements(from), values, rows, maxSpans });
      await maker.make(report, (token as Context | undefined) ?? context.active(), tokenOf);
    },
    async close() {
      measures?.stop();
    },
  };
}

/** The global one; null while there is none. */
function registeredProvider(): TracerProvider | null {
  const provider = trace.getTracerProvider();
  const isEmpty = isProxy(provider) && provider.getDelegateTracer('queryscope') === undefined;
  return isEmpty ? null : provider;
}

/** What stands in for the one to come; by its form, since it may be of another copy of the API. */
function isProxy(provider: TracerProvider): provider is ProxyTracerProvider {
  return 'getDelegateTracer' in provider;
}

/** Is it the one that dd-trace registers? Then the statements' spans of dd-trace's own plugin for pg are in the very same traces. */
function isDatadogs(provider: TracerProvider): boolean {
  const delegate: object = isProxy(provider) ? provider.getDelegate() : provider;
  // Its own registry on the global object, and nothing of OpenTelemetry's SDK in the provider.
  return Symbol.for('dd-trace') in globalThis && 'getActiveSpanProcessor' in delegate;
}

class SpanMaker {
  readonly #tracer: Tracer;
  readonly #options: SpanOptions;

  constructor(tracer: Tracer, options: SpanOptions) {
    this.#tracer = tracer;
    this.#options = options;
  }

  /** A report and those inside it, each below the span that was active as its scope opened. */
  async make(report: Report, parent: Context, tokenOf: (child: Report) => unknown): Promise<void> {
    const { profile } = report;
    const begun = Date.parse(profile.startedAt);
    const start = { kind: SpanKind.INTERNAL, attributes: identityOf(profile), startTime: timeAt(begun, 0) };
    const scope = this.#tracer.startSpan('queryscope.scope', start, parent);
    const around = trace.setSpan(parent, scope);
    // What is not sampled is not worked out.
    if (scope.isRecording()) {
      const plan = await runSlices(spansOf(report, this.#options));
      const evidence = await runSlices(this.#below(plan, around, begun));
      link(scope, evidence);
      finish(scope, plan, begun);
    } else {
      scope.end();
    }
    for (const child of report.children) {
      const own = tokenOf(child) as Context | undefined;
      const isBelowAnother = own !== undefined && trace.getSpan(own) !== trace.getSpan(parent);
      await this.make(child, isBelowAnother ? own : around, tokenOf);
    }
  }

  /** Makes what is below a span; answers the spans of each finding's statements. */
  *#below(plan: SpanPlan, parent: Context, begun: number): Generator<void, Map<number, Span[]>> {
    const evidence = new Map<number, Span[]>();
    const waiting = plan.children.map((child) => ({ child, around: parent }));
    for (const { child, around } of waiting) {
      const kind = child.kind === 'client' ? SpanKind.CLIENT : SpanKind.INTERNAL;
      const start = { kind, attributes: child.attributes, startTime: timeAt(begun, child.startMs) };
      const span = this.#tracer.startSpan(child.name, start, around);
      for (const finding of child.findings) evidence.set(finding, [...(evidence.get(finding) ?? []), span]);
      const inside = trace.setSpan(around, span);
      for (const grandchild of child.children) waiting.push({ child: grandchild, around: inside });
      finish(span, child, begun);
      yield;
    }
    return evidence;
  }
}

/** From the scope to the statements of its findings: what an event cannot do. */
function link(scope: Span, evidence: ReadonlyMap<number, readonly Span[]>): void {
  const share = Math.max(1, Math.floor(MAX_LINKS / Math.max(1, evidence.size)));
  for (const [finding, spans] of [...evidence].slice(0, MAX_LINKS)) {
    for (const span of spans.slice(0, share))
      scope.addLink({ context: span.spanContext(), attributes: { [FINDING.id]: finding } });
  }
}

function finish(span: Span, { attributes, events, failed, error, endMs }: SpanPlan, begun: number): void {
  span.setAttributes(attributes);
  for (const { name, atMs, attributes: facts } of events) span.addEvent(name, facts, timeAt(begun, atMs));
  if (failed) span.setStatus({ code: SpanStatusCode.ERROR, ...(error !== undefined && { message: error }) });
  span.end(timeAt(begun, endMs));
}

/** The moment so many ms after `begun` (ms since 1970), in seconds and nanoseconds. */
function timeAt(begun: number, ms: number): HrTime {
  const whole = Math.floor(ms);
  const seconds = Math.floor((begun + whole) / 1_000);
  return [seconds, (begun + whole - seconds * 1_000) * 1_000_000 + Math.round((ms - whole) * 1_000_000)];
}
