// Values that bite: what an app binds may throw, count or lie when it is looked at. The app has to see exactly what it sees
// without queryscope, none of its code may run because of us, and the report has to say what could not be noted.

import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createProfiler, type Profiler } from '../../src/index.js';
import { freshDatabase } from '../postgres.js';

let pool: pg.Pool;
let profiler: Profiler | null = null;

beforeAll(async () => {
  pool = new pg.Pool({ connectionString: await freshDatabase(), max: 2 });
});

afterEach(async () => {
  await profiler?.close();
  profiler = null;
});

afterAll(() => pool.end());

/** Makes the arguments of one call; whatever of the app's code runs says so in the log. */
type Make = (log: (what: string) => void) => { text?: string; values: unknown; config?: boolean; after?(): void };

const anything = 'select $1::text as x';

function throwing(log: (what: string) => void, names: readonly PropertyKey[]): object {
  const holder = {};
  for (const name of names) {
    const bite = () => {
      log(`${String(name)} ran`);
      throw new Error(`bitten by ${String(name)}`);
    };
    Object.defineProperty(holder, name, { value: bite, enumerable: true });
  }
  return holder;
}

function watched<T extends object>(target: T, log: (what: string) => void): T {
  const traps: ProxyHandler<T> = {};
  for (const trap of ['get', 'has', 'ownKeys', 'getOwnPropertyDescriptor', 'getPrototypeOf', 'set'] as const) {
    traps[trap] = ((...args: unknown[]) => {
      log(`${trap} ${String(typeof args[1] === 'object' ? '' : args[1])}`);
      return (Reflect[trap] as (...args: unknown[]) => unknown)(...args);
    }) as never;
  }
  return new Proxy(target, traps);
}

class Overridden extends Array<unknown> {
  override [Symbol.iterator](): ArrayIterator<unknown> {
    throw new Error('iterated');
  }
  override map(): never {
    throw new Error('mapped');
  }
  override slice(): never {
    throw new Error('sliced');
  }
}

const cyclic = (): object => {
  const self: Record<string, unknown> = { a: 1 };
  self.self = self;
  return self;
};
const cyclicList = (): unknown[] => {
  const self: unknown[] = [1];
  self.push(self);
  return self;
};

/** What is bound, and the notices that it leaves in the report. */
const cases: Record<string, { make: Make; notices?: string[] }> = {
  'a toString that throws': {
    make: (log) => ({ values: [throwing(log, ['toString'])] }),
    notices: ['unreadable-value'],
  },
  'toJSON, valueOf and Symbol.toPrimitive that throw': {
    make: (log) => ({ values: [throwing(log, ['toJSON', 'valueOf', 'toString', Symbol.toPrimitive])] }),
    notices: ['unreadable-value'],
  },
  'a toJSON that counts': {
    make: (log) => ({ text: 'select $1::jsonb as x', values: [{ toJSON: () => log('toJSON') }] }),
    notices: ['unreadable-value'],
  },
  'a toPostgres that counts': {
    make: (log) => ({ values: [{ toPostgres: () => log('toPostgres') }] }),
    notices: ['unreadable-value'],
  },
  'a toPostgres that throws': {
    make: (log) => ({ values: [throwing(log, ['toPostgres'])] }),
    notices: ['unreadable-value'],
  },
  'a getter in an object': {
    make: (log) => ({
      values: [
        {
          get a() {
            log('get a');
            return 1;
          },
        },
      ],
    }),
    notices: ['unreadable-value'],
  },
  'a proxy of an object': { make: (log) => ({ values: [watched({ a: 1 }, log)] }), notices: ['unreadable-value'] },
  'a proxy of a list': {
    make: (log) => ({ text: 'select $1::int[] as x', values: [watched([1, 2], log)] }),
    notices: ['unreadable-value'],
  },
  'a proxy of a list in a list': {
    make: (log) => ({ text: 'select $1::int[] as x', values: [[watched([1, 2], log)]] }),
    notices: ['unreadable-value'],
  },
  'a proxy of the values': { make: (log) => ({ values: watched(['x'], log) }), notices: ['unreadable-value'] },
  'a proxy that has been revoked': {
    make: () => {
      const { proxy, revoke } = Proxy.revocable({}, {});
      revoke();
      return { values: [proxy] };
    },
    notices: ['unreadable-value'],
  },
  'a proxy of a date': { make: (log) => ({ values: [watched(new Date(5), log)] }), notices: ['unreadable-value'] },
  'an object that holds itself': { make: () => ({ values: [cyclic()] }), notices: ['unreadable-value'] },
  'a list that holds itself': {
    make: () => ({ text: 'select $1::int[] as x', values: [cyclicList()] }),
    notices: ['unreadable-value'],
  },
  'an object without a prototype': {
    make: () => ({ values: [Object.assign(Object.create(null), { a: 1 })] }),
    notices: ['unreadable-value'],
  },
  'a buffer': {
    make: () => ({ text: 'select $1::bytea as x', values: [Buffer.from([0, 255])] }),
    notices: ['unreadable-value'],
  },
  'a typed array': {
    make: () => ({ text: 'select $1::bytea as x', values: [new Uint16Array([1, 2])] }),
    notices: ['unreadable-value'],
  },
  'a DataView': {
    make: () => ({ text: 'select $1::bytea as x', values: [new DataView(new ArrayBuffer(3))] }),
    notices: ['unreadable-value'],
  },
  'a function': { make: () => ({ values: [() => 1] }), notices: ['unreadable-value'] },
  'a symbol': { make: () => ({ values: [Symbol('s')] }), notices: ['unreadable-value'] },
  'a map': { make: () => ({ values: [new Map([[1, 2]])] }), notices: ['unreadable-value'] },
  'an invalid date': { make: () => ({ values: [new Date(Number.NaN)] }) },
  'a date that lies': {
    make: (log) => ({
      values: [Object.defineProperty(new Date(0), 'getTime', { value: () => log('getTime') })],
    }),
  },
  'numbers that are none': {
    make: () => ({
      text: 'select $1::float8 as a, $2::float8 as b, $3::float8 as c, $4::float8 as d',
      values: [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0],
    }),
  },
  'a big integer': { make: () => ({ text: 'select $1::numeric as x', values: [2n ** 200n] }) },
  'lone surrogates': { make: () => ({ values: ['\ud800 and \udc00'] }) },
  'a NUL in a text': { make: () => ({ values: ['a\0b'] }) },
  'undefined and null': { make: () => ({ text: 'select $1::text as a, $2::text as b', values: [undefined, null] }) },
  'a sparse array': { make: () => ({ text: 'select $1::text as a, $2::text as b', values: new Array(2) }) },
  'a sparse list': {
    make: () => ({ text: 'select $1::int[] as x', values: [Object.assign(new Array(3), { 0: 1, 2: 3 })] }),
  },
  'a frozen array': { make: () => ({ values: Object.freeze(['x']) }) },
  'a frozen config': { make: () => ({ values: Object.freeze(['x']), config: true }) },
  'a class of arrays that overrides everything': { make: () => ({ values: Overridden.from(['x']) }) },
  'an array from elsewhere with further properties': { make: () => ({ values: Object.assign(['x'], { length2: 1 }) }) },
  'too few values': { make: () => ({ text: 'select $1::text, $2::text', values: ['x'] }) },
  'too many values': { make: () => ({ values: ['x', 'y'] }) },
  'values that are no array': { make: () => ({ values: { 0: 'x', length: 1 } }) },
  'values that are a text': { make: () => ({ values: 'x' }) },
  'ten million characters': { make: () => ({ text: 'select length($1) as x', values: ['x'.repeat(10_000_000)] }) },
  'a list of 30,000': {
    make: () => ({ text: 'select cardinality($1::int[]) as x', values: [Array.from({ length: 30_000 }, (_, i) => i)] }),
    notices: ['values-cut'],
  },
  'a list nested deeply': {
    make: () => ({ text: 'select $1::int[] as x', values: [[[[[1]]]]] }),
    notices: ['unreadable-value'],
  },
  'values emptied once they are handed over': {
    make: () => {
      const values = ['x'];
      return { values, after: () => values.splice(0) };
    },
  },
  'values added once they are handed over': {
    make: () => {
      const values = ['x'];
      return { values, after: () => values.push('y') };
    },
  },
};

interface Seen {
  outcome: unknown;
  log: string[];
}

async function call(make: Make): Promise<Seen> {
  const log: string[] = [];
  const { text = anything, values, config, after } = make((what) => log.push(what));
  let outcome: unknown;
  try {
    const asked = config ? pool.query(Object.freeze({ text, values }) as never) : pool.query(text, values as unknown[]);
    after?.();
    outcome = (await asked).rows;
  } catch (error) {
    const { name, message, code } = error as Error & { code?: string };
    outcome = { name, message, code };
  }
  return { outcome, log };
}

describe('the app sees what it sees without queryscope of', () => {
  it.each(Object.entries(cases))('%s', async (_name, { make, notices = [] }) => {
    const without = await call(make);
    profiler = createProfiler({ outputs: [] });
    profiler.instrument(pg);
    const { result, report } = await profiler.capture(() => call(make));
    expect(result).toEqual(without);
    // and it works for the next one as well
    expect((await pool.query('select 1 as n')).rows).toEqual([{ n: 1 }]);
    expect(report.profile.statements).toHaveLength(1);
    expect(report.profile.notices.map(({ code }) => code)).toEqual(notices);
  });
});

describe('no value is equal to another that', () => {
  const equals = async (text: string, values: unknown[][]): Promise<boolean> => {
    profiler = createProfiler({ outputs: [] });
    profiler.instrument(pg);
    const { report } = await profiler.capture(async () => {
      for (const bound of values) await pool.query(text, bound).catch(() => null);
    });
    return new Set(report.profile.statements.map(({ valuesKey }) => valuesKey)).size < values.length;
  };

  it('is the same up to where a list is cut', async () => {
    const long = Array.from({ length: 10_000 }, (_, i) => i);
    expect(await equals('select cardinality($1::int[])', [[[...long, 1]], [[...long, 2]]])).toBe(false);
    expect(await equals('select cardinality($1::int[])', [[long], [long]])).toBe(true);
  });

  it('is an object or a buffer like it', async () => {
    expect(await equals('select $1::text', [[{ a: 1 }], [{ a: 1 }]])).toBe(false);
    expect(await equals('select $1::bytea', [[Buffer.from('a')], [Buffer.from('a')]])).toBe(false);
  });
});
