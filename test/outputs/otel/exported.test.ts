// The examples, traced: what a collector gets over OTLP/HTTP of the story and the transfer, on a real PostgreSQL and under real contention.

import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { context, SpanKind, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { BatchSpanProcessor, NodeTracerProvider } from '@opentelemetry/sdk-trace-node';
import express, { type Express } from 'express';
import pg from 'pg';
import Cursor from 'pg-cursor';
import QueryStream from 'pg-query-stream';
import { createProfiler, type Output, type Profiler } from 'queryscope';
import { type OtelOutputOptions, otelOutput } from 'queryscope/otel';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { createApp as chatsApp } from '../../../examples/chats/app.js';
import { createTables as createChats, seed } from '../../../examples/chats/seed.js';
import { type Database, openDatabase } from '../../../examples/database.js';
import { createTables as createTransfers, createApp as transferApp } from '../../../examples/transfer/app.js';
import { OtlpReceiver, type ReceivedSpan, treeOf, WAIT } from '../../support/otlp-receiver.js';
import { TIMELESS } from '../../support/timeless.js';

let database: Database;
let pool: pg.Pool;
let receiver: OtlpReceiver;
let provider: NodeTracerProvider;
const ends: (() => unknown)[] = [];

beforeAll(async () => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  receiver = await OtlpReceiver.start();
  provider = new NodeTracerProvider({
    spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter({ url: receiver.url }))],
  });
  database = await openDatabase();
  pool = new pg.Pool({ connectionString: database.url });
  await createChats(pool);
  await createTransfers(pool);
  await seed(pool, { chats: 2 });
});

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
  receiver.take();
});

afterAll(async () => {
  await provider?.shutdown();
  receiver?.stop();
  context.disable();
  await pool?.end();
  await database?.stop();
});

function profilerWith(options: OtelOutputOptions = {}, outputs: Output[] = []): Profiler {
  const profiler = createProfiler({
    outputs: [otelOutput({ tracerProvider: provider, ...options }), ...outputs],
    enabled: true,
    values: options.values ? 'sample' : 'none',
    detectors: TIMELESS,
  });
  profiler.instrument(pg);
  ends.push(() => profiler.close());
  return profiler;
}

/** An app behind a tracing middleware, as an HTTP instrumentation is one: its span ends with the response. */
async function serve(
  profiler: Profiler,
  app: (profiler: Profiler) => Express,
): Promise<(path: string, body?: object) => Promise<number>> {
  const outer = express();
  outer.use((request, response, next) => {
    const span = provider.getTracer('http').startSpan(`${request.method}`, { kind: SpanKind.SERVER });
    response.once('finish', () => span.end());
    context.with(trace.setSpan(context.active(), span), next);
  });
  outer.use(app(profiler));
  const server: Server = outer.listen(0, '127.0.0.1');
  await once(server, 'listening');
  ends.push(() => server.close());
  return async (path, body) => {
    const response = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: { connection: 'close', 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    await response.arrayBuffer();
    return response.status;
  };
}

/** What was exported of everything that has ended. */
async function exported(profiler: Profiler): Promise<ReceivedSpan[]> {
  await profiler.close();
  await provider.forceFlush();
  return receiver.take();
}

/** Each span inside the time of its parent, where that is one of ours. */
function expectNested(spans: readonly ReceivedSpan[]): void {
  const byId = new Map(spans.map((span) => [span.spanId, span]));
  for (const span of spans) {
    expect(span.end >= span.start, `${span.name} ends before it starts`).toBe(true);
    const parent = byId.get(span.parentId);
    if (parent === undefined || parent.scope !== 'queryscope') continue;
    expect([span.start >= parent.start, span.end <= parent.end], `${span.name} in ${parent.name}`).toEqual([
      true,
      true,
    ]);
  }
}

test('the story: one tree, with both loops as events that link to their statements', async () => {
  const profiler = profilerWith();
  const ask = await serve(profiler, (each) => chatsApp(pool, each));
  expect(await ask('/chats')).toBe(200);
  const spans = await exported(profiler);

  expectNested(spans);
  const [select, message, users] = ['select chat', 'select message', 'select users'];
  expect(treeOf(spans).split('\n')).toEqual([
    'GET',
    '  queryscope.scope',
    `    ${select}`,
    ...Array.from({ length: 2 }, () => [`    ${message}`, ...Array.from({ length: 10 }, () => `    ${users}`)]).flat(),
  ]);
  const [server, scope, ...statements] = spans.filter(({ name }) => name !== WAIT) as [
    ReceivedSpan,
    ReceivedSpan,
    ...ReceivedSpan[],
  ];
  expect(new Set(spans.map(({ traceId }) => traceId)).size).toBe(1);
  // The request's span is over before its statements have spans, and that is no matter.
  expect([server.kind, scope.kind, ...new Set(statements.map(({ kind }) => kind))]).toEqual([
    'server',
    'internal',
    'client',
  ]);
  expect(scope).toMatchObject({
    scope: 'queryscope',
    schema: 'https://opentelemetry.io/schemas/1.44.0',
    failed: false,
    attributes: {
      'queryscope.label': 'GET /chats',
      'queryscope.kind': 'request',
      'http.request.method': 'GET',
      'http.route': '/chats',
      'http.response.status_code': 200,
      'queryscope.statements': 23,
      'queryscope.findings': 2,
      'queryscope.findings.proven': 2,
      'queryscope.severity': 'warning',
      'queryscope.detectors': ['n-plus-one'],
    },
  });
  expect(scope.events.map(({ name, attributes }) => [name, attributes])).toMatchObject([
    [
      'queryscope.finding',
      {
        'queryscope.finding.id': 1,
        'queryscope.finding.detector': 'n-plus-one',
        'queryscope.finding.severity': 'warning',
        'queryscope.finding.confidence': 'proven',
        'queryscope.finding.message': '23 statements where 3 do',
        'queryscope.finding.count': 2,
        'queryscope.finding.distinct': 2,
        'queryscope.finding.source': 'select chat',
        'queryscope.finding.growth': '1,000 chats → 11,001 statements',
        'code.file.path': 'examples/chats/chats.ts',
      },
    ],
    [
      'queryscope.finding',
      {
        'queryscope.finding.id': 2,
        'queryscope.finding.parent': 1,
        'queryscope.finding.count': 20,
        'queryscope.finding.source': 'select message',
      },
    ],
  ]);
  const linked = (id: number) =>
    scope.links.filter(({ attributes }) => attributes['queryscope.finding.id'] === id).map(({ spanId }) => spanId);
  const named = (name: string) => statements.filter((span) => span.name === name).map(({ spanId }) => spanId);
  expect([linked(1), linked(2)]).toEqual([named(message), named(users)]);
  expect(statements[1]?.attributes).toMatchObject({
    'db.system.name': 'postgresql',
    'db.query.summary': message,
    'server.address': '127.0.0.1',
    'code.function.name': expect.any(String),
    'queryscope.finding.ids': [1],
  });
});

test('the transfer: what is torn, and what is whole', async () => {
  const profiler = profilerWith();
  const ask = await serve(profiler, (each) => transferApp(pool, each));
  expect(await ask('/transfers', { to: 999, amount: 50 })).toBe(500);
  expect(await ask('/transfers/whole', { to: 999, amount: 50 })).toBe(500);
  const spans = await exported(profiler);
  expectNested(spans);
  const line = ({ name, failed, attributes, events }: ReceivedSpan) =>
    [
      name,
      failed ? `failed ${attributes['error.type'] ?? attributes['http.response.status_code']}` : '',
      attributes['queryscope.transaction.outcome'] ?? '',
      ...events.map((event) => `!${event.attributes['queryscope.finding.detector']}`),
    ]
      .filter(Boolean)
      .join(' ');
  expect(treeOf(spans, line)).toMatchInlineSnapshot(`
    "POST
      queryscope.scope failed 500 !torn-write
        insert transfer
        insert transfer failed 23503
    POST
      queryscope.scope failed 500
        queryscope.transaction rolled back
          begin
          insert transfer
          insert transfer failed 23503
          rollback"
  `);
});

test('under contention: waits have spans, and each statement has its own parent', async () => {
  const small = new pg.Pool({ connectionString: database.url, max: 1 });
  ends.push(() => small.end());
  const profiler = profilerWith();
  await Promise.all(
    Array.from({ length: 8 }, (_, index) =>
      provider.getTracer('app').startActiveSpan(`request ${index}`, async (span) => {
        await profiler.capture(`job ${index}`, async () => {
          await small.query(`select ${index} as a, pg_sleep(0.002)`);
          await small.query('select $1::int', [index]);
        });
        span.end();
      }),
    ),
  );
  const spans = await exported(profiler);
  expectNested(spans);
  const ids = new Map(spans.map((span) => [span.spanId, span]));
  const scopes = spans.filter(({ name }) => name === 'queryscope.scope');
  expect(scopes.map(({ parentId, attributes }) => [ids.get(parentId)?.name, attributes['queryscope.label']])).toEqual(
    expect.arrayContaining(Array.from({ length: 8 }, (_, index) => [`request ${index}`, `job ${index}`])),
  );
  for (const scope of scopes) {
    const inside = spans.filter(({ parentId }) => parentId === scope.spanId);
    expect(inside.filter(({ kind }) => kind === 'client').length).toBe(2);
  }
  expect(spans.filter(({ name }) => name === WAIT).length).toBeGreaterThan(5);
});

test('every span ends: errors, cursors, late statements and what is never answered', async () => {
  const profiler = profilerWith({ rows: true });
  const own = new pg.Client({ connectionString: database.url });
  await own.connect();
  own.on('error', () => {});
  ends.push(() => own.end().catch(() => {}));
  const gone = new Promise((resolve) => own.once('end', resolve));
  let late: Promise<unknown> = Promise.resolve();
  await profiler.capture('everything', async () => {
    await pool.query('select 1/0').catch(() => {});
    const client = await pool.connect();
    const cursor = client.query(new Cursor('select generate_series(1, 30) as n'));
    while ((await cursor.read(10)).length > 0);
    await cursor.close();
    for await (const _row of client.query(
      new QueryStream('select generate_series(1, 70) as streamed', [], { batchSize: 20 }),
    ));
    client.release();
    await pool.query('begin; select 1; commit');
    own.query('select pg_sleep(10)').catch(() => {});
    // Once this function has settled; what sleeps keeps the scope open until its connection is cut.
    late = new Promise((resolve) => setImmediate(resolve)).then(() => pool.query('select 2 as late'));
    void late.then(() => own.connection.stream.destroy());
  });
  await Promise.all([late, gone]);
  const spans = await exported(profiler);
  expectNested(spans);
  const line = ({ name, failed, attributes }: ReceivedSpan) =>
    [
      name,
      failed ? 'failed' : '',
      attributes['error.type'] ?? '',
      attributes['db.response.returned_rows'] ?? '',
      attributes['queryscope.label'] ?? '',
    ]
      .filter((part) => part !== '')
      .join(' ');
  expect(treeOf(spans, line)).toMatchInlineSnapshot(`
    "queryscope.scope everything
      select failed 22012
      select 30
      select 70
      queryscope.transaction
        begin select commit 1
      select failed _OTHER
      select 1"
  `);
});

test('a request whose client went away', async () => {
  const profiler = profilerWith();
  const reported = new Promise((resolve) => profiler.onReport(resolve));
  const leaving = new AbortController();
  const server = express()
    .use(profiler.express())
    .get('/slow', async (_request, response) => {
      const left = once(response, 'close');
      await pool.query('select pg_sleep(0.05)');
      leaving.abort();
      await left;
      response.json('nobody hears it');
    })
    .listen(0, '127.0.0.1');
  await once(server, 'listening');
  ends.push(() => server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/slow`;
  await expect(fetch(url, { signal: leaving.signal })).rejects.toThrow('aborted');
  await reported;
  const [scope, statement, ...others] = (await exported(profiler)).filter(({ name }) => name !== WAIT);
  expect([scope?.name, statement?.name, others.length]).toEqual(['queryscope.scope', 'select', 0]);
  expect(scope?.attributes).toMatchObject({ 'queryscope.label': 'GET /slow', 'queryscope.aborted': true });
  expect(statement?.failed).toBe(false);
});

test('a text without a summary is named by the system', async () => {
  const profiler = profilerWith();
  await profiler.capture(() => pool.query("select 'unbalanced").catch(() => {}));
  const [, statement] = (await exported(profiler)).filter(({ name }) => name !== WAIT);
  expect([statement?.name, statement?.attributes['db.query.summary']]).toEqual(['postgresql', undefined]);
});

test('values, literals and messages leave only where both sides say so', async () => {
  const run = async (options: OtelOutputOptions) => {
    const profiler = profilerWith(options);
    await profiler.capture(async () => {
      await pool.query("select 'a secret' as said, $1::text", ['another secret']);
      await pool.query("select 'third secret'::int").catch(() => {});
    });
    return JSON.stringify(await exported(profiler), (_, value) => (typeof value === 'bigint' ? String(value) : value));
  };
  expect(await run({})).not.toMatch(/secret/);
  const told = await run({ values: true });
  for (const expected of ["select 'a secret'", '"db.query.parameter.0":"another secret"', 'invalid input syntax']) {
    expect(told).toContain(expected);
  }
});
