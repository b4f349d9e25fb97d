// What an app can see of its driver, one case a line. Each answers what it saw as plain data; contract.ts compares that with and without us.

import type pg from 'pg';
import type { QueryConfig } from 'pg';

/** The driver that a table is for; filled in before the first case runs. */
export interface World {
  pg: Loose;
  url: string;
  /** Loads what the app has beside its pg. */
  load(name: string): Loose;
}

/** What a case may use; both are made for it and ended after it. */
export interface Subject {
  client: pg.Client;
  pool: pg.Pool;
}

/** Answers everything of interest that it saw, as plain data. */
export type Case = (subject: Subject) => unknown;

/** pg's types leave out what it does with arguments that are wrong. */
// biome-ignore lint/suspicious/noExplicitAny: the cases are about what the types forbid.
type Loose = any;

const rowsOf = (result: Loose) => (Array.isArray(result) ? result.map((part) => part.rows) : result?.rows);

/** An error as an app can tell it: all but where in the server's source it came from. */
function seen(error: Loose): unknown {
  if (!(error instanceof Error)) return { thrown: error };
  const { line: _line, routine: _routine, file: _file, ...own } = error as unknown as Record<string, unknown>;
  return { class: error.constructor.name, message: error.message, ...own };
}

async function outcome(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(rowsOf, seen);
}

/** Some old versions never answer again after a fault of theirs. */
const outcomeInTime = (promise: Promise<unknown>): Promise<unknown> => inTime(outcome(promise));

const inTime = (promise: Promise<unknown>): Promise<unknown> =>
  Promise.race([promise, pause(2_000).then(() => 'no answer')]);

/** Waits until the server is at a statement that sleeps. */
async function sleeping(pool: pg.Pool, pid: unknown): Promise<void> {
  for (let found: number | null = 0; !found; ) {
    const { rowCount } = await pool.query("select from pg_stat_activity where pid = $1 and wait_event = 'PgSleep'", [
      pid,
    ]);
    found = rowCount;
  }
}

function thrown(fn: () => unknown): unknown {
  try {
    fn();
    return 'nothing thrown';
  } catch (error) {
    return seen(error);
  }
}

/** Calls `start` with a callback; answers what that was called with, on what, and what `start` returned. */
function called(start: (callback: (...args: Loose[]) => void) => unknown): Promise<unknown> {
  return new Promise((resolve) => {
    const returned = start(function callback(this: Loose, ...args: Loose[]) {
      const [error, result] = args;
      // The answer of `start` is there in the next turn, also where the driver calls back at once.
      setImmediate(() =>
        resolve({
          this: this?.constructor?.name,
          count: args.length,
          error: error ? seen(error) : error,
          rows: rowsOf(result),
          // A driver's own object is compared by its class: it holds numbers of the process.
          returned: typeof returned === 'object' && returned !== null ? returned.constructor.name : returned,
        }),
      );
    });
  });
}

/**
 * Counts events of the process while a function runs, instead of letting them end it. Where some are `expected` it waits for as many, and then
 * for one too many.
 */
async function counted(
  event: 'unhandledRejection' | 'uncaughtException',
  expected: number,
  fn: () => unknown,
): Promise<number> {
  const others = process.listeners(event as 'uncaughtException');
  process.removeAllListeners(event);
  let count = 0;
  process.on(event, () => {
    count++;
  });
  try {
    await fn();
    await until(() => count >= expected);
    await pause(20);
  } finally {
    process.removeAllListeners(event);
    for (const other of others) process.on(event as 'uncaughtException', other);
  }
  return count;
}

const pause = (ms: number) => new Promise((resume) => setTimeout(resume, ms));

/** Waits for something that has to come; what is compared afterwards tells where it did not. */
async function until(condition: () => boolean): Promise<void> {
  for (const start = Date.now(); !condition() && Date.now() - start < 20_000; ) await pause(2);
}

/** A statement that handles its messages itself, as cursors and streams do. */
class OneRow {
  readonly seen: string[] = [];
  readonly text = 'select 7 as n';
  readonly done: Promise<string[]>;
  #finish!: (seen: string[]) => void;
  constructor() {
    this.done = new Promise((resolve) => {
      this.#finish = resolve;
    });
  }
  submit(connection: Loose) {
    connection.query(this.text);
  }
  handleRowDescription() {
    this.seen.push('description');
  }
  handleDataRow(message: Loose) {
    this.seen.push(`row ${message.fields}`);
  }
  handleCommandComplete() {
    this.seen.push('complete');
  }
  handleReadyForQuery() {
    this.#finish(this.seen);
  }
  handleError(error: Error) {
    this.#finish([error.message]);
  }
}

export const casesOf = (world: World): Record<string, Case> => ({
  'client: text': ({ client }) => outcome(client.query('select 1 as n')),
  'client: text, values': ({ client }) => outcome(client.query('select $1::int as n', [2])),
  'client: text, undefined values': ({ client }) => outcome(client.query('select 1 as n', undefined as Loose)),
  'client: text, callback': ({ client }) => called((callback) => client.query('select 1 as n', callback)),
  'client: text, values, callback': ({ client }) =>
    called((callback) => client.query('select $1::int as n', [3], callback)),
  'client: text, null, callback': ({ client }) =>
    called((callback) => (client as Loose).query('select 1 as n', null, callback)),
  'client: config': ({ client }) => outcome(client.query({ text: 'select $1::int as n', values: [4] })),
  'client: config, values': ({ client }) => outcome(client.query({ text: 'select $1::int as n' }, [5])),
  'client: config, callback': ({ client }) => called((callback) => client.query({ text: 'select 6 as n' }, callback)),
  'client: config, values, callback': ({ client }) =>
    called((callback) => (client as Loose).query({ text: 'select $1::int as n' }, [7], callback)),
  'client: config with a callback': ({ client }) =>
    called((callback) => client.query({ text: 'select 8 as n', callback } as Loose)),
  'client: config with a callback and values': ({ client }) =>
    called((callback) => client.query({ text: 'select $1::int as n', callback } as Loose, [9])),
  'client: config with a callback, and another one': ({ client }) =>
    called((callback) =>
      client.query({ text: 'select 1 as n', callback: () => callback('the wrong one') } as Loose, callback),
    ),
  'client: rowMode array': ({ client }) => outcome(client.query({ text: 'select 1 as a, 2 as a', rowMode: 'array' })),
  'client: named': async ({ client }) => {
    const named = { name: 'one', text: 'select $1::int as n' };
    return [
      await outcome(client.query(named, [1])),
      await outcome(client.query(named, [2])),
      await outcome(client.query({ name: 'one', values: [3] } as Loose)),
    ];
  },
  'client: several statements': ({ client }) => outcome(client.query('select 1 as a; select 2 as b')),
  'client: empty text': ({ client }) => outcome(client.query('')),
  'client: rows': ({ client }) =>
    outcome(client.query({ text: 'select generate_series(1, 5) as n', rows: 2 } as Loose)),
  'client: the result itself': async ({ client }) => {
    const result = await client.query('select 1 as n');
    return [
      result.constructor.name,
      Object.keys(result),
      result.fields.map(({ name }) => name),
      result.command,
      result.rowCount,
    ];
  },
  'client: the class of the promise': async ({ client }) => {
    const promise = client.query('select 1');
    await promise;
    return [promise.constructor === Promise, promise instanceof Promise];
  },
  "client: a promise class of the app's own": async () => {
    class Own<T> extends Promise<T> {}
    const client = new world.pg.Client({ connectionString: world.url, Promise: Own } as Loose);
    await client.connect();
    const promise = client.query('select 1');
    await promise;
    await client.end();
    return promise.constructor.name;
  },
  'client: the order of callbacks and promises': async ({ client }) => {
    const order: string[] = [];
    const promises: Promise<unknown>[] = [client.query('select 1').then(() => order.push('promise 1'))];
    const calls = called((callback) =>
      client.query('select 2', (...args) => {
        order.push('callback 2');
        callback(...args);
      }),
    );
    promises.push(client.query('select broken').catch(() => order.push('promise 3 fails')));
    promises.push(client.query('select 4').then(() => order.push('promise 4')));
    await Promise.all([...promises, calls]);
    return order;
  },
  'client: what a config is afterwards': async ({ client }) => {
    const callback = () => {};
    const configs: Loose[] = [
      { text: 'select $1::int' },
      { text: 'select 1' },
      { text: 'select $1::int', values: [1], callback },
      Object.freeze({ text: 'select 1' }),
      Object.freeze({ text: 'select 1', callback }),
    ];
    const before = configs.map((config) => Object.getOwnPropertyDescriptors(config));
    const ends: unknown[] = [];
    ends.push(await outcome(client.query(configs[0], [1])));
    ends.push(await called((given) => client.query(configs[1], given)));
    for (const config of configs.slice(2)) {
      ends.push(thrown(() => client.query(config)));
      await client.query('select 1');
    }
    return [
      ends,
      configs.map((config, i) =>
        Object.entries(Object.getOwnPropertyDescriptors(config)).map(([name, { value }]) => [
          name,
          value === before[i]?.[name as never]?.value,
        ]),
      ),
    ];
  },
  'client: a config of a class, with getters': ({ client }) => {
    class Config {
      reads = 0;
      get text() {
        return 'select $1::int as n';
      }
      get values() {
        return [1];
      }
    }
    return outcome(client.query(new Config() as Loose));
  },
  'client: a config whose getters answer something else each time': async ({ client, pool }) => {
    let asked = 0;
    const config = {
      text: 'select $1::int as n',
      get values() {
        return [++asked];
      },
      get name() {
        asked += 10;
        return undefined;
      },
      get rows() {
        asked += 100;
        return undefined;
      },
    };
    return [
      await outcome(client.query(config as Loose)),
      await outcome(pool.query(config as Loose)),
      await called((callback) => client.query(config as Loose, callback)),
      asked,
    ];
  },
  'client: a config whose own callback is another one each time': ({ client }) =>
    called((callback) => {
      let asked = 0;
      const config = {
        text: 'select 1 as n',
        get callback() {
          asked++;
          return (error: unknown) => callback(error, { rows: [{ asked }] });
        },
      };
      return client.query(config as Loose);
    }),
  'client: a config of a class whose values are other ones each time': async ({ client, pool }) => {
    let asked = 0;
    class Config {
      get text() {
        return 'select $1::int as n';
      }
      get values() {
        return [++asked];
      }
    }
    return [
      await outcome(client.query(new Config() as Loose)),
      await outcome(pool.query(new Config() as Loose)),
      asked,
    ];
  },
  'client: a text that is another one each time': async ({ client }) => {
    let asked = 0;
    const config = {
      get text() {
        return `select ${++asked} as n`;
      },
    };
    return [await outcome(client.query(config)), asked];
  },
  'client: values in a proxy that answers something else each time': async ({ client }) => {
    let asked = 0;
    const values = new Proxy([0], { get: (list, key) => (key === '0' ? ++asked : Reflect.get(list, key)) });
    return [await outcome(client.query('select $1::int as n', values)), asked];
  },
  'client: an error of the server, promise': ({ client }) => outcome(client.query('select $1::int as n', ['x'])),
  'client: an error of the server, callback': ({ client }) =>
    called((callback) => client.query('select broken', callback)),
  'client: an error names the line that asked': async ({ client }) => {
    const asking = async () => {
      await client.query('select broken');
    };
    return asking().catch((error) => /at (async )?asking /.test(error.stack));
  },
  'client: a rejection that nobody handles': ({ client }) =>
    counted('unhandledRejection', 1, () => void client.query('select broken')),
  'client: a rejection that is handled': ({ client }) =>
    counted('unhandledRejection', 0, () => client.query('select broken').catch(() => {})),
  'client: a rejection that is awaited': ({ client }) =>
    counted('unhandledRejection', 0, async () => {
      try {
        await client.query('select broken');
      } catch {}
    }),
  'client: a callback that throws': ({ client }) =>
    counted('uncaughtException', 1, () =>
      client.query('select 1', () => {
        throw new Error("the app's own");
      }),
    ),
  'client: no config': ({ client }) => [
    thrown(() => (client as Loose).query()),
    thrown(() => (client as Loose).query(null)),
  ],
  // Newer ones throw; older ones try to call it.
  'client: a callback that is none': async ({ client }) => {
    let answer: unknown;
    const crashes = await counted('uncaughtException', 0, async () => {
      answer = thrown(() => (client as Loose).query('select 1', [], 'none'));
      await outcomeInTime(client.query('select 2 as n'));
    });
    return [answer, crashes];
  },
  'client: neither text nor name': ({ client }) => outcome((client as Loose).query({})),
  'client: a number': ({ client }) => outcome((client as Loose).query(5)),
  'client: values that are no array': ({ client }) => outcome((client as Loose).query('select $1', 'x')),
  'client: a name used for another text': async ({ client }) => {
    await client.query({ name: 'two', text: 'select 1 as n' });
    return [
      await outcome(client.query({ name: 'two', text: 'select 2 as n' })),
      await outcome(client.query('select 3 as n')),
    ];
  },
  'client: a value whose toPostgres throws': async ({ client }) => {
    const value = {
      toPostgres() {
        throw new Error('not to be written');
      },
    };
    return [
      await outcomeInTime(client.query('select $1::int as n', [value])),
      await outcomeInTime(client.query('select 1 as n')),
    ];
  },
  'client: a value whose toString throws': ({ client }) =>
    outcomeInTime(
      client.query('select $1::text as n', [
        {
          toJSON() {
            throw new Error('not to be told');
          },
          toString() {
            throw new Error('nor this');
          },
        },
      ]),
    ),
  'client: a value with a getter that throws': ({ client }) =>
    outcomeInTime(
      client.query('select $1::json as n', [
        {
          get secret() {
            throw new Error('not to be read');
          },
        },
      ]),
    ),
  'client: a value that holds itself': async ({ client }) => {
    const value: Record<string, unknown> = { a: 1 };
    value.self = value;
    const list: unknown[] = [1];
    list.push(list);
    return [
      await outcomeInTime(client.query('select $1::json as n', [value])),
      await outcomeInTime(client.query('select $1::int[] as n', [list])),
    ];
  },
  'client: a list that is a proxy which throws': ({ client }) => {
    const values = new Proxy([1], {
      get(target, property) {
        if (property === '0') throw new Error('not to be read');
        return Reflect.get(target, property);
      },
    });
    return outcomeInTime(client.query('select $1::int as n', values));
  },
  'client: a config whose getter throws': ({ client }) =>
    thrown(() =>
      client.query({
        get text(): string {
          throw new Error('no text today');
        },
      }),
    ),
  'client: a config that is a proxy which throws': ({ client }) =>
    thrown(() =>
      client.query(
        new Proxy({} as QueryConfig, {
          get() {
            throw new Error('no property today');
          },
        }),
      ),
    ),
  'client: a text that cannot be read as SQL': ({ client }) => outcome(client.query("select 'unbalanced")),
  'client: a text of 10 MB': async ({ client }) => {
    const result = (await client.query(`select length('${'x'.repeat(10_000_000)}') as n`)) as Loose;
    return result.rows;
  },
  'client: a timeout while it runs': async ({ client }) => [
    await outcome((client as Loose).query({ text: 'select pg_sleep(0.2)', query_timeout: 30 })),
    await outcome(client.query('select 1 as n')),
  ],
  'client: a timeout while it waits': async ({ client }) => {
    const slow = client.query('select pg_sleep(0.2)');
    const waiting = (client as Loose).query({ text: 'select 2 as n', query_timeout: 30 });
    return [await outcome(waiting), await outcome(slow), await outcome(client.query('select 3 as n'))];
  },
  'client: after its end': async ({ client }) => {
    await client.end();
    return [await outcome(client.query('select 1')), await called((callback) => client.query('select 1', callback))];
  },
  'client: dies while it asks': async ({ client, pool }) => {
    const events: string[] = [];
    client.on('error', (error) => events.push(error.message));
    const { rows } = await client.query('select pg_backend_pid() as pid');
    const killer = await pool.connect();
    const asking = outcomeInTime(client.query('select pg_sleep(5)'));
    const behind = outcomeInTime(client.query('select 1'));
    await killer.query('select pg_terminate_backend($1)', [rows[0].pid]);
    killer.release();
    const answers = [await asking, await behind];
    await until(() => events.length > 0);
    return [answers, events, await outcomeInTime(client.query('select 1'))];
  },
  'client: a Submittable': async ({ client }) => {
    const submittable = new OneRow();
    const returned = client.query(submittable as Loose) as unknown;
    return [
      returned === submittable,
      Object.keys(submittable),
      await submittable.done,
      await outcome(client.query('select 1 as n')),
    ];
  },
  "client: pg's own Query, by its events": async ({ client }) => {
    const query = new world.pg.Query('select generate_series(1, 2) as n');
    const rows: unknown[] = [];
    const same = client.query(query) === query;
    query.on('row', (row: unknown) => rows.push(row));
    await new Promise((resolve) => query.on('end', resolve));
    return [same, rows];
  },
  "client: pg's own Query, with a callback": ({ client }) =>
    called((callback) => (client.query(new world.pg.Query('select 1 as n', callback)) as Loose).constructor.name),
  "client: pg's own Query, with a callback beside it": ({ client }) =>
    called(
      (callback) => ((client as Loose).query(new world.pg.Query('select 1 as n'), callback) as Loose).constructor.name,
    ),
  "client: pg's own Query, failing": async ({ client }) => {
    const query = new world.pg.Query('select broken');
    client.query(query);
    return [
      seen(await new Promise((resolve) => query.on('error', resolve))),
      await outcome(client.query('select 1 as n')),
    ];
  },
  'client: named, callback': async ({ client }) => [
    await called((callback) => client.query({ name: 'four', text: 'select $1::int as n', values: [1] }, callback)),
    await called((callback) => (client as Loose).query({ name: 'four' }, [2], callback)),
    await called((callback) => client.query({ name: 'five', text: 'select broken' }, callback)),
  ],
  'client: several statements, one of them failing': async ({ client }) => [
    await outcome(client.query('select 1 as a; select broken; select 2 as b')),
    await called((callback) => client.query('select 1 as a; select 1 / 0; select 2 as b', callback)),
  ],
  'client: rows, callback': ({ client }) =>
    called((callback) => client.query({ text: 'select generate_series(1, 5) as n', rows: 2 } as Loose, callback)),
  'client: rows, failing at the third': async ({ client }) => [
    await outcomeInTime(client.query({ text: 'select 1 / (3 - i) from generate_series(1, 5) i', rows: 2 } as Loose)),
    await outcomeInTime(client.query('select 1 as n')),
  ],
  'client: a timeout of its own, for callbacks': async () => {
    const client = new world.pg.Client({ connectionString: world.url, query_timeout: 100 });
    await client.connect();
    // Long enough that what waits behind it is given up too, also where the machine is busy.
    const answers = [
      await called((callback) => client.query('select pg_sleep(1)', callback)),
      await outcome(client.query('select 1 as n')),
    ];
    await client.end();
    return answers;
  },
  'client: cancelled by another': async ({ client, pool }) => {
    const { rows } = await client.query('select pg_backend_pid() as pid');
    const [promise, behind] = [outcome(client.query('select pg_sleep(5)')), outcome(client.query('select 1 as n'))];
    const cancel = () => pool.query('select pg_cancel_backend($1)', [rows[0].pid]);
    await sleeping(pool, rows[0].pid);
    await cancel();
    const first = await promise;
    const callback = called((callback) => client.query('select pg_sleep(5), 1', callback));
    await sleeping(pool, rows[0].pid);
    await cancel();
    return [first, await behind, await callback];
  },
  'client: ended while it asks': async () => {
    const answers: unknown[] = [];
    for (const ask of [
      (client: Loose) => outcomeInTime(client.query('select pg_sleep(0.1), 1 as n')),
      (client: Loose) => inTime(called((callback) => client.query('select pg_sleep(0.1), 2 as n', callback))),
    ]) {
      const client = new world.pg.Client(world.url);
      await client.connect();
      const [answer, behind] = [ask(client), outcomeInTime(client.query('select 3 as n'))];
      await inTime(client.end());
      answers.push(await answer, await behind);
    }
    return answers;
  },
  // Older drivers do not know the option, and send one after the other.
  'client: pipelining': async () => {
    const client = new world.pg.Client({ connectionString: world.url, pipeline: true });
    await client.connect();
    const order: string[] = [];
    const heard = (name: string, promise: Promise<unknown>) => promise.finally(() => order.push(name));
    const answers = await Promise.all([
      heard('text', outcome(client.query('select 1 as n'))),
      heard('values', outcome(client.query('select $1::int as n', [2]))),
      heard('named', outcome(client.query({ name: 'six', text: 'select $1::int as n', values: [3] }))),
      heard('failing', outcome(client.query('select broken'))),
      heard('named again', outcome(client.query({ name: 'six', text: 'select $1::int as n', values: [4] }))),
      heard('name reused', outcome(client.query({ name: 'six', text: 'select 5 as n' }))),
      heard('several', outcome(client.query('select 6 as a; select 7 as b'))),
      heard('refused', outcome(client.query('select $1', 'no list'))),
      heard('rows', outcome(client.query({ text: 'select generate_series(1, 5) as n', rows: 2 }))),
      called((callback) => client.query('select 8 as n', callback)),
      called((callback) => client.query(new world.pg.Query('select 9 as n', callback))),
      heard('last', outcome(client.query('select 10 as n'))),
    ]);
    const cursor = new (world.load('pg-cursor'))('select 11 as n');
    const same = client.query(cursor) === cursor;
    const rows = await inTime(called((callback) => cursor.read(1, callback)));
    await inTime(client.end());
    return [answers, order, same, rows];
  },
  'client: pipelining, a timeout': async () => {
    const client = new world.pg.Client({ connectionString: world.url, pipeline: true });
    client.on('error', () => {});
    await client.connect();
    const answers = await Promise.all([
      outcomeInTime(client.query({ text: 'select pg_sleep(0.2)', query_timeout: 60 })),
      outcomeInTime(client.query('select 1 as n')),
    ]);
    await inTime(client.end());
    return answers;
  },
  'submitted: a cursor': async ({ client }) => {
    const cursor = new (world.load('pg-cursor'))('select i as n from generate_series(1, 5) i');
    const before = Object.getOwnPropertyNames(cursor);
    const same = client.query(cursor) === cursor;
    const answers = [];
    for (let portions = 0; portions < 4; portions++) answers.push(await called((callback) => cursor.read(2, callback)));
    return [same, before, Object.getOwnPropertyNames(cursor), answers, await outcome(client.query('select 1 as n'))];
  },
  'submitted: a cursor of arrays, closed early': async ({ client }) => {
    const cursor = client.query(
      new (world.load('pg-cursor'))('select 1, i from generate_series(1, 5) i', [], { rowMode: 'array' } as Loose),
    );
    const first = await called((callback) => cursor.read(2, callback));
    return [first, await called((callback) => cursor.close(callback)), await outcome(client.query('select 1 as n'))];
  },
  'submitted: a cursor that fails': async ({ client }) => {
    const cursor = client.query(new (world.load('pg-cursor'))('select 1 / (3 - i) as n from generate_series(1, 5) i'));
    return [
      await called((callback) => cursor.read(2, callback)),
      await called((callback) => cursor.read(2, callback)),
      await called((callback) => cursor.read(2, callback)),
      await outcome(client.query('select 1 as n')),
    ];
  },
  'submitted: a stream': async ({ client }) => {
    const stream = new (world.load('pg-query-stream'))('select i as n from generate_series(1, 250) i');
    const before = Object.getOwnPropertyNames(stream);
    const same = client.query(stream) === stream;
    const rows: unknown[] = [];
    for await (const row of stream) rows.push(row);
    return [same, before, Object.getOwnPropertyNames(stream), rows, await outcome(client.query('select 1 as n'))];
  },
  'submitted: a stream that fails': async ({ client }) => {
    const Stream = world.load('pg-query-stream');
    const failing = async () => {
      for await (const _row of client.query(new Stream('select broken') as Loose) as Loose);
    };
    return [await failing().then(() => 'no failure', seen), await outcome(client.query('select 1 as n'))];
  },
  'submitted: a stream that is left': async ({ client }) => {
    const Stream = world.load('pg-query-stream');
    let left = 0;
    for await (const _row of client.query(new Stream('select i from generate_series(1, 500) i') as Loose) as Loose) {
      if (++left === 3) break;
    }
    return [left, await outcome(client.query('select 1 as n'))];
  },
  'submitted: COPY': async ({ client }) => {
    const copy = world.load('pg-copy-streams');
    await client.query('create temp table copied (n int)');
    const into = client.query(copy.from('copy copied from stdin'));
    const written = new Promise((resolve) => into.on('finish', resolve).on('error', resolve));
    into.write('1\n2\n');
    into.end('3\n');
    await written;
    const wrong = client.query(copy.from('copy copied from stdin'));
    const failed = new Promise((resolve) => wrong.on('finish', resolve).on('error', resolve));
    wrong.end('no number\n');
    const error = seen(await failed);
    const out = client.query(copy.to('copy copied to stdout'));
    let text = '';
    for await (const chunk of out) text += chunk;
    return [into.rowCount, error, text, out.rowCount, await outcome(client.query('select 1 as n'))];
  },
  "submitted: pg's own Query, several statements by events": async ({ client }) => {
    const query = new world.pg.Query('select 1 as a; select 2 as b union all select 3');
    const events: unknown[] = [];
    query.on('row', (row: unknown) => events.push(row));
    const end = new Promise((resolve) => query.on('end', resolve));
    client.query(query);
    return [rowsOf(await end), events];
  },
  "submitted: pg's own Query, refused": async ({ client }) => {
    const query = new world.pg.Query('select $1', 'no list');
    const failed = new Promise((resolve) => query.on('error', resolve));
    client.query(query);
    return [seen(await failed), await outcome(client.query('select 1 as n'))];
  },
  'client: connect': async () => {
    const fresh = () => new world.pg.Client(world.url);
    const [byPromise, byCallback] = [fresh(), fresh()];
    const promise = byPromise.connect();
    const answers = [
      promise.constructor === Promise,
      (await promise) === (byPromise as unknown),
      await outcome(byPromise.connect()),
      await called((callback) => byCallback.connect(callback)),
      await called((callback) => byCallback.connect(callback)),
    ];
    await Promise.all([byPromise.end(), byCallback.end()]);
    const nowhere = () => new world.pg.Client(world.url.replace(/:\d+\//, ':1/'));
    return [
      answers,
      await outcome(nowhere().connect()),
      await called((callback) => nowhere().connect(callback)),
      await counted('unhandledRejection', 1, () => void nowhere().connect()),
    ];
  },
  'client: notifications': async ({ client, pool }) => {
    await client.query('listen news');
    const heard = new Promise((resolve) =>
      client.on('notification', ({ channel, payload }) => resolve([channel, payload])),
    );
    await pool.query("notify news, 'today'");
    return heard;
  },
  'client: name and length of its methods': ({ client }) => [
    client.query.name,
    client.query.length,
    client.connect.name,
    client.connect.length,
  ],
  'pool: text': ({ pool }) => outcome(pool.query('select 1 as n')),
  'pool: text, values': ({ pool }) => outcome(pool.query('select $1::int as n', [2])),
  'pool: text, callback': ({ pool }) => called((callback) => pool.query('select 1 as n', callback)),
  'pool: text, values, callback': ({ pool }) => called((callback) => pool.query('select $1::int as n', [3], callback)),
  'pool: config': ({ pool }) => outcome(pool.query({ text: 'select $1::int as n', values: [4] })),
  'pool: config, values': ({ pool }) => outcome(pool.query({ text: 'select $1::int as n' }, [5])),
  'pool: config, callback': ({ pool }) =>
    called((callback) => (pool as Loose).query({ text: 'select 6 as n' }, callback)),
  'pool: named, rowMode array': ({ pool }) =>
    outcome(pool.query({ name: 'three', text: 'select 1 as n', rowMode: 'array' } as Loose)),
  'pool: a function in the first place': ({ pool }) => called((callback) => (pool as Loose).query(callback)),
  'pool: no config': ({ pool }) => outcome((pool as Loose).query()),
  'pool: a callback that is none': ({ pool }) =>
    counted('uncaughtException', 1, () => (pool as Loose).query('select 1', [], 'none')),
  'pool: an error of the server, promise': ({ pool }) => outcome(pool.query('select broken')),
  'pool: an error of the server, callback': ({ pool }) => called((callback) => pool.query('select broken', callback)),
  'pool: an error names the line that asked': async ({ pool }) => {
    const asking = async () => {
      await pool.query('select broken');
    };
    return asking().catch((error) => /at (async )?asking /.test(error.stack));
  },
  'pool: a rejection that nobody handles': ({ pool }) =>
    counted('unhandledRejection', 1, () => void pool.query('select broken')),
  'pool: a rejection that is handled': ({ pool }) =>
    counted('unhandledRejection', 0, () => pool.query('select broken').catch(() => {})),
  'pool: connect, promise': async ({ pool }) => {
    const promise = pool.connect();
    const client = await promise;
    const answers = [
      promise.constructor === Promise,
      client.constructor === world.pg.Client,
      await outcome(client.query('select 1 as n')),
    ];
    client.release();
    return [answers, thrown(() => client.release())];
  },
  'pool: connect, callback': ({ pool }) =>
    called((callback) =>
      pool.connect(function (this: unknown, error, client, release) {
        release();
        callback.call(this, error, { rows: [client?.constructor === world.pg.Client, typeof release] });
      }),
    ),
  'pool: nowhere to connect to': async () => {
    const nowhere = new world.pg.Pool({ connectionString: world.url.replace(/:\d+\//, ':1/') });
    return [
      await outcome(nowhere.query('select 1')),
      await outcome(nowhere.connect()),
      await called((callback) => nowhere.query('select 1', callback)),
      await called((callback) => nowhere.connect(callback)),
      await counted('unhandledRejection', 1, () => void nowhere.connect()),
      await counted('unhandledRejection', 0, () => nowhere.connect().catch(() => {})),
    ];
  },
  'pool: no client in time': async ({ pool }) => {
    const clients = await Promise.all(Array.from({ length: pool.options.max }, () => pool.connect()));
    pool.options.connectionTimeoutMillis = 30;
    const answers = [
      await outcome(pool.query('select 1')),
      await outcome(pool.connect()),
      await called((callback) => pool.connect(callback)),
    ];
    for (const client of clients) client.release();
    return answers;
  },
  'pool: ends early': async () => {
    const pool = new world.pg.Pool({ connectionString: world.url, max: 1 });
    const asking = outcome(pool.query('select pg_sleep(0.05), 1 as n'));
    await new Promise((resume) => pool.once('acquire', resume));
    const ending = pool.end();
    const refused = [
      await outcome(pool.query('select 1')),
      await outcome(pool.connect()),
      await called((callback) => pool.connect(callback)),
    ];
    return [await asking, refused, await ending];
  },
  'pool: a client dies while it asks': async ({ client, pool }) => {
    const events: string[] = [];
    pool.on('error', (error) => events.push(error.message));
    const asking = outcome(pool.query("select 'mark', pg_sleep(5)"));
    for (let found = 0; found === 0; ) {
      const { rowCount } = await client.query(
        "select pg_terminate_backend(pid) from pg_stat_activity where query like $1 || '%' and pid <> pg_backend_pid() and datname = current_database()",
        ["select 'mark'"],
      );
      found = rowCount ?? 0;
    }
    return [await asking, events, pool.totalCount, await outcome(pool.query('select 1 as n'))];
  },
  'pool: name and length of its methods': ({ pool }) => [
    pool.query.name,
    pool.query.length,
    pool.connect.name,
    pool.connect.length,
  ],
});
