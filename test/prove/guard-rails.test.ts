// What a proof does not do: run in production or on another database, touch what is not its own, leave anything behind, or claim what it did not see.

import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { inTransaction, makeTransfer } from '../../examples/transfer/transfer.js';
import { createProfiler, type Output, type Profiler, type Proof, type Report } from '../../src/index.js';
import { freshDatabase } from '../postgres.js';

let url: string;
let pool: pg.Pool;
let profiler: Profiler;
const written: (Report | Proof)[] = [];
const output: Output = {
  name: 'kept',
  write: (report) => void written.push(report),
  writeProof: (proof) => void written.push(proof),
};

beforeAll(async () => {
  url = await freshDatabase();
  pool = new pg.Pool({ connectionString: url, max: 10 });
  await pool.query(
    'create table transfer (id serial, account_id int, amount int); create table other (id int primary key)',
  );
});
beforeEach(async () => {
  await pool.query('truncate transfer, other');
  profiler = createProfiler({ outputs: [output], enabled: true });
  profiler.instrument(pg);
  written.length = 0;
  return () => profiler.close();
});
afterAll(() => pool?.end());

const apart = () => makeTransfer(pool, 1, 2, 50);
const whole = () => inTransaction(pool, (client) => makeTransfer(client, 1, 2, 50));
const count = async (): Promise<number> => (await pool.query('select from transfer')).rowCount ?? 0;

describe('it refuses', () => {
  it('production', async () => {
    const before = process.env.NODE_ENV;
    process.env.NODE_ENV = 'production';
    try {
      await expect(profiler.proveAtomic(apart)).rejects.toMatchObject({
        code: 'proof-refused',
        message: expect.stringContaining('NODE_ENV is production'),
      });
    } finally {
      process.env.NODE_ENV = before;
    }
    expect(await count()).toBe(0);
  });

  it('a database that is not named in `only`, before anything is sent to it', async () => {
    await expect(profiler.proveAtomic(apart, { only: 'app_test' })).rejects.toMatchObject({
      code: 'proof-refused',
      message: expect.stringMatching(
        /^proveAtomic\(\) was told to touch 'app_test' only; .* '\w+', which was not let through\.$/,
      ),
    });
    await expect(profiler.proveAtomic(whole, { only: ['app_test'] })).rejects.toMatchObject({ code: 'proof-refused' });
    expect([await count(), pool.totalCount - pool.idleCount]).toEqual([0, 0]);
    const { atomic } = await profiler.proveAtomic(whole, { only: ['app_test', new URL(url).pathname.slice(1)] });
    expect(atomic).toBe(true);
  });

  it.each<[string, unknown, unknown, string, string]>([
    [
      'no function',
      'make_transfer',
      undefined,
      'not-a-function',
      'takes the function whose writes belong together; a string came',
    ],
    ['no options', apart, 5, 'bad-option', "Option 'options' of proveAtomic() takes an object; 5 came."],
    ['an option that there is not', apart, { invariants: () => true }, 'unknown-option', "Did you mean 'invariant'?"],
    [
      'a reset that is none',
      apart,
      { reset: 'truncate' },
      'bad-option',
      "Option 'reset' of proveAtomic() takes a function; a string came.",
    ],
    ['a label that is none', apart, { label: 5 }, 'bad-option', "Option 'label'"],
    [
      'no time',
      apart,
      { timeoutMs: 0 },
      'bad-option',
      "Option 'timeoutMs' of proveAtomic() takes a number of ms above 0; 0 came.",
    ],
    [
      'no database',
      apart,
      { only: [] },
      'bad-option',
      "Option 'only' of proveAtomic() takes the name of a database, or an array of names; an array came.",
    ],
    [
      'an invariant that does not answer',
      apart,
      { invariant: () => {} },
      'bad-option',
      'has to answer true or false; undefined came',
    ],
  ])('%s', async (_name, fn, options, code, message) => {
    await expect(profiler.proveAtomic(fn as () => void, options as object)).rejects.toMatchObject({
      name: 'QueryscopeError',
      code,
      message: expect.stringContaining(message),
    });
  });

  it('once the profiler is closed', async () => {
    await profiler.close();
    await expect(profiler.proveAtomic(apart)).rejects.toMatchObject({
      code: 'closed',
      message: 'This profiler is closed. Prove before close(), or create another one.',
    });
  });
});

describe('it says that there is nothing to prove', () => {
  const impossible = (message: string) => ({ code: 'proof-impossible', message: expect.stringContaining(message) });

  it.each<[string, () => unknown, string]>([
    ['where nothing is sent', () => {}, 'no statement of it was seen'],
    ['where nothing is written', () => pool.query('select 1'), 'it sent 1 statements, and none of them wrote anything'],
    [
      'where it is rolled back',
      () =>
        inTransaction(pool, async (client) => {
          await makeTransfer(client, 1, 2, 50);
          await client.query('rollback');
        }),
      'none of them wrote anything that was committed',
    ],
    [
      'where it fails by itself',
      async () => {
        await apart();
        throw new TypeError('secret');
      },
      'the function failed by itself, before anything was made to fail (TypeError)',
    ],
    [
      'where the proof is inside another',
      () => profiler.proveAtomic(apart),
      'the function failed by itself, before anything was made to fail (QueryscopeError (proof-impossible))',
    ],
  ])('%s', async (_name, fn, message) => {
    await expect(profiler.proveAtomic(fn)).rejects.toMatchObject(impossible(message));
  });

  it('inside a transaction that was open before', async () => {
    const client = await pool.connect();
    await client.query('begin');
    await expect(profiler.proveAtomic(() => makeTransfer(client, 1, 2, 50))).rejects.toMatchObject(
      impossible('it runs inside a transaction that was opened outside of it'),
    );
    expect((await client.query('select from transfer')).rowCount).toBe(2);
    await client.query('rollback');
    client.release();
  });

  it('where the invariant is false when all goes well', async () => {
    await expect(profiler.proveAtomic(apart, { invariant: () => false })).rejects.toMatchObject(
      impossible('the invariant is false when all goes well'),
    );
  });
});

describe('without reset()', () => {
  it('it stops where the first run has changed what the function does, and says why', async () => {
    const once = () => pool.query('insert into other values (1)').then(() => apart());
    const { atomic, runs, stopped, untried } = await profiler.proveAtomic(once, { label: 'once' });
    expect([atomic, runs.map(({ failed, how }) => `${failed} ${how}`), untried.length]).toEqual([
      false,
      ['1 error'],
      6,
    ]);
    expect(stopped).toBe(
      'insert into other failed by itself (23505). An earlier run has changed the data that it begins with: give a reset() that restores it.',
    );
    const proof = await profiler
      .proveAtomic(once, { reset: () => pool.query('truncate other, transfer') })
      .catch(String);
    expect(proof).toContain('the function failed by itself');
    await pool.query('truncate other, transfer');
    const again = await profiler.proveAtomic(once, { reset: () => pool.query('truncate other, transfer') });
    expect([again.stopped, again.untried, again.runs.length, await count()]).toEqual([null, [], 7, 0]);
  });

  it('also where it finds no row any more', async () => {
    await pool.query('insert into other values (7)');
    const claim = async () => {
      await apart();
      await pool.query('delete from other where id = 7');
    };
    const { stopped } = await profiler.proveAtomic(claim);
    expect(stopped).toBe(
      'delete from other changed no row, which it did the first time. An earlier run has changed the data that it begins with: give a reset() that restores it.',
    );
  });
});

it('a run that ends too early to be made to fail is told as that', async () => {
  let runs = 0;
  const slower = async () => {
    if (++runs > 1) await pause(60_000, undefined, { ref: false });
    await apart();
  };
  const { atomic, stopped, untried } = await profiler.proveAtomic(slower, { timeoutMs: 300 });
  expect([atomic, untried.length]).toEqual([false, 5]);
  expect(stopped).toBe(
    'insert into transfer that was to fail was not sent within 300 ms. If it needs longer, give it a longer timeoutMs.',
  );
});

it('a run that ends too early because of what it found is told by that', async () => {
  const stuck = async () => {
    await pool.query('insert into other values (1)').catch(() => pause(60_000, undefined, { ref: false }));
    await apart();
  };
  const { stopped } = await profiler.proveAtomic(stuck, { timeoutMs: 300 });
  expect(stopped).toBe(
    'insert into other failed by itself (23505). An earlier run has changed the data that it begins with: give a reset() that restores it.',
  );
});

describe('a connection is not cut', () => {
  it('that nobody would replace; it goes on to work', async () => {
    const client = new pg.Client(url);
    await client.connect();
    const { atomic, runs, untried } = await profiler.proveAtomic(async () => {
      await client.query('begin');
      try {
        await makeTransfer(client, 1, 2, 50);
        await client.query('commit');
      } catch (error) {
        await client.query('rollback');
        throw error;
      }
    });
    expect([atomic, runs.map(({ at, failed, how }) => `${at} ${failed} ${how}`)]).toEqual([
      true,
      ['write 1 error', 'write 2 error', 'commit 2 error'],
    ]);
    expect(untried.map(({ at, failed, how, why }) => `${at} ${failed} ${how}: ${why}`)).toEqual(
      ['write 1 cut', 'write 2 cut', 'commit 2 cut', 'commit 2 answer lost'].map(
        (name) => `${name}: its connection was there before and nobody would replace it`,
      ),
    );
    expect((await client.query('select 1 as n')).rows).toEqual([{ n: 1 }]);
    await client.end();
  });

  it('that carries what others have sent', async () => {
    const client = new pg.Client(url);
    client.on('error', () => {});
    await client.connect();
    let proving = true;
    const other = async () => {
      while (proving) await client.query('select 1');
    };
    const others = [other(), other(), other()];
    const { atomic, untried } = await profiler.proveAtomic(() => makeTransfer(client, 1, 2, 50));
    proving = false;
    await Promise.all(others);
    expect([atomic, untried.map(({ failed, how, why }) => `${failed} ${how}: ${why}`)]).toEqual([
      false,
      ['1 cut', '2 cut', '2 answer lost'].map((name) => `${name}: its connection carries statements of others`),
    ]);
    await client.end();
  });
});

describe('nothing stays behind', () => {
  it('no client in a transaction, though the function leaves it there', async () => {
    const forgets = async () => {
      const client = await pool.connect();
      try {
        await client.query('begin');
        await makeTransfer(client, 1, 2, 50);
        await client.query('commit');
      } finally {
        client.release(); // Without a rollback.
      }
    };
    const { atomic, runs } = await profiler.proveAtomic(forgets);
    expect([atomic, runs.every(({ stayed, how }) => stayed.length === 0 || how === 'answer lost')]).toEqual([
      true,
      true,
    ]);
    const clients = await Promise.all(Array.from({ length: pool.options.max }, () => pool.connect()));
    for (const client of clients) {
      expect((await client.query('select now() = statement_timestamp() as fresh')).rows).toEqual([{ fresh: true }]);
      client.release();
    }
  });

  it('no client that is never given back', async () => {
    const leaks = async () => {
      const client = await pool.connect();
      await client.query('begin');
      await makeTransfer(client, 1, 2, 50);
      await client.query('commit');
      client.release();
    };
    const { atomic } = await profiler.proveAtomic(leaks);
    expect([atomic, pool.totalCount - pool.idleCount, pool.waitingCount]).toEqual([true, 0, 0]);
  });

  it('no listener and no method of ours', async () => {
    const before = [Object.hasOwn(process, 'emit'), process.listenerCount('unhandledRejection')];
    await profiler.proveAtomic(whole);
    expect([Object.hasOwn(process, 'emit'), process.listenerCount('unhandledRejection')]).toEqual(before);
    const client = await pool.connect();
    expect(Object.keys(client).filter((name) => name === '_pulseQueryQueue')).toEqual([]);
    const { connection } = client as unknown as { connection: object };
    expect(Object.keys(connection).filter((name) => ['emit', 'query', 'parse', 'bind'].includes(name))).toEqual([]);
    client.release();
  });

  it('outputs have the first run and the proof; the runs that failed are in the proof alone', async () => {
    const heard: Report[] = [];
    profiler.onReport((report) => heard.push(report));
    const proof = await profiler.proveAtomic(apart, { label: 'a transfer' });
    expect(written).toEqual([proof.report, proof]);
    expect(heard).toEqual([proof.report]);
    expect(proof.runs.map(({ report }) => report.findings.map(({ detector }) => detector))[2]).toEqual(['torn-write']);
  });
});

it('a write that nobody waits for, and nobody catches: the process would have ended, and does not', async () => {
  const careless = async () => {
    await pool.query('insert into transfer (account_id, amount) values (1, -50)');
    void pool.query('insert into transfer (account_id, amount) values (2, 50)');
  };
  const { runs } = await profiler.proveAtomic(careless);
  expect(runs.map(({ failed, how, outcome, crashed }) => `${failed} ${how}: ${outcome} ${crashed}`)).toEqual([
    '1 error: rolled back false',
    '1 cut: rolled back false',
    '2 error: torn true',
    '2 cut: torn true',
    '2 answer lost: unknown true',
  ]);
});

it('its own rejections are its own: those of others are told as always', async () => {
  const others: unknown[] = [];
  const listen = (reason: unknown) => void others.push(reason);
  const before = process.listeners('unhandledRejection');
  process.removeAllListeners('unhandledRejection');
  process.on('unhandledRejection', listen);
  try {
    const stranger = pause(5).then(() => Promise.reject(new Error("somebody else's")));
    await profiler.proveAtomic(whole);
    await pause(20);
    expect(others).toEqual([new Error("somebody else's")]);
    await stranger.catch(() => {});
  } finally {
    process.removeAllListeners('unhandledRejection');
    for (const listener of before) process.on('unhandledRejection', listener);
  }
});

it('beside 50 ordinary requests on the same pool, none of them is changed', async () => {
  const failed: unknown[] = [];
  let done = 0;
  let proving = true;
  const ordinary = async (id: number): Promise<void> => {
    while (proving) {
      try {
        // The very statements that are made to fail elsewhere.
        await pool.query('insert into transfer (account_id, amount) values ($1, $2)', [1_000 + id, 1]);
        await inTransaction(pool, (client) => makeTransfer(client, 1_000 + id, 1_000 + id, 1));
        done++;
      } catch (error) {
        failed.push(error);
      }
    }
  };
  const requests = Array.from({ length: 50 }, (_, id) =>
    id % 2 === 0 ? ordinary(id) : profiler.capture(`request ${id}`, () => ordinary(id)),
  );
  const proofs: Proof[] = [];
  for (let i = 0; i < 5; i++) {
    proofs.push(
      await profiler.proveAtomic(whole, { label: 'whole' }),
      await profiler.proveAtomic(apart, { label: 'apart' }),
    );
  }
  proving = false;
  await Promise.all(requests);
  expect(failed).toEqual([]);
  expect(proofs.map(({ atomic, stopped, untried }) => [atomic, stopped, untried.length])).toEqual(
    proofs.map((_, i) => [i % 2 === 0, null, 0]),
  );
  expect(done).toBeGreaterThan(50);
  const { rows } = await pool.query('select count(*)::int as n from transfer where account_id >= 1000');
  expect(rows[0].n).toBe(done * 3);
});
