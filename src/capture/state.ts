// What all of queryscope shares within one process, also when it is loaded twice (two versions in node_modules, `import` beside
// `require`, a test runner's own module registry): one async context, one table of patches, one count of open scopes.

import { AsyncLocalStorage } from 'node:async_hooks';
import type { PoolWatcher } from '../profile/pools.js';
import type { Trace } from './call-site.js';
import type { Allowance, Context } from './context.js';
import type { Patch } from './patches.js';
import type { Connection } from './pg-connection.js';

/** A call of Pool.query on its way to a client. */
export interface PoolCall {
  /** Where it was called: the statement belongs there, wherever the pool finds the time to send it. */
  readonly context: Context;
  /** Null: its site may be assumed. */
  readonly trace: Trace | null;
  /** Called after the response: the statement itself may be sent long after its call. */
  readonly late: boolean;
  /** The place of the call among the events of its scope. */
  readonly order: number;
  /** When it was called, by the clock of timers.ts; null: the pool had a client at hand. */
  readonly askedAt: number | null;
  /** The client that the pool gave it, and its connection; null until then. */
  client: object | null;
  connection: Connection | null;
}

/** A scope as far as others have to know it before its report is out. */
export interface Unjudged {
  /** Noted so far, those over the cap too. */
  readonly statements: number;
  /** Nothing but its last answers and its analysis keep its report back. */
  readonly ended: boolean;
  /** Settles when its report has been handed out. */
  reported(): Promise<unknown>;
}

/** The process-wide state. Its shape is a contract between copies of queryscope: a change that breaks it takes a new symbol. */
export interface State {
  /** The scope of whatever code runs now. */
  readonly storage: AsyncLocalStorage<Context | undefined>;
  /** By the object that owns the method, by the method's name. */
  readonly patches: Map<object, Map<string, Patch>>;
  /** Each copy of pg that was patched so far, by its Client's prototype, under its name for messages. */
  readonly drivers: Map<object, string>;
  /** By Client: a connection has no other name that holds over its whole life. */
  readonly connections: WeakMap<object, Connection>;
  /** The ordinal of each pool seen. */
  readonly pools: WeakMap<object, number>;
  poolsSeen: number;
  /** The way back, for as long as the pool is in use. */
  readonly poolsByOrdinal: Map<number, WeakRef<object>>;
  /** Who hears of what happens at pools; while there are any, it is timed. */
  readonly poolWatchers: Set<PoolWatcher>;
  /** When each client began to connect, by the clock of timers.ts; noted while somebody watches pools. */
  readonly connectStarts: WeakMap<object, number>;
  openScopes: number;
  /** Scopes whose report is still to come. */
  readonly unjudged: Set<Unjudged>;
  /** Statements sent outside any scope since the first driver was patched. */
  unattributed: number;
  /** Requests that `sampleRate` left out, and the statements sent in them: neither recorded nor missed. */
  readonly unsampled: { requests: number; statements: number };
  /** Set while Pool.query calls Pool.connect: the call site of the statement to come, which only Pool.query can see. */
  poolCall: PoolCall | null;
  /** The pool whose Pool.query is being called outside any scope: it has looked for one, so that Pool.connect need not. */
  queryOutside: object | null;
  /** Set while a pool hands a client to its own `query`: the statement that is sent in that very call takes it over. */
  handover: PoolCall | null;
  /** Pools in a call that was seen where a subclass, or another tool, has the method: pg's own has nothing to add. */
  queryAbove: object | null;
  connectAbove: object | null;
  /** Has an ORM ever told of a call of its own (orm-call.ts)? */
  ormCalls: boolean;
  /** Each allowance that stood around code, and whether that was ever the code of a scope; no more than `MAX_ALLOWANCES` (context.ts). */
  readonly allowances: Map<Allowance, boolean>;
  /** The profilers that are on. Capture only knows that they are there. */
  readonly profilers: Set<object>;
  /** The outputs that profilers share which were given none: two of a kind would say everything twice. */
  defaultOutputs: readonly object[] | null;
  /** Errors of queryscope's own that the guard kept from the app. */
  caught: number;
  /** What failed and has been told. */
  readonly told: Set<string>;
}

const KEY = Symbol.for('queryscope.state.v1');

function create(): State {
  return {
    storage: new AsyncLocalStorage(),
    patches: new Map(),
    drivers: new Map(),
    connections: new WeakMap(),
    pools: new WeakMap(),
    poolsSeen: 0,
    poolsByOrdinal: new Map(),
    poolWatchers: new Set(),
    connectStarts: new WeakMap(),
    openScopes: 0,
    unjudged: new Set(),
    unattributed: 0,
    unsampled: { requests: 0, statements: 0 },
    poolCall: null,
    queryOutside: null,
    handover: null,
    queryAbove: null,
    connectAbove: null,
    ormCalls: false,
    allowances: new Map(),
    profilers: new Set(),
    defaultOutputs: null,
    caught: 0,
    told: new Set(),
  };
}

const home = globalThis as { [KEY]?: State };
home[KEY] ??= create();

export const state: State = home[KEY];
