// The object that an app holds: what it names is patched, and scopes are opened around its requests and jobs. What becomes of
// them is analysis.ts; no decision about SQL, loops or pictures is made here.

import type { Judging } from './analysis.js';
import { Audience, deliverProof, type Listener } from './audience.js';
import { movingContext, runIn } from './capture/context.js';
import { type ExpressMiddleware, expressMiddleware } from './capture/express.js';
import { driversBehind } from './capture/orm-handles.js';
import { otherTracers } from './capture/other-tracers.js';
import { releaseOutgoing, watchOutgoing } from './capture/outgoing-requests.js';
import { releasePatches } from './capture/patches.js';
import { type Driver, driverOfModule, driverOfPool, patchDriver } from './capture/pg-module.js';
import { poolStates, watchPools } from './capture/pool-watch.js';
import { isInsideCapture, type Label, openScope, type Scope } from './capture/scope.js';
import type { Linked } from './capture/scope-link.js';
import { state } from './capture/state.js';
import { kindOf, nameOfError, QueryscopeError } from './errors.js';
import { type Settings, settleOf } from './options.js';
import type { proveAtomic } from './prove/prove-atomic.js';
import type { ProveOptions } from './prove/prove-options.js';
import type { Proof } from './report/proof.js';
import type { Report } from './report/report.js';
import { isSampled } from './sampling.js';

/** What a capture answers. */
export interface Captured<T> {
  result: T;
  report: Report;
}

/** What a settled capture answers: `error` is null where the function succeeded, `result` undefined where it did not. */
export interface Settled<T> {
  result: T | undefined;
  error: unknown;
  report: Report;
}

export interface CaptureOptions {
  /** Answer the error of the function beside its report; otherwise capture rejects with it. */
  settle?: boolean;
}

/** A test that a runner runs. */
export interface OpenTest {
  /** Runs all of it, hooks and code. */
  run<T>(fn: () => T): T;
  /** Its code begins: from here on what it sends is captured. The first time counts. */
  begin(): void;
  /** Its code is over, and hooks follow. */
  leave(): void;
  /** Ends its scope, the first time. */
  end(): void;
  /** Ends it, and answers its report; null where it never began. */
  report(): Promise<Report> | null;
}

/** What a profiler is put together of: what takes long to load is handed in, so that a process which only takes notes can leave it out. */
export interface Parts {
  /** Makes what judges closed scopes. */
  judge(settings: Settings, audience: Audience): Judging;
  readonly prove: typeof proveAtomic;
}

type Work<T> = () => T | PromiseLike<T>;

export class Profiler {
  readonly #settings: Settings;
  readonly #audience: Audience;
  readonly #analysis: Judging;
  readonly #prove: Parts['prove'];
  /** What is to be patched with the first capture: until then a profiler that is off leaves pg as it is. */
  readonly #drivers: Driver[] = [];
  #patching: boolean;
  /** Was something captured? Then all that it was given to watch is patched. */
  #watching = false;
  #closing: Promise<void> | null = null;

  constructor(settings: Settings, { judge, prove }: Parts) {
    this.#settings = settings;
    this.#audience = new Audience(settings.outputs);
    this.#analysis = judge(settings, this.#audience);
    this.#prove = prove;
    this.#patching = settings.enabled;
    if (settings.enabled) {
      this.#audience.join({
        root: settings.root,
        drivers: () => [...state.drivers.values()],
        unattributed: () => state.unattributed,
        unsampled: () => ({ ...state.unsampled }),
        unjudged: () => ({
          scopes: state.unjudged.size,
          statements: [...state.unjudged].reduce((sum, { statements }) => sum + statements, 0),
        }),
        idleAllows: () => this.#analysis.idleAllows(),
        tracers: otherTracers,
        pools: poolStates,
        watchPools,
      });
    }
  }

  /** Does it record requests? What is captured by hand is recorded anyhow. */
  get enabled(): boolean {
    return this.#settings.enabled && this.#closing === null;
  }

  /** Watches the pg module given: its Client, its Pool, and every pool that an ORM makes of them. Doing it again changes nothing. */
  instrument(pg: object): void {
    const driver = driverOfModule(pg);
    if (driver === null) {
      throw new QueryscopeError(
        'not-pg',
        `instrument() takes the module pg, which has Client and Pool; ${withoutThem(pg)} came. Pass it whole: import pg from 'pg'; profiler.instrument(pg). For one pool there is profiler.wrap(pool).`,
      );
    }
    this.#watch(driver);
  }

  /**
   * Watches the copy of pg that a live pool is made of, wherever that came from: a bundle, an ORM. Answers the pool. Also takes what an app holds of its
   * ORM: a knex instance, a kysely or drizzle database, a DataSource, a Sequelize, a MikroORM, a PrismaClient, a slonik pool, a pg-promise database.
   */
  wrap<P extends object>(pool: P): P {
    const driver = driverOfPool(pool);
    const drivers = driver === null ? driversBehind(pool) : [driver];
    if (drivers === null) {
      throw new QueryscopeError(
        'not-a-pool',
        `wrap() takes a pool of pg, which has connect, query and Client; ${withoutThem(pool)} came. Pass what new Pool(…) gave, or the handle of an ORM that has loaded pg; for the module there is profiler.instrument(pg).`,
      );
    }
    if (drivers.length === 0) {
      throw new QueryscopeError(
        'pg-not-loaded',
        "wrap() takes the handle of an ORM that has loaded pg; one came whose pg is not loaded yet. Load it before (import 'pg'), pass the pool once there is one, or call wrap() after the first statement.",
      );
    }
    for (const each of drivers) this.#watch(each);
    return pool;
  }

  /** Middleware for Express 4 and 5: one scope for each request, named by its route. Put it before whatever sends SQL. */
  express(): ExpressMiddleware {
    return expressMiddleware((label, linked, req) => {
      // What a capture asked its own server is a part of that capture, which records in any case.
      if (!isOfCapture(linked)) {
        if (!this.enabled) return null;
        if (!isSampled(this.#settings.sampleRate, req)) return 'unsampled';
      }
      return this.#openRequest(label, linked);
    });
  }

  /** The same where test code asks for it: for requests that captures make, and for no others. */
  expressInCaptures(): ExpressMiddleware {
    return expressMiddleware((label, linked) => (isOfCapture(linked) ? this.#openRequest(label, linked) : null));
  }

  #openRequest(label: Label, linked: Linked | null): Scope {
    return openScope(this.#analysis, 'request', label, { always: this.#settings.allow, ...linked });
  }

  /** Runs a function in a scope of its own; answers its result and the report, after everybody else was handed that. */
  capture<T>(fn: Work<T>, options?: { settle?: false }): Promise<Captured<T>>;
  capture<T>(fn: Work<T>, options: { settle: true }): Promise<Settled<T>>;
  capture<T>(label: string, fn: Work<T>, options?: { settle?: false }): Promise<Captured<T>>;
  capture<T>(label: string, fn: Work<T>, options: { settle: true }): Promise<Settled<T>>;
  capture<T>(...args: unknown[]): Promise<Captured<T> | Settled<T>> {
    return this.#capture('job', args);
  }

  /** The same where test code asks for it: the scope is a test's. */
  readonly captureTest = ((...args: unknown[]) => this.#capture('test', args)) as Profiler['capture'];

  #capture<T>(kind: 'job' | 'test', args: readonly unknown[]): Promise<Captured<T> | Settled<T>> {
    try {
      const { label, named, fn, settle } = readCapture<T>(args);
      const scope = this.#open(kind, label, named);
      scope.isAwaited = true;
      return answerOf(scope, begin(scope, fn), settle);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** For a test runner: a test's hooks and code in one context, and a scope for the code alone. */
  openTest(label: string): OpenTest {
    const { context, moveTo } = movingContext();
    let scope: Scope | null = null;
    let reported: Promise<Report> | null = null;
    // A test that fails is no failure of the app's, after which writes would have to be gone.
    const end = () => scope?.end({ status: null, error: null, aborted: false });
    return {
      run: (fn) => runIn(context, fn),
      begin: () => {
        if (scope !== null) return;
        // A test runs once: nothing that is known of its lines would be of use again.
        scope = this.#open('test', label, false);
        reported = scope.reported() as Promise<Report>;
        moveTo(scope.context);
      },
      leave: () => moveTo(undefined),
      end,
      report: () => {
        if (scope !== null) scope.isAwaited = true;
        end();
        return reported;
      },
    };
  }

  /**
   * Asks of a function: what if a write fails? Runs it once to learn its writes, and then once for each way in which one of them can fail, for real, on the connection that it is
   * sent on: by an error, by a lost connection, by a COMMIT that fails or whose answer is lost. Answers what stayed each time, and whether the writes are one unit. Requests that the function
   * makes to an app in this process belong to it.
   * @throws QueryscopeError in production or for a database that is not named in `only` (`proof-refused`), and where nothing can be proven (`proof-impossible`).
   */
  async proveAtomic(fn: Work<unknown>, options?: ProveOptions): Promise<Proof> {
    this.#checkOpen('Prove');
    this.#patchAll();
    const { allow: always, sample } = this.#settings;
    const proof = await this.#prove(
      {
        openRun: (label, named, trial) => openScope(this.#analysis, 'job', label, { always, named, trial }),
        openRequest: (label, around) => openScope(this.#analysis, 'request', label, { always, around }),
        placeOf: (trace) => this.#analysis.sites.placeOf(trace),
        sites: this.#analysis.sites.in(null),
        sample,
      },
      fn,
      options,
    );
    deliverProof(proof, this.#audience);
    return proof;
  }

  /** Calls a function with the report of each scope that has closed, also those inside another. Answers how to stop that. */
  onReport(listener: Listener): () => void {
    if (typeof listener !== 'function') {
      throw new QueryscopeError(
        'not-a-function',
        `onReport() takes a function of a report; ${kindOf(listener)} came. Write profiler.onReport((report) => …).`,
      );
    }
    this.#audience.listeners.add(listener);
    return () => {
      this.#audience.listeners.delete(listener);
    };
  }

  /** Waits for the reports of what has ended, puts back what was patched, and flushes the outputs. What still runs is not waited for. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    // Of all profilers' scopes: each report goes to everybody who is on. Those that still run may never end.
    await Promise.all([...state.unjudged].filter((scope) => scope.ended).map((scope) => scope.reported()));
    releasePatches(this);
    releaseOutgoing(this);
    await this.#audience.leave();
  }

  #watch(driver: Driver): void {
    this.#checkOpen('Instrument');
    if (this.#patching) this.#patch(driver);
    else this.#drivers.push(driver);
  }

  #open(kind: 'job' | 'test', label: string, named: boolean): Scope {
    this.#checkOpen('Capture');
    this.#patchAll();
    return openScope(this.#analysis, kind, label, { always: this.#settings.allow, named });
  }

  #checkOpen(deed: string): void {
    if (this.#closing === null) return;
    throw new QueryscopeError('closed', `This profiler is closed. ${deed} before close(), or create another one.`);
  }

  #patchAll(): void {
    if (this.#watching) return;
    this.#watching = true;
    this.#patching = true;
    watchOutgoing(this);
    for (const driver of this.#drivers.splice(0)) this.#patch(driver);
  }

  #patch(driver: Driver): void {
    patchDriver(driver, this);
    watchOutgoing(this);
  }
}

function isOfCapture(linked: Linked | null): boolean {
  return linked !== null || isInsideCapture();
}

function readCapture<T>(args: readonly unknown[]): { label: string; named: boolean; fn: Work<T>; settle: boolean } {
  const [label, fn, options] = typeof args[0] === 'function' ? [undefined, ...args] : args;
  const named = label !== undefined;
  if ((named && typeof label !== 'string') || typeof fn !== 'function') {
    throw new QueryscopeError(
      'not-a-function',
      `capture() takes a label, which may be left out, and a function; ${kindOf(args[0])} and ${kindOf(args[1])} came. Write profiler.capture('report', async () => …).`,
    );
  }
  return {
    label: named ? (label as string) : fn.name || 'capture',
    named,
    fn: fn as Work<T>,
    settle: settleOf(options),
  };
}

/** For a message: what came in place of an object with certain members. */
function withoutThem(value: unknown): string {
  return Object(value) === value ? `${kindOf(value)} without them` : kindOf(value);
}

/** Calls a function in a scope; the promise of what it answers, or throws. */
function begin<T>(scope: Scope, fn: Work<T>): Promise<T> {
  return scope.run(() => {
    try {
      return Promise.resolve(fn());
    } catch (error) {
      return Promise.reject(error);
    }
  });
}

/** Waits for the app's function without an async function of its own, whose frame and promises would be half of what a scope of no statement keeps. */
function answerOf<T>(scope: Scope, running: Promise<T>, settle: boolean): Promise<Captured<T> | Settled<T>> {
  return running.then(
    (result) => settled(scope, { result, error: null, failed: false }, settle),
    (error) => settled<T>(scope, { result: undefined, error, failed: true }, settle),
  );
}

interface Outcome<T> {
  result: T | undefined;
  error: unknown;
  failed: boolean;
}

/** By one promise: where an async context is followed, as it is here, each is a third of a microsecond more. */
function settled<T>(
  scope: Scope,
  { result, error, failed }: Outcome<T>,
  settle: boolean,
): Promise<Captured<T> | Settled<T>> {
  scope.end({ status: null, error: failed ? nameOfError(error) : null, aborted: false });
  return new Promise((resolve, reject) => {
    scope.whenReported((reported) => {
      const report = reported as Report;
      if (settle) resolve({ result, error, report });
      else if (failed) reject(error);
      else resolve({ result: result as T, report });
    });
  });
}
