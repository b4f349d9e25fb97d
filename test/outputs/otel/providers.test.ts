// Providers as they come: none, one that comes late, one that samples nothing, throws or hangs; and other instrumentations beside queryscope.

import { context, ProxyTracerProvider, type Tracer, type TracerProvider, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { PgInstrumentation } from '@opentelemetry/instrumentation-pg';
import {
  AlwaysOffSampler,
  InMemorySpanExporter,
  NodeTracerProvider,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-node';
import pg from 'pg';
import { createProfiler, type Report } from 'queryscope';
import { type OtelOutputOptions, otelOutput } from 'queryscope/otel';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { type Database, openDatabase } from '../../../examples/database.js';

let database: Database;
const ends: (() => unknown)[] = [];

beforeAll(async () => {
  database = await openDatabase();
});

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
  trace.disable();
  context.disable();
});

afterAll(() => database?.stop());

/** What was said on the stream, and the report of a scope with one statement. */
async function run(options: OtelOutputOptions, scopes = 1): Promise<{ said: string; reports: Report[] }> {
  let said = '';
  const stream = {
    write(text: string, done?: () => void) {
      said += text;
      done?.();
    },
  };
  const profiler = createProfiler({ outputs: [otelOutput({ stream, ...options })], enabled: true });
  profiler.instrument(pg);
  const pool = new pg.Pool({ connectionString: database.url });
  const reports: Report[] = [];
  for (let i = 0; i < scopes; i += 1) {
    const { report } = await profiler.capture('job', () => pool.query('select 1'));
    reports.push(report);
  }
  await pool.end();
  await profiler.close();
  return { said, reports };
}

test('without a provider nothing is made, and one line says so', async () => {
  const { said, reports } = await run({}, 3);
  expect(reports.map(({ profile }) => profile.statements.length)).toEqual([1, 1, 1]);
  expect(said).toBe(
    'queryscope: otelOutput() has nobody to give its spans to; register a tracer provider (new NodeTracerProvider({ … }).register()) or pass one as tracerProvider\n',
  );
});

test('a provider that is registered later is found', async () => {
  const exporter = new InMemorySpanExporter();
  const output = otelOutput();
  const profiler = createProfiler({ outputs: [output], enabled: true });
  profiler.instrument(pg);
  trace.setGlobalTracerProvider(new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }));
  expect(trace.getTracerProvider()).toBeInstanceOf(ProxyTracerProvider);
  const pool = new pg.Pool({ connectionString: database.url });
  await profiler.capture('job', () => pool.query('select 1'));
  await pool.end();
  await profiler.close();
  expect(
    exporter
      .getFinishedSpans()
      .map(({ name }) => name)
      .sort(),
  ).toEqual(expect.arrayContaining(['queryscope.scope', 'select']));
});

test('what is not sampled is not made', async () => {
  const exporter = new InMemorySpanExporter();
  const provider = new NodeTracerProvider({
    sampler: new AlwaysOffSampler(),
    spanProcessors: [new SimpleSpanProcessor(exporter)],
  });
  const { said } = await run({ tracerProvider: provider });
  expect([exporter.getFinishedSpans(), said]).toEqual([[], '']);
});

test("the sampling decision of the app's own span is kept", async () => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  const exporter = new InMemorySpanExporter();
  const provider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
  const unsampled = trace.wrapSpanContext({ traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), traceFlags: 0 });
  await context.with(trace.setSpan(context.active(), unsampled), () => run({ tracerProvider: provider }));
  expect(exporter.getFinishedSpans()).toEqual([]);
});

test('a provider that throws never reaches the app', async () => {
  const broken: TracerProvider = {
    getTracer: () => {
      throw new Error('no tracer today');
    },
  };
  const { reports } = await run({ tracerProvider: broken });
  expect(reports[0]?.profile.statements).toHaveLength(1);
});

test('a tracer that throws in the middle never reaches the app', async () => {
  const exporter = new InMemorySpanExporter();
  const whole = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
  const broken: TracerProvider = {
    getTracer: (...args) => {
      const tracer = whole.getTracer(...args);
      const startSpan: Tracer['startSpan'] = (name, ...rest) => {
        if (name === 'select') throw new Error('no span today');
        return tracer.startSpan(name, ...rest);
      };
      return { startSpan, startActiveSpan: tracer.startActiveSpan.bind(tracer) } as Tracer;
    },
  };
  const { reports } = await run({ tracerProvider: broken });
  expect(reports[0]?.profile.statements).toHaveLength(1);
});

test('beside another instrumentation of pg: its spans for the statements, ours for the findings, and both contexts whole', async () => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  const exporter = new InMemorySpanExporter();
  const provider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
  const instrumentation = new PgInstrumentation();
  instrumentation.setTracerProvider(provider);
  // As its hook on require does, which a test's module loader goes around.
  const [{ patch, unpatch }] = instrumentation.getModuleDefinitions() as unknown as [
    { patch(module: object): void; unpatch(module: object): void },
  ];
  patch(pg);
  ends.push(() => unpatch(pg));
  const tracer = provider.getTracer('app');
  const { said } = await tracer.startActiveSpan('request', async (span) => {
    const result = await run({ tracerProvider: provider });
    span.end();
    return result;
  });
  expect(said).toBe(
    "queryscope: an OpenTelemetry instrumentation of pg already makes a span for each statement, so the trace gets queryscope's findings only; otelOutput({ statements: 'always' }) adds its own\n",
  );
  const spans = exporter.getFinishedSpans();
  const ours = spans.filter(({ instrumentationScope }) => instrumentationScope.name === 'queryscope');
  expect(ours.map(({ name }) => name)).toEqual(['queryscope.scope']);
  expect(spans.filter(({ attributes }) => 'db.statement' in attributes || 'db.query.text' in attributes)).toHaveLength(
    1,
  );
  expect(new Set(spans.map((span) => span.spanContext().traceId)).size).toBe(1);
});

test('both where both are asked for', async () => {
  const exporter = new InMemorySpanExporter();
  const provider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
  const { said } = await run({ tracerProvider: provider, statements: 'never' });
  expect(exporter.getFinishedSpans().map(({ name }) => name)).toEqual(['queryscope.scope']);
  expect(said).toBe('');
});

test('more statements than spans: the first so many, and the number of the rest', async () => {
  const exporter = new InMemorySpanExporter();
  const tracerProvider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
  const profiler = createProfiler({ outputs: [otelOutput({ tracerProvider, maxSpans: 3 })], enabled: true });
  profiler.instrument(pg);
  const pool = new pg.Pool({ connectionString: database.url });
  await profiler.capture('job', async () => {
    for (let i = 0; i < 5; i += 1) await pool.query(`select ${i} as n`);
  });
  await pool.end();
  await profiler.close();
  const spans = exporter.getFinishedSpans();
  expect(spans.filter(({ name }) => name === 'select')).toHaveLength(3);
  const scope = spans.find(({ name }) => name === 'queryscope.scope');
  expect(scope?.attributes).toMatchObject({ 'queryscope.statements': 5, 'queryscope.statements.without_span': 2 });
});
