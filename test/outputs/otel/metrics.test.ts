// Metrics as an SDK collects them of real pools: names, units, buckets, one set for each pool, and bounds that hold.

import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import pg from 'pg';
import { createProfiler, type Output, type Profiler } from 'queryscope';
import { otelOutput } from 'queryscope/otel';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { type Database, openDatabase } from '../../../examples/database.js';
import { TIMELESS } from '../../support/timeless.js';

let database: Database;
let exporter: InMemoryMetricExporter;
let reader: PeriodicExportingMetricReader;
let profiler: Profiler;
const pools: pg.Pool[] = [];
const writing: Promise<void>[] = [];

beforeAll(async () => {
  database = await openDatabase();
});

beforeEach(() => {
  exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 });
  const meterProvider = new MeterProvider({ readers: [reader] });
  const quiet = { write: () => {} };
  const output = otelOutput({ meterProvider, stream: quiet });
  profiler = createProfiler({
    outputs: [{ ...output, write: written(output) }],
    enabled: true,
    detectors: TIMELESS,
  });
  profiler.instrument(pg);
});

/** Its `write`, which goes on when a capture is over. */
function written(output: Output): Output['write'] {
  return (...args) => {
    const written = Promise.resolve(output.write(...args));
    writing.push(written);
    return written;
  };
}

afterEach(async () => {
  await profiler.close();
  for (const pool of pools.splice(0)) if (!pool.ended) await pool.end();
  await reader.shutdown();
});

afterAll(() => database?.stop());

function newPool(options: pg.PoolConfig = {}, url = database.url): pg.Pool {
  const pool = new pg.Pool({ connectionString: url, ...options });
  pools.push(pool);
  return pool;
}

interface Point {
  attributes: Record<string, unknown>;
  value: number | { count: number; sum?: number; buckets: { boundaries: number[] } };
}

/** What was collected of each metric: its unit, and its points without what is the same for all of them. */
async function collected(): Promise<Map<string, { unit: string; points: Point[] }>> {
  await Promise.all(writing.splice(0));
  await reader.forceFlush();
  const [latest] = exporter.getMetrics().slice(-1);
  const metrics = latest?.scopeMetrics.flatMap((scope) => scope.metrics) ?? [];
  return new Map(
    metrics.map(({ descriptor, dataPoints }) => [
      descriptor.name,
      { unit: descriptor.unit, points: dataPoints.map(({ attributes, value }) => ({ attributes, value }) as Point) },
    ]),
  );
}

const countOf = ({ value }: Point) => (typeof value === 'number' ? value : value.count);

test('durations of statements, by the convention', async () => {
  const pool = newPool();
  await profiler.capture('job', async () => {
    await pool.query('select 1');
    await pool.query('select 2');
    await pool.query('select 1/0').catch(() => {});
    await pool.query('begin; select 1; commit');
  });
  const duration = (await collected()).get('db.client.operation.duration');
  expect(duration?.unit).toBe('s');
  const { port } = new URL(database.url);
  const server = {
    'db.system.name': 'postgresql',
    'db.namespace': new URL(database.url).pathname.slice(1),
    'server.address': '127.0.0.1',
    'server.port': Number(port),
  };
  expect(duration?.points.map((point) => [point.attributes, countOf(point)])).toEqual([
    [{ ...server, 'db.query.summary': 'select' }, 2],
    [{ ...server, 'db.query.summary': 'select', 'db.response.status_code': '22012', 'error.type': '22012' }, 1],
    [{ ...server, 'db.query.summary': 'begin select commit' }, 1],
  ]);
  const [first] = duration?.points ?? [];
  expect(typeof first?.value === 'object' && first.value.buckets.boundaries).toEqual([
    0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10,
  ]);
});

test('pools: one set for each, in a scope or not, and zeros of one that is ended', async () => {
  const [one, two] = [newPool({ max: 3 }), newPool({ max: 1 })];
  const held = await one.connect();
  const last = await two.connect();
  two.options.connectionTimeoutMillis = 50;
  await expect(two.query('select 1')).rejects.toThrow('timeout exceeded');
  two.options.connectionTimeoutMillis = 0;
  await profiler.capture('job', async () => void (await one.query('select pg_sleep(0.01)')));
  const waiting = two.query('select 1');

  const during = await collected();
  const name = `127.0.0.1:${new URL(database.url).port}${new URL(database.url).pathname}`;
  const of = (metric: string, metrics = during) =>
    metrics
      .get(`db.client.connection.${metric}`)
      ?.points.map((point) => [
        ...Object.values(point.attributes).map((value) => String(value).replace(name, 'pool')),
        countOf(point),
      ]);
  expect(of('count')).toEqual([
    ['pool', 'used', 1],
    ['pool', 'idle', 1],
    ['pool#2', 'used', 1],
    ['pool#2', 'idle', 0],
  ]);
  expect(of('max')).toEqual([
    ['pool', 3],
    ['pool#2', 1],
  ]);
  expect(of('idle.max')).toEqual([
    ['pool', 3],
    ['pool#2', 1],
  ]);
  expect(of('idle.min')).toEqual([
    ['pool', 0],
    ['pool#2', 0],
  ]);
  expect(of('pending_requests')).toEqual([
    ['pool', 0],
    ['pool#2', 1],
  ]);
  expect(of('timeouts')).toEqual([['pool#2', 1]]);
  expect(of('create_time')).toEqual([
    ['pool', 2],
    ['pool#2', 1],
  ]);
  expect(of('wait_time')).toEqual([
    ['pool', 2],
    ['pool#2', 1],
  ]);
  expect(of('use_time')).toEqual([['pool', 1]]);
  expect(
    [...during]
      .filter(([metric]) => metric.startsWith('db.client.connection'))
      .map(([metric, { unit }]) => `${metric.slice(21)} ${unit}`)
      .sort(),
  ).toEqual([
    'count {connection}',
    'create_time s',
    'idle.max {connection}',
    'idle.min {connection}',
    'max {connection}',
    'pending_requests {request}',
    'timeouts {timeout}',
    'use_time s',
    'wait_time s',
  ]);

  last.release();
  await waiting;
  held.release();
  await two.end();
  const after = await collected();
  expect([of('max', after), of('pending_requests', after)]).toEqual([
    [
      ['pool', 3],
      ['pool#2', 0],
    ],
    [
      ['pool', 0],
      ['pool#2', 0],
    ],
  ]);
});

test('an app that replaces its pool keeps its name', async () => {
  for (let i = 0; i < 3; i += 1) {
    const pool = newPool();
    await pool.query('select 1');
    const names = (await collected())
      .get('db.client.connection.max')
      ?.points.map(({ attributes }) => attributes['db.client.connection.pool.name']);
    expect(names).toEqual([expect.not.stringContaining('#')]);
    await pool.end();
  }
});

test('findings by detector and route', async () => {
  const pool = newPool();
  await pool.query('create table if not exists thing as select generate_series(1, 3) as id');
  await profiler.capture('list', async () => {
    const { rows } = await pool.query('select id from thing');
    for (const { id } of rows) await pool.query('select * from thing where id = $1', [id]);
  });
  const findings = (await collected()).get('queryscope.findings');
  expect([findings?.unit, findings?.points]).toEqual([
    '{finding}',
    [
      {
        attributes: {
          'queryscope.finding.detector': 'n-plus-one',
          'queryscope.finding.severity': 'warning',
          'queryscope.label': 'list',
        },
        value: 1,
      },
    ],
  ]);
});

test('names that an app makes up are bounded', async () => {
  const pool = newPool();
  await profiler.capture('job', async () => {
    for (let i = 0; i < 520; i += 1) await pool.query(`create temp table t_${i} (id int)`);
  });
  const points = (await collected()).get('db.client.operation.duration')?.points ?? [];
  expect(points).toHaveLength(501);
  const other = points.find(({ attributes }) => attributes['db.query.summary'] === '_other');
  expect(other && countOf(other)).toBe(20);
});
