// Runs a drawn program and writes down all that its app can see: answers, errors, events, the order of them, and where code of the app's was run.

import { AsyncLocalStorage } from 'node:async_hooks';
import { EventEmitter } from 'node:events';
import { setTimeout as pause, setImmediate as turn } from 'node:timers/promises';
import { inspect } from 'node:util';
import type pg from 'pg';
import type { Installed } from '../../drivers/install.js';
import {
  BOUND_TEXTS,
  type Program,
  SESSION_TEXTS,
  type Send,
  type Step,
  type Take,
  TEXTS,
  VALUES,
} from './programs.js';
import { WholeAnswers } from './whole-answers.js';

/** pg's types leave out what it does with arguments that are wrong. */
// biome-ignore lint/suspicious/noExplicitAny: as above.
type Loose = any;

export interface World {
  pg: Loose;
  /** Loads what the app has beside its pg. */
  load: Installed['require'];
  url: string;
}

/** What was seen, in order, where there is an order: on one connection, or of one call. */
export type Seen = Record<string, string[]>;

/** Where nothing was heard for so long, and no server owes an answer, none comes any more: a pool that ends forgets whom it lets wait. */
const QUIET_MS = 60;

/** The same where all that was sent has its answer: the app needs a turn to send what follows. */
const SETTLED_MS = 4;

/** The app's own context, which has to be in its callbacks what it would be without us. */
const store = new AsyncLocalStorage<number>();

/** One call, as its form wants it. */
interface Calling {
  id: number;
  sender: Loose;
  text: string;
  /** Undefined where the text takes none. */
  values: unknown[] | undefined;
  shared: object;
  world: World;
  /** Writes down what was seen of it. */
  see(what: string): void;
  /** The same in an order of its own: Node's streams have turns of theirs. */
  aside(what: string): void;
  /** The callback of the app's; the first call is its answer. */
  callback(this: unknown, ...args: unknown[]): void;
  /** There is no more to come. */
  done(): void;
}

const FORMS: Record<Send['form'], (call: Calling) => unknown> = {
  arguments: ({ sender, text, values }) => (values ? sender.query(text, values) : sender.query(text)),
  callback: ({ sender, text, values, callback }) =>
    values ? sender.query(text, values, callback) : sender.query(text, callback),
  config: ({ sender, text, values }) => sender.query({ text, values }),
  'config and values': ({ sender, text, values }) => sender.query({ text }, values),
  'config and callback': ({ sender, text, values, callback }) => sender.query({ text, values }, callback),
  'callback in config': ({ sender, text, values, callback }) => sender.query({ text, values, callback }),
  'frozen config': ({ sender, text, values }) => sender.query(Object.freeze({ text, values })),
  'class config': ({ sender, text, values, see }) => {
    class Template {
      get text() {
        return text;
      }
      get values() {
        see('values are read');
        return values;
      }
    }
    return sender.query(new Template());
  },
  getters: ({ sender, text, values, see }) =>
    sender.query({
      get text() {
        see('text is read');
        return text;
      },
      get values() {
        see('values are read');
        return values;
      },
      get callback() {
        see('callback is read');
        return undefined;
      },
    }),
  'proxy config': ({ sender, text, values, see }) => sender.query(watched({ text, values }, see)),
  named: ({ sender, text, values }) => sender.query({ name: text.slice(0, 20), text, values }),
  'name of another text': ({ sender, text, values }) => sender.query({ name: 'one name', text, values }),
  arrays: ({ sender, text, values }) => sender.query({ text, values, rowMode: 'array' }),
  'own types': ({ sender, text, values, see }) => sender.query({ text, values, types: typesOf(see) }),
  'shared config': ({ sender, shared }) => sender.query(shared),
  'changed afterwards': ({ sender, text, values }) => {
    const config = { text, values };
    const returned = sender.query(config);
    config.text = 'select broken';
    if (values) values[0] = 'changed';
    return returned;
  },
  thenable: ({ sender, text, values }) => {
    const thenable: Loose = {
      // biome-ignore lint/suspicious/noThenProperty: query builders are such.
      then: (...handlers: unknown[]) => sender.query(text, values).then(...handlers),
    };
    return (async () => thenable)();
  },
  'in time': ({ sender, text, values }) => sender.query({ text, values, query_timeout: 20_000 }),
  'too late': ({ sender }) => sender.query({ text: 'select pg_sleep(0.06)', query_timeout: 10 }),
  'values that are none': ({ sender, text }) => sender.query(text, 'none'),
  'no text': ({ sender, values }) => sender.query({ values }),
  'no config': ({ sender }) => sender.query(null),
  'third argument': ({ sender, text, values }) => sender.query(text, values ?? [], 'no function'),
  Query: ({ sender, text, values, world, see, done }) => {
    const query = new world.pg.Query(text, values);
    query.on('row', (row: unknown) => see(`row ${textOf(row)}`));
    query.on('end', (result: unknown) => {
      see(`end ${textOf(result)}`);
      done();
    });
    query.on('error', (error: unknown) => {
      see(`error ${textOf(error)}`);
      done();
    });
    return isSame(sender.query(query), query);
  },
  'Query with callback': ({ sender, text, values, world, callback }) => {
    const query = new world.pg.Query(text, values, callback);
    return isSame(sender.query(query), query);
  },
  cursor: ({ sender, text, values, world, see, done }) => {
    const cursor = new (world.load('pg-cursor'))(text, values);
    const returned = sender.query(cursor);
    cursor.read(2, (error: unknown, rows: unknown) => {
      see(`read ${textOf(error ?? rows)}`);
      cursor.close((failure: unknown) => {
        see(`closed ${textOf(failure)}`);
        done();
      });
    });
    return isSame(returned, cursor);
  },
  'cursor, closed early': ({ sender, text, values, world, see, done }) => {
    const cursor = new (world.load('pg-cursor'))(text, values);
    cursor.on('error', () => {});
    const returned = sender.query(cursor);
    cursor.close((failure: unknown) => {
      see(`closed ${textOf(failure)}`);
      done();
    });
    return isSame(returned, cursor);
  },
  stream: (call) => streamed(call, Number.POSITIVE_INFINITY),
  'stream, left early': (call) => streamed(call, 1),
  'COPY in': ({ id, sender, world, aside, done }) => {
    const into = world.load('pg-copy-streams').from('copy item (id, name) from stdin');
    into.on('finish', () => {
      aside(`finish ${into.rowCount}`);
      done();
    });
    into.on('error', (error: unknown) => {
      aside(`error ${textOf(error)}`);
      done();
    });
    const returned = sender.query(into);
    into.end(`${100 + id}\tcopied\n`);
    return isSame(returned, into);
  },
  'own submittable': ({ sender, see, done }) => {
    const submittable = submittableOf(see, done);
    return isSame(sender.query(submittable), submittable);
  },
};

function streamed({ sender, text, values, world, aside, done }: Calling, most: number): unknown {
  const stream = new (world.load('pg-query-stream'))(text, values, { batchSize: 2 });
  const returned = sender.query(stream);
  void (async () => {
    let rows = 0;
    try {
      for await (const row of stream) {
        aside(`row ${textOf(row)}`);
        rows++;
        if (rows === most) break;
      }
      aside(`read ${rows}`);
    } catch (error) {
      aside(`failed ${textOf(error)}`);
    }
    done();
  })();
  return isSame(returned, stream);
}

/** A statement that handles its messages itself, and is no class of the driver's. */
function submittableOf(see: (what: string) => void, done: () => void): object {
  return {
    text: 'select 7 as n',
    submit: (connection: Loose) => {
      see('submit');
      connection.query('select 7 as n');
    },
    handleRowDescription: () => see('description'),
    handleDataRow: ({ fields }: Loose) => see(`row ${fields}`),
    handleCommandComplete: () => see('complete'),
    handleReadyForQuery: () => {
      see(`ready`);
      done();
    },
    handleError: (error: unknown) => {
      see(`error ${textOf(error)}`);
      done();
    },
  };
}

function watched<T extends object>(target: T, see: (what: string) => void): T {
  const tell = (trap: 'get' | 'has' | 'getOwnPropertyDescriptor') => (object: T, key: string | symbol) => {
    see(`${trap} ${String(key)}`);
    return Reflect[trap](object, key) as never;
  };
  return new Proxy(target, {
    get: tell('get'),
    has: tell('has'),
    getOwnPropertyDescriptor: tell('getOwnPropertyDescriptor'),
  });
}

/** Parsers that say when they run. */
const typesOf = (see: (what: string) => void) => ({
  getTypeParser: (oid: number) => (value: unknown) => {
    see(`parse ${oid}`);
    return `<${value}>`;
  },
});

/** What `query` answered for a Submittable. */
const isSame = (returned: unknown, given: object): string => (returned === given ? 'itself' : textOf(returned));

export class Machine {
  readonly #world: World;
  readonly #program: Program;
  readonly #seen = new Map<string, string[]>();
  /** Null: a program on a client. */
  readonly #pool: pg.Pool | null;
  readonly #client: pg.Client;
  readonly #shared = { text: 'select $1::text as shared', values: ['once'] };
  readonly #pending: Promise<unknown>[] = [];
  /** Of each connection: that its socket is closed. */
  readonly #closed: Promise<unknown>[] = [];
  readonly #sockets: WholeAnswers[] = [];
  #connecting: Promise<unknown> | null = null;
  #isPoolEnding = false;
  #calls = 0;

  constructor(world: World, program: Program) {
    this.#world = world;
    this.#program = program;
    const { pg, url } = world;
    const { max, pipeline, maxUses } = program;
    class Own<T> extends Promise<T> {}
    const options = {
      connectionString: url,
      pipeline,
      stream: () => this.#socket(),
      ...(program.ownPromise && { Promise: Own }),
    };
    this.#pool = max === null ? null : new pg.Pool({ ...options, max, ...(maxUses && { maxUses }) });
    this.#client = new pg.Client(options);
    if (this.#pool === null) this.#listenToClient();
    else this.#listenToPool(this.#pool);
  }

  /** Runs it, and ends what it made. Answers what was seen. */
  async run(): Promise<Seen> {
    for (const step of this.#program.steps) {
      const answered = this.#step(step);
      if (answered !== undefined) await answered;
    }
    await this.#inTime(Promise.all(this.#pending));
    // What nobody waits for is answered by then.
    await this.#quiet(SETTLED_MS);
    if (this.#pool !== null && !this.#isPoolEnding) await this.#inTime(this.#pool.end());
    await this.#connecting;
    if (this.#connecting !== null) await this.#inTime(this.#client.end());
    await this.#inTime(Promise.all(this.#closed));
    await turn();
    this.see('config', textOf(this.#shared));
    // Where something was seen first is as much luck as the order between the places.
    const places = [...this.#seen].sort(([a], [b]) => (a < b ? -1 : 1));
    const seen = Object.fromEntries(places.map(([where, lines]) => [where, lines.slice()]));
    // What hangs may be in a transaction, with locks that the next program would wait for.
    for (const socket of this.#sockets) socket.destroy();
    await this.#inTime(Promise.all(this.#closed));
    return seen;
  }

  #socket(): WholeAnswers {
    const socket = new WholeAnswers();
    this.#sockets.push(socket);
    return socket;
  }

  see(where: string, what: string): void {
    // Which connection of several was opened for whom is luck, and so is what its events run in.
    this.#note(where, this.#program.max === 3 ? what : `${what} (in ${store.getStore()})`);
  }

  #note(where: string, line: string): void {
    const seen = this.#seen.get(where);
    if (seen === undefined) this.#seen.set(where, [line]);
    else seen.push(line);
  }

  #listenToClient(): void {
    this.#hear(this.#client, ['notice', 'notification', 'error', 'drain', 'end'], (what) => this.see('events', what));
  }

  #listenToPool(pool: pg.Pool): void {
    pool.on('error', (error) => this.see('pool', `error ${textOf(error)}`));
    const isOrdered = this.#program.max === 1;
    pool.on('connect', (client) => {
      this.#closed.push(ended(client));
      if (isOrdered)
        this.#hear(client, ['notice', 'notification', 'error', 'drain'], (what) => this.#note('events', what));
      else client.on('error', () => {});
    });
    if (!isOrdered) return;
    for (const event of ['connect', 'acquire', 'release'] as const)
      pool.on(event as 'connect', () => this.#note('events', event));
  }

  #hear(client: pg.Client | pg.PoolClient, events: readonly string[], see: (what: string) => void): void {
    for (const event of events) {
      (client as pg.Client).on(event as 'error', (given: Loose) => {
        // The backend's number is another one each time.
        const said = event === 'notification' ? `${given.channel} ${given.payload}` : textOf(given);
        see(`${event} ${said}`);
      });
    }
  }

  /** Undefined where the program does not wait: it goes on at once then, since it is no app's to count the microtasks until something fails. */
  #step(step: Step): Promise<unknown> | undefined {
    switch (step.kind) {
      case 'send':
        return this.#send(this.#sender(), step);
      case 'beside':
        return allOf(step.sends.map((send) => this.#send(this.#sender(), send)));
      case 'take':
        return this.#take(this.#pool as pg.Pool, step);
      case 'connect':
        return this.#connect();
      case 'end':
        return this.#end(step.wait);
    }
  }

  #sender(): Loose {
    if (this.#pool !== null) return this.#pool;
    // What is sent before it is connected waits in its queue.
    if (this.#connecting === null) void this.#connect();
    return this.#client;
  }

  /** The promise's answer; or none, where no server owes one any more. */
  #inTime<T>(promise: Promise<T>): Promise<T | 'no answer'> {
    const quiet = new AbortController();
    return Promise.race([promise, this.#quiet(QUIET_MS, quiet.signal)]).finally(() => quiet.abort());
  }

  async #quiet(ms: number, stopped?: AbortSignal): Promise<'no answer'> {
    do await pause(5);
    while (!stopped?.aborted && !this.#sockets.every((socket) => socket.isQuietFor(ms)));
    return 'no answer';
  }

  #connect(): Promise<unknown> {
    if (this.#connecting === null) this.#closed.push(ended(this.#client));
    const id = ++this.#calls;
    const connecting = store
      .run(id, () => this.#client.connect())
      .then(
        () => this.see('events', `${id} connected`),
        (error) => this.see('events', `${id} refused ${textOf(error)}`),
      );
    this.#connecting ??= this.#inTime(connecting);
    return this.#inTime(connecting);
  }

  #end(wait: boolean): Promise<unknown> | undefined {
    // What becomes of a connection that is ended as it opens, or of several, is luck.
    return this.#program.max === 1 ? this.#endNow(wait) : this.#quiet(SETTLED_MS).then(() => this.#endNow(wait));
  }

  #endNow(wait: boolean): Promise<unknown> | undefined {
    if (this.#pool === null && this.#connecting === null) return undefined;
    const id = ++this.#calls;
    this.#isPoolEnding = true;
    const ending = store.run(id, () => (this.#pool ?? this.#client).end());
    const answered = ending.then(
      () => this.see('end', `${id} ended`),
      (error) => this.see('end', `${id} not ended ${textOf(error)}`),
    );
    this.#pending.push(answered);
    return wait ? this.#inTime(answered) : undefined;
  }

  async #take(pool: pg.Pool, { how, body, release }: Take): Promise<void> {
    const id = ++this.#calls;
    const lane = this.#laneOf(id);
    const client = await this.#inTime(
      store
        .run(id, () => (how === 'promise' ? pool.connect() : this.#called(pool, lane)))
        .catch((error: unknown) => this.see(lane, `${id} not taken ${textOf(error)}`)),
    );
    if (typeof client !== 'object' || client === null) return;
    this.see(lane, `${id} taken`);
    const before = this.#pending.length;
    for (const send of body) {
      const answered = this.#send(client, send, lane);
      if (answered !== undefined) await answered;
    }
    await this.#inTime(Promise.all(this.#pending.slice(before)));
    const releases = release === 'twice' ? [undefined, undefined] : [RELEASED_WITH[release]];
    for (const given of releases) this.see(lane, `${id} released ${thrownBy(() => client.release(given))}`);
  }

  #called(pool: pg.Pool, lane: string): Promise<pg.PoolClient> {
    return new Promise((resolve, reject) => {
      pool.connect((error, client, release) => {
        this.see(lane, `called with ${textOf(error)}, ${client?.release === release}`);
        if (error) reject(error);
        else resolve(client as pg.PoolClient);
      });
    });
  }

  /** What comes over several connections of a pool comes in no order. */
  #laneOf(id: number): string {
    return this.#program.max === 3 ? `call ${id}` : 'events';
  }

  /** Sends. The answer where the program waits for it. */
  #send(sender: Loose, send: Send, lane?: string): Promise<unknown> | undefined {
    if (send.form === 'too late') return this.#sendAlone(sender, send, lane);
    const answered = this.#call(sender, send, lane);
    this.#pending.push(answered);
    return send.wait === 'at once' ? this.#inTime(answered) : undefined;
  }

  /** What a timer ends: whether it ends before something else would be luck. */
  async #sendAlone(sender: Loose, send: Send, lane?: string): Promise<void> {
    await this.#quiet(SETTLED_MS);
    const answered = this.#call(sender, send, lane);
    this.#pending.push(answered);
    await this.#inTime(answered);
  }

  #call(sender: Loose, send: Send, givenLane?: string): Promise<void> {
    const id = ++this.#calls;
    const lane = givenLane ?? this.#laneOf(id);
    const see = (what: string): void => this.see(lane, `${id} ${what}`);
    return new Promise((done) => {
      const callback = function callback(this: unknown, ...args: unknown[]): void {
        see(`called with ${args.map(textOf).join(', ')} on ${this?.constructor.name}`);
        done();
      };
      const aside = (what: string): void => this.see(`call ${id}`, what);
      const call = { ...this.#textOf(send, id, see), aside, id, sender, shared: this.#shared, world: this.#world };
      // Apart from the answers: what an app does next it may do a microtask before it hears of a call that was refused at once, or after.
      const seeCall = (what: string): void => this.see('calls', `${id} ${what}`);
      let returned: Loose;
      try {
        returned = store.run(id, () => FORMS[send.form]({ ...call, see, callback, done }));
      } catch (error) {
        seeCall(`threw ${textOf(error)}`);
        return done();
      }
      if (typeof returned?.then !== 'function') return seeCall(`returned ${textOf(returned)}`);
      seeCall(`returned a ${returned.constructor.name}`);
      // Nobody hears of it: not of its answer, nor of its error but the process.
      if (send.wait === 'never') return done();
      returned.then(
        (result: unknown) => {
          see(`answered ${textOf(result)}`);
          done();
        },
        (error: unknown) => {
          see(`failed ${textOf(error)}`);
          done();
        },
      );
    });
  }

  #textOf({ text, value }: Send, id: number, see: (what: string) => void): Pick<Calling, 'text' | 'values'> {
    const written = (sql: string): string => sql.replaceAll('KEY', `${100 + id}`);
    if (text in BOUND_TEXTS) return { text: written(BOUND_TEXTS[text as never]), values: [VALUES[value]?.(see)] };
    const ofSession: string | undefined = SESSION_TEXTS[text as never];
    const isLuck = ofSession !== undefined && this.#program.max === 3;
    return { text: written(isLuck ? TEXTS.rows : (ofSession ?? TEXTS[text as never])), values: undefined };
  }
}

/** All that are waited for; undefined where none is. */
function allOf(answers: readonly (Promise<unknown> | undefined)[]): Promise<unknown> | undefined {
  const awaited = answers.filter((answer) => answer !== undefined);
  return awaited.length === 0 ? undefined : Promise.all(awaited);
}

const ended = (client: pg.Client | pg.PoolClient): Promise<void> =>
  new Promise((resolve) => {
    (client as pg.Client).once('end', resolve);
  });

const RELEASED_WITH = { plain: undefined, error: new Error('done with it'), true: true } as const;

function thrownBy(fn: () => void): string {
  try {
    fn();
    return 'well';
  } catch (error) {
    return textOf(error);
  }
}

/** All of a value that an app can tell: of an error its class and its own properties, of a result what the driver says of it. */
export function textOf(value: unknown): string {
  if (value instanceof Error) {
    const own = Object.entries(Object.getOwnPropertyDescriptors(value)).filter(([name]) => name !== 'stack');
    // Cursors count their portals through the process.
    const told = own.map(([name, { value: held }]) => ` ${name}: ${name === 'length' ? '…' : textOf(held)}`).join();
    return `${value.constructor.name} {${told.replace(/C_\d+/g, 'C_…')} }`;
  }
  if (Array.isArray(value)) return `[${value.map(textOf)}]`;
  if (typeof value === 'object' && value !== null && 'rows' in value && 'fields' in value) {
    const { command, rowCount, oid, rows, fields } = value as Record<string, unknown>;
    return `${value.constructor.name} ${Object.keys(value)} ${shown({ command, rowCount, oid, rows, fields })}`;
  }
  // A pool's error has the client with it, whose numbers are other ones each time.
  return value instanceof EventEmitter ? value.constructor.name : shown(value);
}

const shown = (value: unknown): string =>
  inspect(value, { depth: 6, breakLength: Number.POSITIVE_INFINITY, maxStringLength: 200 });
