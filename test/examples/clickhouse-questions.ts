// Asks a real ClickHouse what the page of examples/opentelemetry says it can be asked: the story's and the transfer's spans in the collector's own
// table, each question as it stands on the page. Run by .ci/full, which installs chdb (ClickHouse as a library, half a gigabyte) beside it:
// `tsx test/examples/clickhouse-questions.ts <directory with node_modules/chdb>`.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { SpanStatusCode } from '@opentelemetry/api';
import {
  InMemorySpanExporter,
  NodeTracerProvider,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-node';
import pg from 'pg';
import { otelOutput } from 'queryscope/otel';
import { createApp as chatsApp } from '../../examples/chats/app.js';
import { createTables as createChats, seed } from '../../examples/chats/seed.js';
import { openDatabase } from '../../examples/database.js';
import { createTables as createTransfers, createApp as transferApp } from '../../examples/transfer/app.js';
import { visit } from '../../examples/visit.js';

interface Chdb {
  Session: new () => { query(sql: string, format?: string): string; cleanup(): void };
}

/** The columns of the exporter's table that spans are read from; https://github.com/open-telemetry/opentelemetry-collector-contrib, exporter/clickhouseexporter. */
const TABLE = `CREATE TABLE otel_traces (
  Timestamp DateTime64(9), TraceId String, SpanId String, ParentSpanId String, SpanName LowCardinality(String), SpanKind LowCardinality(String),
  ServiceName LowCardinality(String), ScopeName String, SpanAttributes Map(LowCardinality(String), String), Duration UInt64, StatusCode LowCardinality(String),
  Events Nested (Timestamp DateTime64(9), Name LowCardinality(String), Attributes Map(LowCardinality(String), String))
) ENGINE = MergeTree ORDER BY (ServiceName, SpanName, toDateTime(Timestamp))`;

const KINDS = ['Internal', 'Server', 'Client', 'Producer', 'Consumer'];

/** Of each question, the columns that the page names before it. */
const EXPECTED: { columns: string[]; row: Record<string, unknown> }[] = [
  {
    columns: ['route', 'scopes', 'statements', 'wasted_ms', 'line', 'message'],
    row: { route: 'GET /chats', scopes: 1, statements: 22 },
  },
  {
    columns: ['at', 'trace', 'route', 'status', 'message'],
    row: { route: 'POST /transfers', status: '500', message: 'write 1 stayed, write 2 failed (23503)' },
  },
  {
    columns: ['summary', 'line', 'executions', 'total_ms', 'p95_ms'],
    row: { summary: 'select users', executions: 20 },
  },
];

async function main(): Promise<void> {
  const { Session } = createRequire(join(process.argv[2] as string, 'x.js'))('chdb') as Chdb;
  const session = new Session();
  session.query('CREATE DATABASE app');
  session.query(`USE app`);
  session.query(TABLE);
  const spans = await spansOfExamples();
  session.query(
    `INSERT INTO otel_traces FORMAT JSONEachRow ${spans.map((span) => JSON.stringify(rowOf(span))).join('\n')}`,
  );

  const page = readFileSync(join(__dirname, '../../examples/opentelemetry/README.md'), 'utf8');
  const questions = [...page.matchAll(/```sql\n([\s\S]*?)```/g)].map(([, sql]) => sql as string);
  assert.equal(questions.length, EXPECTED.length);
  for (const [index, sql] of questions.entries()) {
    const { meta, data } = JSON.parse(session.query(sql, 'JSON'));
    const { columns, row } = EXPECTED[index] as (typeof EXPECTED)[number];
    assert.deepEqual(
      meta.map(({ name }: { name: string }) => name),
      columns,
    );
    for (const column of columns) assert.ok(page.includes(`\`${column}\``), `the page does not name ${column}`);
    const rows = data.map((each: Record<string, unknown>) =>
      columns.map((column) => (column in row ? String(each[column]) : null)),
    );
    assert.ok(
      rows.some((each: unknown[]) =>
        columns.every((column, place) => !(column in row) || each[place] === String(row[column])),
      ),
      `no row of question ${index + 1} is ${JSON.stringify(row)}: ${JSON.stringify(data)}`,
    );
  }
  session.cleanup();
  process.stdout.write(`${questions.length} questions answered by ClickHouse\n`);
}

async function spansOfExamples(): Promise<ReadableSpan[]> {
  const exporter = new InMemorySpanExporter();
  const tracerProvider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
  const database = await openDatabase();
  const pool = new pg.Pool({ connectionString: database.url });
  await createChats(pool);
  await createTransfers(pool);
  await seed(pool, { chats: 2 });
  await visit((profiler) => chatsApp(pool, profiler), [{ path: '/chats' }], [otelOutput({ tracerProvider })]);
  const lost = { path: '/transfers', body: { to: 999, amount: 50 } };
  await visit((profiler) => transferApp(pool, profiler), [lost], [otelOutput({ tracerProvider })]);
  await pool.end();
  await database.stop();
  return exporter.getFinishedSpans();
}

/** As the exporter writes it. */
function rowOf(span: ReadableSpan): object {
  const [seconds, nanoseconds] = span.startTime;
  const time = `${seconds}.${String(nanoseconds).padStart(9, '0')}`;
  return {
    Timestamp: time,
    TraceId: span.spanContext().traceId,
    SpanId: span.spanContext().spanId,
    ParentSpanId: span.parentSpanContext?.spanId ?? '',
    SpanName: span.name,
    SpanKind: KINDS[span.kind],
    ServiceName: 'example',
    ScopeName: span.instrumentationScope.name,
    SpanAttributes: asTexts(span.attributes),
    Duration: span.duration[0] * 1e9 + span.duration[1],
    StatusCode: span.status.code === SpanStatusCode.ERROR ? 'Error' : 'Unset',
    'Events.Timestamp': span.events.map(() => time),
    'Events.Name': span.events.map(({ name }) => name),
    'Events.Attributes': span.events.map(({ attributes = {} }) => asTexts(attributes)),
  };
}

function asTexts(attributes: object): Record<string, string> {
  return Object.fromEntries(
    Object.entries(attributes).map(([name, value]) => [
      name,
      typeof value === 'object' ? JSON.stringify(value) : String(value),
    ]),
  );
}

main().catch((error: unknown) => {
  process.exitCode = 1;
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
});
