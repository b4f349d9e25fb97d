// Durations of statements, the state of pools and the number of findings as metrics, by the database conventions where they have a name:
// https://opentelemetry.io/docs/specs/semconv/db/database-metrics/

import type { BatchObservableCallback, Counter, Histogram, Meter, MeterProvider, Observable } from '@opentelemetry/api';
import type { PoolState } from '../../profile/pools.js';
import type { Connection, Statement } from '../../profile/types.js';
import type { Report, Watch } from '../../report/report.js';
import { summaryOf } from '../../sql/summary.js';
import { type Attributes, DB, SCHEMA_URL } from './attributes.js';
import { errorOf, isUnanswered, serverOf } from './statement-attributes.js';
import { textsOf } from './texts.js';

/** The buckets that the convention advises, in seconds. */
const DURATION_BUCKETS = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10];
/** A summary is of low cardinality by itself, unless tables are made as the app runs. An SDK keeps 2,000 sets of attributes of one metric by default. */
const MAX_SUMMARIES = 500;
/** As many routes and pools as an app has, unless something makes them up. */
const MAX_ROUTES = 500;
/** In place of what is over one of these bounds. */
const OTHER = '_other';
const POOL_NAME = 'db.client.connection.pool.name';
const SYSTEM: Attributes = { [DB.system]: 'postgresql' };

/** Counts and times what reports and pools say. */
export class Metrics {
  readonly #meter: Meter;
  readonly #operations: Histogram;
  readonly #findings: Counter;
  readonly #summaries = new Bounded(MAX_SUMMARIES);
  readonly #routes = new Bounded(MAX_ROUTES);
  readonly #stops: (() => void)[] = [];

  constructor(provider: MeterProvider, version: string) {
    this.#meter = provider.getMeter('queryscope', version, { schemaUrl: SCHEMA_URL });
    this.#operations = this.#seconds('db.client.operation.duration', 'Duration of database client operations.');
    this.#findings = this.#meter.createCounter('queryscope.findings', {
      unit: '{finding}',
      description: 'Findings of scopes, those that are only possible left out.',
    });
  }

  /** Watches the pools of the process until `stop`. */
  watch(watch: Watch): void {
    const pools = new PoolNames(watch);
    const opened = this.#seconds('db.client.connection.create_time', 'The time it took to create a new connection.');
    const waited = this.#seconds(
      'db.client.connection.wait_time',
      'The time it took to obtain an open connection from the pool.',
    );
    const used = this.#seconds(
      'db.client.connection.use_time',
      'The time between borrowing a connection and returning it to the pool.',
    );
    const timeouts = this.#meter.createCounter('db.client.connection.timeouts', {
      unit: '{timeout}',
      description: 'The number of connection timeouts that have occurred trying to obtain a connection from the pool.',
    });
    const named = (pool: number) => ({ [POOL_NAME]: pools.nameOf(pool) });
    this.#stops.push(
      watch.watchPools({
        opened: (pool, ms) => opened.record(ms / 1_000, named(pool)),
        waited: (pool, ms) => waited.record(ms / 1_000, named(pool)),
        used: (pool, ms) => used.record(ms / 1_000, named(pool)),
        timedOut: (pool) => timeouts.add(1, named(pool)),
      }),
    );
    this.#observe(watch, pools);
  }

  /** Counts a report and those inside it, in slices. */
  *record(report: Report): Generator<void, void> {
    const { profile, findings, children } = report;
    for (const text of yield* textsOf(profile)) {
      this.#recordText(text, profile.connections);
      yield;
    }
    for (const { detector, severity, confidence } of findings) {
      if (confidence === 'possible') continue;
      this.#findings.add(1, {
        'queryscope.finding.detector': detector,
        'queryscope.finding.severity': severity,
        'queryscope.label': this.#routes.take(profile.label),
      });
      yield;
    }
    for (const child of children) yield* this.record(child);
  }

  stop(): void {
    for (const stop of this.#stops.splice(0)) stop();
  }

  /** The convention counts a batch as one operation. */
  #recordText(statements: readonly Statement[], connections: readonly Connection[]): void {
    const [first] = statements as [Statement];
    if (isUnanswered(statements.at(-1) as Statement)) return;
    const summary = summaryOf(statements.map(({ sql }) => sql).join('; '));
    this.#operations.record(first.durationMs / 1_000, {
      ...SYSTEM,
      ...(summary !== null && { [DB.summary]: this.#summaries.take(summary) }),
      ...serverOf(first.connection === null ? null : (connections[first.connection] ?? null)),
      ...errorOf(statements),
    });
  }

  #seconds(name: string, description: string): Histogram {
    const advice = { explicitBucketBoundaries: DURATION_BUCKETS };
    return this.#meter.createHistogram(name, { unit: 's', description, advice });
  }

  /** The state of each pool, as often as somebody collects. */
  #observe(watch: Watch, pools: PoolNames): void {
    const gauge = (name: string, unit: string, description: string) =>
      this.#meter.createObservableUpDownCounter(`db.client.connection.${name}`, { unit, description });
    const count = gauge(
      'count',
      '{connection}',
      'The number of connections that are currently in state described by the state attribute.',
    );
    const idleMax = gauge('idle.max', '{connection}', 'The maximum number of idle open connections allowed.');
    const idleMin = gauge('idle.min', '{connection}', 'The minimum number of idle open connections allowed.');
    const max = gauge('max', '{connection}', 'The maximum number of open connections allowed.');
    const pending = gauge(
      'pending_requests',
      '{request}',
      'The number of current pending requests for an open connection.',
    );
    const instruments: Observable[] = [count, idleMax, idleMin, max, pending];
    const look: BatchObservableCallback = (result) => {
      for (const pool of watch.pools()) {
        const named = { [POOL_NAME]: pools.nameOf(pool.ordinal) };
        result.observe(count, pool.used, { ...named, 'db.client.connection.state': 'used' });
        result.observe(count, pool.idle, { ...named, 'db.client.connection.state': 'idle' });
        result.observe(idleMin, pool.min, named);
        result.observe(pending, pool.pending, named);
        if (pool.max === null) continue;
        result.observe(max, pool.max, named);
        // pg-pool keeps every connection until it has idled for too long.
        result.observe(idleMax, pool.max, named);
      }
      // An SDK that reports sums goes on with the last one of a pool that is gone.
      for (const name of pools.ended()) {
        const named = { [POOL_NAME]: name };
        for (const state of ['used', 'idle'])
          result.observe(count, 0, { ...named, 'db.client.connection.state': state });
        for (const instrument of [idleMax, idleMin, max, pending]) result.observe(instrument, 0, named);
      }
    };
    this.#meter.addBatchObservableCallback(look, instruments);
    this.#stops.push(() => this.#meter.removeBatchObservableCallback(look, instruments));
  }
}

/** The name of each pool: its server and database, as the convention has it, and a number where there are several of one name. */
class PoolNames {
  readonly #watch: Watch;
  readonly #names = new Map<number, string>();

  constructor(watch: Watch) {
    this.#watch = watch;
  }

  nameOf(ordinal: number): string {
    const known = this.#names.get(ordinal);
    if (known !== undefined) return known;
    const pool = this.#watch.pools().find((each) => each.ordinal === ordinal);
    // Where it goes is known with its first connection.
    if (pool === undefined || pool.host === '') return `pool ${ordinal}`;
    const name = this.#unused(serverName(pool));
    this.#names.set(ordinal, name);
    return name;
  }

  /** Names whose pool is ended, and that no other has yet. */
  ended(): string[] {
    const alive = new Set(this.#watch.pools().map(({ ordinal }) => ordinal));
    return [...this.#names].filter(([ordinal]) => !alive.has(ordinal)).map(([, name]) => name);
  }

  #unused(name: string): string {
    const ended = new Set(this.ended());
    for (const [ordinal, known] of this.#names) if (ended.has(known)) this.#names.delete(ordinal);
    const taken = new Set(this.#names.values());
    for (let number = 1; ; number += 1) {
      const numbered = number === 1 ? name : `${name}#${number}`;
      if (!taken.has(numbered)) return numbered;
    }
  }
}

function serverName({ host, port, database }: PoolState): string {
  return `${host}:${port}/${database}`;
}

/** The first so many names; every other is `_other`. */
class Bounded {
  readonly #most: number;
  readonly #names = new Set<string>();

  constructor(most: number) {
    this.#most = most;
  }

  take(name: string): string {
    if (this.#names.has(name)) return name;
    if (this.#names.size >= this.#most) return OTHER;
    this.#names.add(name);
    return name;
  }
}
