// The profiler as an app uses it, over a real PostgreSQL: captures, reports, several profilers, and leaving everything as it was.

import { AsyncLocalStorage } from 'node:async_hooks';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { state } from '../src/capture/state.js';
import {
  allow,
  consoleOutput,
  createProfiler,
  type Output,
  type Profiler,
  type ProfilerOptions,
  QueryscopeError,
  type Report,
} from '../src/index.js';
import { freshDatabase } from './postgres.js';
import { TIMELESS } from './support/timeless.js';

const poolPrototype = Object.getPrototypeOf(pg.Pool.prototype) as pg.Pool;
const methods = () => [
  pg.Client.prototype.query,
  pg.Client.prototype.connect,
  poolPrototype.query,
  poolPrototype.connect,
];
const originals = methods();

let pool: pg.Pool;
let url: string;
const open: Profiler[] = [];

beforeAll(async () => {
  url = await freshDatabase();
  pool = new pg.Pool({ connectionString: url });
  await pool.query(`
    create table chat (id serial primary key);
    create table message (id serial primary key, chat_id int not null);
    insert into chat select from generate_series(1, 3);
    insert into message (chat_id) select id from chat`);
});

beforeEach(() => {
  state.told.clear();
});

afterEach(async () => {
  vi.restoreAllMocks();
  for (const profiler of open.splice(0)) await profiler.close();
  expect(methods()).toEqual(originals);
  expect([state.openScopes, state.profilers.size, state.patches.size]).toEqual([0, 0, 0]);
});

afterAll(() => pool.end());

function profilerWith(options: ProfilerOptions = {}): Profiler {
  const profiler = createProfiler({ outputs: [], detectors: TIMELESS, ...options });
  open.push(profiler);
  return profiler;
}

function watching(options: ProfilerOptions = {}): Profiler {
  const profiler = profilerWith(options);
  profiler.instrument(pg);
  return profiler;
}

function collecting(name = 'collecting'): Output & { reports: Report[]; log: string[] } {
  const log: string[] = [];
  const reports: Report[] = [];
  return {
    name,
    reports,
    log,
    start: () => void log.push('start'),
    write(report) {
      log.push(`write ${report.profile.label}`);
      reports.push(report);
    },
    async close() {
      log.push('close');
    },
  };
}

async function loop(): Promise<number> {
  const { rows } = await pool.query('select id from chat');
  for (const { id } of rows) await pool.query('select id from message where chat_id = $1', [id]);
  return rows.length;
}

const labels = (reports: readonly Report[]) => reports.map(({ profile }) => profile.label);
const found = ({ findings, suppressed }: Report) => [
  ...findings.map(({ detector, confidence, severity }) => `${detector} ${confidence} ${severity}`),
  ...suppressed.map(({ finding, reason }) => `${finding.detector} allowed: ${reason}`),
];

describe('capture', () => {
  it('answers the result and the report', async () => {
    const { result, report } = await watching().capture('the loop', loop);
    expect([
      result,
      report.profile.label,
      report.profile.kind,
      report.profile.statements.length,
      found(report),
    ]).toEqual([3, 'the loop', 'job', 4, ['n-plus-one proven warning']]);
    expect(report.profile.outcome).toEqual({ status: null, error: null, aborted: false });
    expect(JSON.parse(JSON.stringify(report))).toEqual(report);
  });

  it('takes its label from the function where none is given', async () => {
    const profiler = watching();
    expect(labels([(await profiler.capture(loop)).report, (await profiler.capture(() => 1)).report])).toEqual([
      'loop',
      'capture',
    ]);
  });

  it("rejects with the function's own error, or answers it", async () => {
    const profiler = watching();
    const reports: Report[] = [];
    profiler.onReport((report) => reports.push(report));
    const error = Object.assign(new TypeError('with a secret'), { code: 'E_OWN' });
    const failing = async () => {
      await pool.query('select 1');
      throw error;
    };
    await expect(profiler.capture('failing', failing)).rejects.toBe(error);
    const settled = await profiler.capture('failing', failing, { settle: true });
    expect([settled.error === error, settled.result, settled.report.profile.statements.length]).toEqual([
      true,
      undefined,
      1,
    ]);
    expect(reports.map(({ profile }) => profile.outcome.error)).toEqual(['TypeError (E_OWN)', 'TypeError (E_OWN)']);
    const fine = await profiler.capture(() => 5, { settle: true });
    expect([fine.error, fine.result]).toEqual([null, 5]);
  });

  it('takes what throws at once like what rejects', async () => {
    const error = new Error('at once');
    const throwing = (): never => {
      throw error;
    };
    expect((await watching().capture('throwing', throwing, { settle: true })).error).toBe(error);
  });

  it('nests: the inner report is a child of the outer one', async () => {
    const profiler = watching();
    const heard: string[][] = [];
    profiler.onReport(({ profile, children }) => heard.push([profile.label, ...labels(children)]));
    const output = collecting();
    const joined = profilerWith({ outputs: [output] });
    const { report } = await profiler.capture('outer', async () => {
      await pool.query('select 1');
      const inner = await profiler.capture('inner', () => pool.query('select 2'));
      expect(inner.report.profile.statements.map(({ sql }) => sql)).toEqual(['select ?']);
    });
    expect(heard).toEqual([['inner'], ['outer', 'inner']]);
    expect(report.children[0]?.profile.parent).toBe(report.profile.id);
    expect(report.profile.statements).toHaveLength(1);
    expect(labels(output.reports)).toEqual(['outer']);
    await joined.close();
  });

  it('has told every listener and output before it settles', async () => {
    const output = collecting();
    const profiler = watching({ outputs: [output] });
    const stop = profiler.onReport(({ profile }) => output.log.push(`heard ${profile.label}`));
    await profiler.capture('first', loop);
    stop();
    await profiler.capture('second', loop);
    await profiler.close();
    expect(output.log).toEqual(['start', 'heard first', 'write first', 'write second', 'close']);
  });

  it('works under fake timers', async () => {
    const profiler = watching();
    vi.useFakeTimers();
    try {
      const { report } = await profiler.capture('frozen', () => 1);
      expect(report.profile.label).toBe('frozen');
    } finally {
      vi.useRealTimers();
    }
  });

  it('keeps no value of a statement, unless samples are asked for', async () => {
    const secret = 'hunter2hunter2';
    const ask = () =>
      pool
        .query(`select $1::text, '${secret}x'`, [secret])
        .then(() => pool.query(`select '${secret}'::int`).catch(() => {}));
    const { report: without } = await watching().capture('secret', ask);
    const { report: sampled } = await profilerWith({ values: 'sample' }).capture('secret', ask);
    expect(JSON.stringify(without)).not.toContain(secret);
    expect(sampled.profile.statements[0]?.values).toEqual([secret]);
  });

  it.each([
    ['auto', 'test/profiler.test.ts'],
    ['always', 'test/profiler.test.ts'],
    ['never', undefined],
  ] as const)('with callSites %s names the file %s', async (callSites, file) => {
    const { report } = await watching({ callSites }).capture(async () => {
      await pool.query(`select 1 as asked_with_${callSites}`);
    });
    expect(report.profile.statements.map(({ callSite }) => callSite?.file)).toEqual([file]);
  });
});

describe('8 requests at once', () => {
  type Ask = (pool: pg.Pool, text: string, request: number) => Promise<unknown>;
  const forms: Record<string, Ask> = {
    promise: (shared, text, request) => shared.query(text, [request]),
    callback: (shared, text, request) => new Promise((resolve) => shared.query(text, [request], resolve)),
    'explicit client': async (shared, text, request) => {
      const client = await shared.connect();
      await client.query(text, [request]);
      client.release();
    },
  };
  const pools = { 'max: 1': 1, 'max: 2': 2, 'a warm pool': 8 };
  const table = Object.entries(pools).flatMap(([name, max]) =>
    Object.keys(forms).map((form) => [name, form, max] as const),
  );

  it.each(table)('over %s, by %s, have each their own, with the call site of the app', async (name, form, max) => {
    const shared = new pg.Pool({ connectionString: url, max });
    if (max === 8) await Promise.all(Array.from({ length: max }, () => shared.query('select pg_sleep(0.01)')));
    const profiler = watching({ values: 'sample' });
    const text = `select $1::int as "${form} over ${name}"`;
    const captured = await Promise.all(
      Array.from({ length: 8 }, (_, request) =>
        profiler.capture(`request ${request}`, async () => {
          // As requests come in: out of the event loop, called by nobody.
          await new Promise((resume) => setImmediate(resume));
          for (let turn = 0; turn < 5; turn++) await forms[form]!(shared, text, request);
        }),
      ),
    );
    await shared.end();
    for (const [request, { report }] of captured.entries()) {
      const { label, statements } = report.profile;
      expect([label, statements.map(({ values }) => values)]).toEqual([
        `request ${request}`,
        Array(5).fill([`${request}`]),
      ]);
      expect(statements.map(({ callSite }) => callSite?.file)).toEqual(Array(5).fill('test/profiler.test.ts'));
      expect(statements.every(({ callSite }) => callSite?.line === statements[0]?.callSite?.line)).toBe(true);
    }
  });
});

describe('a profiler that is off', () => {
  it('touches nothing until something is captured by hand', async () => {
    const output = collecting();
    const profiler = watching({ enabled: false, sampleRate: 0, outputs: [output] });
    expect([profiler.enabled, methods()]).toEqual([false, originals]);
    await new Promise<void>((resolve) => profiler.express()({} as never, {} as never, () => resolve()));
    expect([state.openScopes, output.log]).toEqual([0, []]);
    const { report } = await profiler.capture('by hand', loop);
    expect([found(report), output.log]).toEqual([['n-plus-one proven warning'], ['write by hand']]);
  });
});

describe('several profilers', () => {
  it('capture once, and every output and listener gets each report once', async () => {
    const [shared, own] = [collecting('shared'), collecting('own')];
    const first = watching({ outputs: [shared] });
    const second = watching({ outputs: [shared, own] });
    const heard: string[] = [];
    const listener = ({ profile }: Report) => heard.push(`${profile.label} ${profile.statements.length}`);
    first.onReport(listener);
    second.onReport(listener);
    await first.capture('by the first', loop);
    await second.capture('by the second', loop);
    await first.close();
    await second.capture('by the second alone', loop);
    await second.close();
    expect(heard).toEqual(['by the first 4', 'by the second 4', 'by the second alone 4']);
    expect(own.log).toEqual([
      'start',
      'write by the first',
      'write by the second',
      'write by the second alone',
      'close',
    ]);
    expect(shared.log).toEqual(own.log);
  });

  it('may be of two copies of queryscope', async () => {
    vi.resetModules();
    const copy = await import('../src/index.js');
    expect(copy.createProfiler).not.toBe(createProfiler);
    const ours = watching();
    const theirs = copy.createProfiler({ outputs: [] });
    theirs.instrument(pg);
    const patched = methods();
    const heard: string[] = [];
    ours.onReport(({ profile }) => heard.push(`${profile.label} ${profile.statements.length}`));
    const { report } = await theirs.capture('outer', async () => {
      await pool.query('select 1');
      await copy.allow({ detector: 'n-plus-one', reason: 'of the copy' }, () => ours.capture('inner', loop));
    });
    expect(heard).toEqual(['inner 4', 'outer 1']);
    expect(report.children.map(found)).toEqual([['n-plus-one allowed: of the copy']]);
    await ours.close();
    expect(methods()).toEqual(patched);
    await theirs.close();
  });
});

describe('close', () => {
  it('waits for what has ended, flushes outputs and can be called again', async () => {
    const written: string[] = [];
    const slow: Output = {
      name: 'slow',
      async write({ profile }) {
        await new Promise((resume) => setTimeout(resume, 20));
        written.push(profile.label);
      },
      async close() {
        written.push('closed');
      },
    };
    const profiler = watching({ outputs: [slow] });
    const capturing = profiler.capture('just now', loop);
    await capturing;
    await Promise.all([profiler.close(), profiler.close()]);
    expect(written).toEqual(['just now', 'closed']);
  });

  it('waits for the reports of other profilers too, since they are its own as well', async () => {
    const heard: string[] = [];
    const opener = watching();
    const other = watching();
    other.onReport(({ profile }) => heard.push(profile.label));
    const capturing = opener.capture('of another', async () => void pool.query('select 1'));
    await new Promise((resume) => setImmediate(resume));
    await other.close();
    expect(heard).toEqual(['of another']);
    await capturing;
  });

  it('does not wait for ever for an output that never flushes', async () => {
    const profiler = watching({ outputs: [{ name: 'hanging', write: () => new Promise<void>(() => {}) }] });
    await profiler.capture(loop);
    await profiler.close();
  });

  it('makes later use an error', async () => {
    const profiler = watching();
    await profiler.close();
    expect(() => profiler.instrument(pg)).toThrow(QueryscopeError);
    await expect(profiler.capture(loop)).rejects.toThrow(/closed.*create another/);
    expect(profiler.enabled).toBe(false);
  });

  it('leaves statements in flight alone', async () => {
    const profiler = watching();
    let inFlight: Promise<pg.QueryResult> | undefined;
    const capturing = profiler.capture('closing', () => {
      inFlight = pool.query('select pg_sleep(0.05), 7 as n');
    });
    await new Promise((resume) => setImmediate(resume));
    await profiler.close();
    expect((await inFlight)?.rows[0].n).toBe(7);
    expect((await capturing).report.profile.statements).toHaveLength(1);
  });
});

describe('failures of others', () => {
  it('of outputs and listeners reach nobody, and are told once', async () => {
    const lines = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    const broken: Output = {
      name: 'broken',
      start() {
        throw new Error('cannot reach https://ann:secret@example.org/\nat all');
      },
      onScopeOpen() {
        throw new Error('secret');
      },
      write: () => Promise.reject(new Error('secret')),
      close: () => Promise.reject(new Error('secret')),
    };
    const fine = collecting();
    const profiler = watching({ outputs: [broken, fine] });
    profiler.onReport(() => {
      throw new RangeError('secret');
    });
    await profiler.capture('first', loop);
    await profiler.capture('second', loop);
    await profiler.close();
    expect(labels(fine.reports)).toEqual(['first', 'second']);
    const told = lines.mock.calls.map(([line]) => String(line));
    expect(told.map((line) => line.replace(/ at .*/s, ''))).toEqual([
      "queryscope: the output 'broken' failed, which was kept from the app: cannot reach https://…@example.org/ (Error",
      // a listener is the app's own code, and may say anything
      'queryscope: an onReport listener failed, which was kept from the app: RangeError',
    ]);
  });
});

describe('an output', () => {
  it('gets back what it answered when the scope opened, in the context of the caller', async () => {
    const tokens: unknown[] = [];
    const tracing = new AsyncLocalStorage<string>();
    const profiler = watching({
      outputs: [
        {
          name: 'tokens',
          onScopeOpen: () => tracing.getStore(),
          write: (_report, token) => void tokens.push(token),
        },
      ],
    });
    await Promise.all(['a', 'b'].map((span) => tracing.run(span, () => profiler.capture(span, loop))));
    expect(tokens.sort()).toEqual(['a', 'b']);
  });
});

describe('allow', () => {
  const allowed = { detector: 'n-plus-one', reason: 'three chats at most' } as const;

  it('sets the findings of its detector apart', async () => {
    const { report } = await watching().capture('allowed', () => allow(allowed, loop));
    expect(found(report)).toEqual(['n-plus-one allowed: three chats at most']);
  });

  it.each<[string, () => Promise<unknown>]>([
    ['covers only what runs inside it', () => allow(allowed, async () => {}).then(loop)],
    ['covers only its detector', () => allow({ ...allowed, detector: 'write-loop' }, loop)],
    ['ends with its date', () => allow({ ...allowed, until: '2020-01-01' }, loop)],
  ])('%s', async (_name, run) => {
    const { report } = await watching().capture(run);
    expect(found(report)).toEqual(['n-plus-one proven warning']);
  });

  it('stands around a scope as well, and around everything as an option', async () => {
    const profiler = watching();
    const around = await allow(allowed, () => profiler.capture(loop));
    const always = await profilerWith({ allow: [allowed] }).capture(loop);
    expect([around, always].map(({ report }) => found(report))).toEqual([
      ['n-plus-one allowed: three chats at most'],
      ['n-plus-one allowed: three chats at most'],
    ]);
  });

  it('is one allowance, also where each turn of the loop writes it anew', async () => {
    const { report } = await watching().capture(async () => {
      const { rows } = await pool.query('select id from chat');
      for (const { id } of rows) {
        await allow({ ...allowed }, () => pool.query('select * from message where chat_id = $1', [id]));
      }
    });
    expect(found(report)).toEqual(['n-plus-one allowed: three chats at most']);
  });

  it('says in the report where it had nothing to allow, and at the end which ones never had', async () => {
    const parts: string[] = [];
    const stream = { write: (part: string) => void parts.push(part) };
    const profiler = watching({
      outputs: [consoleOutput({ stream: stream as never, width: 120, color: false })],
      allow: [
        { detector: 'write-loop', reason: 'from the old import' },
        { ...allowed, reason: 'for good', until: '2020-01-01' },
      ],
    });
    const once = () => pool.query('select id from chat limit 1');
    const { report } = await profiler.capture(() => allow({ ...allowed, reason: 'one chat' }, once));
    await profiler.capture(() => allow(allowed, once));
    await profiler.capture(() => allow(allowed, loop));
    await profiler.close();
    expect(report.profile.notices.map(({ code, message }) => `${code}: ${message}`)).toEqual([
      'allow-unused: an allow for n-plus-one had nothing to allow here: one chat',
    ]);
    const text = parts.join('');
    expect(text.split('\n').filter((line) => line.includes('allow for'))).toEqual([
      '           ▲ the allow for write-loop had nothing to allow: from the old import',
      '           ▲ the allow for n-plus-one ended on 2020-01-01: for good',
      '           ▲ the allow for n-plus-one had nothing to allow: one chat',
    ]);
    expect(text).not.toContain('allow-unused');
  });

  it('says at the end which ones were around code that no scope had', async () => {
    const parts: string[] = [];
    const stream = { write: (part: string) => void parts.push(part) };
    const profiler = watching({ outputs: [consoleOutput({ stream: stream as never, width: 120, color: false })] });
    await allow({ ...allowed, reason: 'a warm-up' }, loop);
    await allow({ ...allowed, reason: 'a warm-up' }, loop);
    const around = { ...allowed, reason: 'around a job' };
    await allow(around, () => profiler.capture(loop));
    await allow(around, loop);
    // What still runs may yet be covered.
    let end = () => {};
    const over = new Promise<void>((resolve) => {
      end = resolve;
    });
    const running = profiler.capture(() => allow({ ...allowed, reason: 'not over' }, () => over));
    await profiler.close();
    end();
    await running;
    expect(
      parts
        .join('')
        .split('\n')
        .filter((line) => line.includes('allow for')),
    ).toEqual(['           ▲ the allow for n-plus-one was around code outside any request, job or test: a warm-up']);
  });

  it('passes through where no profiler is on', async () => {
    expect(await allow(allowed, async () => state.storage.getStore())).toBeUndefined();
    expect(allow(allowed, () => 5)).toBe(5);
  });

  it.each<[string, unknown, unknown, RegExp]>([
    ['nothing', undefined, loop, /needs a detector/],
    [
      'an unknown detector',
      { detector: 'n-plus-1', reason: 'x' },
      loop,
      /no detector 'n-plus-1'\. Did you mean 'n-plus-one'/,
    ],
    ['no reason', { detector: 'n-plus-one' }, loop, /needs a reason/],
    ['no date', { ...allowed, until: 'soon' }, loop, /ISO date/],
    ['a misspelled date', { ...allowed, util: '2030-01-01' }, loop, /knows no 'util'\. Did you mean 'until'\?/],
    ['no function', allowed, undefined, /a function; undefined came/],
  ])('refuses %s', (_name, given, fn, message) => expect(() => allow(given as never, fn as never)).toThrow(message));
});

describe('set-up', () => {
  const profilerOff = () => profilerWith({ enabled: false });
  it.each<[string, () => unknown, string, RegExp]>([
    [
      'instrument(nothing)',
      () => profilerOff().instrument(undefined as never),
      'not-pg',
      /Client and Pool; undefined came\. Pass/,
    ],
    ['instrument(an empty module)', () => profilerOff().instrument({}), 'not-pg', /an object without them came/],
    ['wrap(null)', () => profilerOff().wrap(null as never), 'not-a-pool', /and Client; null came\. Pass/],
    [
      'instrument(pool)',
      () => profilerOff().instrument(new pg.Pool()),
      'not-pg',
      /For one pool there is profiler\.wrap/,
    ],
    [
      'instrument(url)',
      () => profilerOff().instrument('postgres://app:s3cret@db' as never),
      'not-pg',
      /Client and Pool; a string came/,
    ],
    ['wrap(pg)', () => profilerOff().wrap(pg), 'not-a-pool', /for the module there is profiler\.instrument/],
    [
      'wrap(an ORM of another driver)',
      () => profilerOff().wrap({ client: { driver: {} } }),
      'not-a-pool',
      /ORM that has loaded pg/,
    ],
    ['wrap(client)', () => profilerOff().wrap(new pg.Client()), 'not-a-pool', /an object without them came/],
    ['onReport(nothing)', () => profilerOff().onReport(undefined as never), 'not-a-function', /undefined came/],
    ['an unknown option', () => createProfiler({ output: [] } as never), 'unknown-option', /Did you mean 'outputs'/],
  ])('%s says what was expected', (_name, run, code, message) => {
    let error: unknown;
    try {
      run();
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(QueryscopeError);
    expect([(error as QueryscopeError).code, (error as QueryscopeError).message]).toEqual([
      code,
      expect.stringMatching(message),
    ]);
    expect((error as QueryscopeError).message).not.toContain('s3cret');
  });

  it.each<[string, unknown[]]>([
    ['nothing', []],
    ['a label alone', ['label']],
    ['a promise', [Promise.resolve()]],
    ['a number as label', [5, loop]],
    ['null as label', [null, loop]],
  ])('capture(%s) says what was expected', async (_name, args) => {
    const capture = profilerOff().capture as (...given: unknown[]) => Promise<unknown>;
    const profiler = profilerOff();
    await expect(capture.apply(profiler, args)).rejects.toThrow(
      /capture\(\) takes a label, which may be left out, and a function/,
    );
  });

  it.each<[string, unknown, RegExp]>([
    ['an unknown one', { settel: true }, /no option 'capture\.settel'\. Did you mean 'settle'\?/],
    ['a text', { settle: 'y' }, /'capture\.settle' takes true or false; a string came/],
    ['no object', 'label', /'capture' takes an object such as \{ settle: true \}; a string came/],
  ])('capture() refuses options before it runs anything: %s', async (_name, options, message) => {
    const run = vi.fn();
    const profiler = profilerOff();
    await expect(profiler.capture(run, options as never)).rejects.toThrow(message);
    await expect(profiler.capture('label', run, options as never)).rejects.toThrow(message);
    expect(run).not.toHaveBeenCalled();
  });

  it('capture() takes options that are undefined as left out', async () => {
    const { result } = await profilerOff().capture(() => 5, { settle: undefined } as never);
    expect(result).toBe(5);
  });

  it('wrap() watches the copy of pg that the pool is of', async () => {
    const profiler = profilerWith();
    const other = new pg.Pool({ connectionString: url });
    expect(profiler.wrap(other)).toBe(other);
    const { report } = await profiler.capture(() => other.query('select 1'));
    await other.end();
    expect(report.profile.statements).toHaveLength(1);
  });
});

describe('what cannot be noted', () => {
  it('is said in the report, while the app goes on', async () => {
    const cyclic: Record<string, unknown> = {};
    cyclic.self = cyclic;
    const nasty = {
      toString() {
        throw new Error('no');
      },
      toPostgres: () => '5',
    };
    const { report } = await watching().capture('nasty', async () => {
      await pool.query("select 'unbalanced").catch(() => {});
      await pool.query('select $1::int', [nasty]);
      await pool.query('select $1::json', [cyclic]).catch(() => {});
      await pool.query(`select length('${'x'.repeat(10_000_000)}')`);
      await pool
        .query({
          get text(): string {
            throw new Error('no');
          },
        })
        .catch(() => {});
    });
    expect(report.profile.statements.map(({ error, rows }) => [error !== null, rows])).toEqual([
      [true, null],
      [false, 1],
      [true, null],
      [false, 1],
    ]);
    expect(report.profile.notices.map(({ code, count }) => `${code} ${count}`).sort()).toEqual([
      'unreadable-sql 1',
      'unreadable-value 3',
    ]);
  });

  it('over the cap is counted', async () => {
    const { report } = await watching({ limits: { statements: 2 } }).capture(loop);
    expect([report.profile.statements.length, report.profile.dropped]).toEqual([2, 2]);
    expect(report.profile.notices.map(({ code, count }) => `${code} ${count}`)).toEqual(['statements-dropped 2']);
  });

  it('is what has no answer when the scope has to close', async () => {
    const profiler = watching({ limits: { settleMs: 30 } });
    const client = new pg.Client(url);
    await client.connect();
    let asking: Promise<unknown> = Promise.resolve();
    const { report } = await profiler.capture(() => {
      asking = client.query('select pg_sleep(5)').catch(() => {});
    });
    expect(report.profile.notices.map(({ code, count }) => `${code} ${count}`)).toEqual(['unsettled 1']);
    await client.end();
    await asking;
  });

  it('is what nobody is asked to watch', async () => {
    const profiler = watching();
    const { report } = await profiler.capture(async () => {
      await state.storage.run(undefined, () => pool.query('select 1'));
    });
    expect([report.profile.statements.length, report.profile.unattributed]).toEqual([0, 1]);
  });
});
