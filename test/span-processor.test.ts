// Traces of other instrumentations, judged in the process that makes them: instrumentation-pg on a real PostgreSQL, and spans as those of other
// databases and versions make them.

import { context, SpanStatusCode, type Tracer, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { PgInstrumentation } from '@opentelemetry/instrumentation-pg';
import { NodeTracerProvider } from '@opentelemetry/sdk-trace-node';
import pg from 'pg';
import type { Report } from 'queryscope';
import { QueryscopeSpanProcessor, type SpanProcessorOptions } from 'queryscope/otel';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { batchedChats, lazyChats } from '../examples/chats/chats.js';
import { createTables, seed } from '../examples/chats/seed.js';
import { type Database, openDatabase } from '../examples/database.js';
import { TIMELESS } from './support/timeless.js';

let database: Database;
let pool: pg.Pool;

beforeAll(async () => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  database = await openDatabase();
  pool = new pg.Pool({ connectionString: database.url });
  await createTables(pool);
  await seed(pool, { chats: 2 });
});

afterAll(async () => {
  context.disable();
  await pool?.end();
  await database?.stop();
});

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

interface Judged {
  provider: NodeTracerProvider;
  tracer: Tracer;
  reports: Report[];
}

function judged(options: SpanProcessorOptions = {}): Judged {
  const reports: Report[] = [];
  const outputs = [{ name: 'test', write: (report: Report) => void reports.push(report) }];
  const provider = new NodeTracerProvider({
    spanProcessors: [new QueryscopeSpanProcessor({ outputs, detectors: TIMELESS, ...options })],
  });
  ends.push(() => provider.shutdown());
  return { provider, tracer: provider.getTracer('test'), reports };
}

function instrumented(provider: NodeTracerProvider, config: object = {}): void {
  const instrumentation = new PgInstrumentation(config);
  instrumentation.setTracerProvider(provider);
  const [{ patch, unpatch }] = instrumentation.getModuleDefinitions() as unknown as [
    { patch(module: object): void; unpatch(module: object): void },
  ];
  patch(pg);
  ends.push(() => unpatch(pg));
}

const told = ({ findings }: Report) =>
  findings.map(({ detector, confidence, statements }) => `${detector} ${confidence} ${statements.length}`);

test('the story by instrumentation-pg: every statement, and the loop of 20 by its number alone', async () => {
  const { provider, tracer, reports } = judged();
  instrumented(provider);
  await tracer.startActiveSpan(
    'GET',
    { attributes: { 'http.request.method': 'GET', 'http.route': '/chats' } },
    async (span) => {
      await lazyChats(pool);
      span.end();
    },
  );
  await tracer.startActiveSpan('batched', async (span) => {
    await batchedChats(pool);
    span.end();
  });
  await provider.forceFlush();
  reports.sort((a, b) => b.profile.statements.length - a.profile.statements.length);
  expect(
    reports.map(({ profile }) => [profile.label, profile.kind, profile.source, profile.statements.length]),
  ).toEqual([
    ['GET /chats', 'request', 'otel', 23],
    ['batched', 'job', 'otel', 3],
  ]);
  expect(reports.map(told)).toEqual([['n-plus-one likely 20'], []]);
  expect(reports[0]?.profile.visible).toEqual({ values: false, rows: false, connections: false, callSites: false });
  expect(reports[0]?.findings[0]?.why).toBe(
    '20 executions of one shape. Their values are not visible here: where they come from, and whether they differ, is not known.',
  );
});

test('where the instrumentation records values they are read, and still nothing is proven', async () => {
  const { provider, tracer, reports } = judged();
  instrumented(provider, { enhancedDatabaseReporting: true });
  await tracer.startActiveSpan('job', async (span) => {
    await lazyChats(pool);
    span.end();
  });
  await provider.forceFlush();
  expect(reports[0]?.profile.visible.values).toBe(true);
  expect(reports[0]?.findings.map(({ confidence }) => confidence)).not.toContain('proven');
  expect(JSON.stringify(reports)).not.toMatch(/"values":\[/);
});

/** Statements one after the other below one span, each with these attributes. */
function traceOf(tracer: Tracer, statements: readonly Record<string, string | number>[], gapMs = 1): void {
  const start = Date.now();
  const root = tracer.startSpan('root', { startTime: start });
  statements.forEach((attributes, index) => {
    const startTime = start + index * (gapMs + 1);
    const span = tracer.startSpan('query', { attributes, startTime }, trace.setSpan(context.active(), root));
    span.end(startTime + 1);
  });
  root.end(start + statements.length * (gapMs + 1));
}

const times = (count: number, text: (index: number) => string, system = 'mysql') =>
  Array.from({ length: count }, (_, index) => ({ 'db.system': system, 'db.statement': text(index) }));

test.each<[what: string, statements: Record<string, string | number>[], expected: string[]]>([
  [
    "MySQL's placeholders and backticks",
    times(6, () => 'SELECT * FROM `users` WHERE `id` = ?'),
    ['n-plus-one likely 6'],
  ],
  [
    "Python's placeholders",
    times(6, () => 'SELECT * FROM users WHERE id = %(id_1)s', 'postgresql'),
    ['n-plus-one likely 6'],
  ],
  [
    'literals in the text are values',
    times(6, (id) => `select * from users where id = ${id}`),
    ['n-plus-one likely 6'],
  ],
  [
    'three of them may be a chance',
    times(3, (id) => `select * from users where id = ${id}`),
    ['n-plus-one possible 3'],
  ],
  [
    'literals that are equal are none',
    times(6, () => 'select * from users where id = 5'),
    ['duplicate-statement proven 6'],
  ],
  ['three may be a chance', times(3, () => 'select * from users where id = ?'), ['n-plus-one possible 3']],
  ['a list may be a chunk', times(6, () => 'select * from users where id in (?, ?)'), []],
  ['a page', times(6, () => 'select * from users where id > ? order by id limit 50'), []],
  ['writes', times(6, () => 'insert into users (name) values (?)'), ['write-loop likely 6']],
  ['no condition', times(6, () => 'select now()'), []],
  ['no SQL', times(6, () => 'GET user', 'redis'), []],
])('%s', async (_what, statements, expected) => {
  const { provider, tracer, reports } = judged();
  traceOf(tracer, statements);
  await provider.forceFlush();
  const dismissed = reports.flatMap(({ dismissals }) => dismissals.map(({ kind }) => kind));
  expect([...reports.flatMap(told), ...dismissed]).toEqual(expected);
});

test('what waits between its turns is a poll', async () => {
  const { provider, tracer, reports } = judged();
  traceOf(
    tracer,
    times(6, () => 'select * from jobs where id = ?'),
    100,
  );
  await provider.forceFlush();
  expect(reports.flatMap(told)).toEqual([]);
});

test('a statement that two instrumentations tell of is one', async () => {
  const { provider, tracer, reports } = judged();
  tracer.startActiveSpan('root', (root) => {
    for (let i = 0; i < 6; i += 1) {
      const attributes = { 'db.system.name': 'postgresql', 'db.query.text': 'select * from users where id = $1' };
      tracer.startActiveSpan('orm', { attributes }, (outer) => {
        tracer.startSpan('driver', { attributes }).end();
        outer.end();
      });
    }
    root.end();
  });
  await provider.forceFlush();
  expect(reports.map(({ profile }) => profile.statements.length)).toEqual([6]);
});

test('names of files and lines are taken from the spans', async () => {
  const { provider, tracer, reports } = judged();
  traceOf(
    tracer,
    times(6, () => 'select * from users where id = ?').map((each) => ({
      ...each,
      'code.filepath': 'src/users.ts',
      'code.lineno': 12,
      'code.function': 'load',
    })),
  );
  await provider.forceFlush();
  expect(reports[0]?.findings[0]?.callSite).toMatchObject({ file: 'src/users.ts', line: 12, function: 'load' });
});

test('concurrent requests are judged apart, and what ends after its root is waited for', async () => {
  const { provider, tracer, reports } = judged();
  const spans = Array.from({ length: 20 }, (_, index) => tracer.startSpan(`request ${index}`));
  for (let turn = 0; turn < 3; turn += 1) {
    for (const [index, root] of spans.entries()) {
      const attributes = { 'db.system': 'postgresql', 'db.statement': `select ${index} as request` };
      const span = tracer.startSpan('query', { attributes }, trace.setSpan(context.active(), root));
      if (turn === 2) root.end();
      span.setStatus({ code: SpanStatusCode.UNSET }).end();
    }
  }
  await provider.forceFlush();
  const seen = new Map(reports.map(({ profile }) => [profile.label, profile.statements.length]));
  expect(reports).toHaveLength(spans.length);
  expect(seen).toEqual(new Map(spans.map((_, index) => [`request ${index}`, 3])));
});

test('more statements than a scope keeps are counted', async () => {
  const { provider, tracer, reports } = judged({ limits: { statements: 10 } });
  traceOf(
    tracer,
    times(25, () => 'select * from users where id = ?'),
  );
  await provider.forceFlush();
  expect([reports[0]?.profile.statements.length, reports[0]?.profile.dropped]).toEqual([10, 15]);
});

test('a trace that never ends is judged at shutdown', async () => {
  const { provider, tracer, reports } = judged();
  const root = tracer.startSpan('forever');
  const attributes = { 'db.system': 'postgresql', 'db.statement': 'select 1' };
  tracer.startSpan('query', { attributes }, trace.setSpan(context.active(), root)).end();
  await provider.shutdown();
  expect(reports.map(({ profile }) => [profile.label, profile.statements.length])).toEqual([['unfinished', 1]]);
  expect(reports[0]?.profile.notices.map(({ code, count }) => [code, count])).toEqual([['unsettled', 1]]);
});

test('unknown options are refused', () => {
  expect(() => new QueryscopeSpanProcessor({ detectors: { 'n-plus-on': false } } as object)).toThrow(
    "There is no detector 'n-plus-on'",
  );
});
