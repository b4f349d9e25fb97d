// Drawn programs of statements: what an app can send, in whichever form, in whichever order. Plain data, so that a program that tells a difference can be
// made smaller and printed; machine.ts runs it.

import fc from '../../support/properties.js';

/** Texts by name. `KEY` stands for a number that nothing else of the program has. */
export const TEXTS = {
  rows: 'select i, i * 2 as twice from generate_series(1, 3) as i',
  kinds: `select 1::int8 as a, 1.50::numeric as b, timestamptz '2020-01-01 00:00+00' as c, '{1,NULL}'::int[] as d, '\\x00ff'::bytea as e,
    null::text as f, true as g, '{"a":[1]}'::jsonb as h, 'NaN'::float8 as i, interval '1 day' as j`,
  twins: 'select 1 as a, 2 as a',
  'no columns': 'select',
  nothing: '',
  comment: '-- nothing',
  read: 'select id, name from item where id < 10 order by id',
  insert: "insert into item (id, name) values (KEY, 'x') returning id * 0 as zero",
  duplicate: 'insert into item (id) values (1)',
  update: "update item set name = 'y' where id = KEY",
  syntax: 'selec 1',
  unknown: 'select * from nowhere',
  'fails at its third row': 'select 1 / (3 - i) from generate_series(1, 5) as i',
  notice: "do $$ begin raise notice 'heard'; end $$",
  sleeps: 'select pg_sleep(0.003)',
  several: 'select 1 as a; select 2 as b, 3 as c',
  'several, one fails': "insert into item (id, name) values (KEY, 'x'); insert into item (id) values (1); select 3",
  'several, committed': "begin; insert into item (id, name) values (KEY, 'x'); commit; select 1 / 0",
} as const;

/** What leaves something behind on its connection; where a pool has several it would be luck which one has it. */
export const SESSION_TEXTS = {
  begin: 'begin',
  commit: 'commit',
  rollback: 'rollback',
  savepoint: 'savepoint here',
  'rollback to': 'rollback to here',
  listen: 'listen ears',
  notify: "notify ears, 'said'",
  set: "set application_name = 'drawn'",
  dies: 'select pg_terminate_backend(pg_backend_pid())',
} as const;

/** Texts that take one value. */
export const BOUND_TEXTS = {
  echo: 'select $1::text as value',
  untyped: 'select $1 as value',
  typed: 'select $1::int as value, $1::int + 1 as next',
  look: 'select id, name from item where id = $1',
  list: 'select id from item where id = any($1::int[]) order by id',
  document: 'select $1::jsonb as value',
  'too few': 'select $1::text, $2::text',
} as const;

export type TextName = keyof typeof TEXTS | keyof typeof SESSION_TEXTS;
export type BoundTextName = keyof typeof BOUND_TEXTS;

/** How values of odd kinds are made, each time anew. `see` is told where code of the app's runs: that nobody else may run, nor more often. */
export const VALUES: Record<string, (see: (what: string) => void) => unknown> = {
  number: () => 2,
  text: () => 'x',
  'number as text': () => '3',
  null: () => null,
  undefined: () => undefined,
  'long text': () => 'long '.repeat(1_000),
  zero: () => -0,
  'not a number': () => Number.NaN,
  large: () => 2n ** 40n,
  true: () => true,
  date: () => new Date(Date.UTC(2020, 1, 3)),
  'no date': () => new Date(Number.NaN),
  buffer: () => Buffer.from([0, 255]),
  bytes: () => new Uint16Array([1, 2]),
  list: () => [1, 3],
  'list in a list': () => [
    [1, 2],
    [null, 'x"y'],
  ],
  object: () => ({ a: [1, { b: null }] }),
  'object with toJSON': (see) => ({
    toJSON() {
      see('toJSON');
      return { a: 1 };
    },
  }),
  'object with toPostgres': (see) => ({
    toPostgres() {
      see('toPostgres');
      return '5';
    },
  }),
  'toPostgres throws': () => ({
    toPostgres() {
      throw new RangeError('no such value');
    },
  }),
  'object with a getter': (see) => ({
    get a() {
      see('getter');
      return 1;
    },
  }),
  circular: () => {
    const value: Record<string, unknown> = {};
    value.self = value;
    return value;
  },
  proxy: (see) =>
    new Proxy(
      { a: 1 },
      {
        get(target, key) {
          see(`get ${String(key)}`);
          return Reflect.get(target, key);
        },
        ownKeys(target) {
          see('ownKeys');
          return Reflect.ownKeys(target);
        },
      },
    ),
  symbol: () => Symbol('s'),
  function: () => function named() {},
  'no text': () => Object.create(null),
};

/** Forms of a call that pool and client take alike. */
const COMMON_FORMS = [
  'arguments',
  'arguments',
  'arguments',
  'callback',
  'config',
  'config',
  'config and values',
  'config and callback',
  'callback in config',
  'frozen config',
  'class config',
  'getters',
  'proxy config',
  'named',
  'named',
  'name of another text',
  'arrays',
  'own types',
  'shared config',
  'changed afterwards',
  'thenable',
  'in time',
  'too late',
  'values that are none',
  'no text',
  'no config',
] as const;

/** What a client alone takes: objects that handle the server's answers themselves. (COPY to the app reads the socket itself: see the driver contract.) */
const CLIENT_FORMS = [
  'Query',
  'Query with callback',
  'cursor',
  'cursor, closed early',
  'stream',
  'stream, left early',
  'COPY in',
  'own submittable',
  'third argument',
] as const;

export type Form = (typeof COMMON_FORMS)[number] | (typeof CLIENT_FORMS)[number];

export interface Send {
  kind: 'send';
  form: Form;
  text: TextName | BoundTextName;
  /** Of {@link VALUES}; for a text that takes one. */
  value: string;
  /** Waited for before the next; at the end; or by nobody. */
  wait: 'at once' | 'later' | 'never';
}

/** What is done with a client that the pool handed out. */
export interface Take {
  kind: 'take';
  how: 'promise' | 'callback';
  body: Send[];
  release: 'plain' | 'error' | 'true' | 'twice';
}

export type Step =
  | Send
  | Take
  | { kind: 'beside'; sends: Send[] }
  | { kind: 'end'; wait: boolean }
  | { kind: 'connect' };

/** On a pool, or on a client of its own; with both at once it would be luck which one is faster. */
export interface Program {
  /** Connections of the pool; with one the order of all its answers is known. Null: a client. */
  max: 1 | 3 | null;
  pipeline: boolean;
  /** The pool answers by a promise class of the app's. */
  ownPromise: boolean;
  /** How often the pool uses a connection. */
  maxUses: 2 | null;
  steps: Step[];
}

const textNames = Object.keys(TEXTS) as TextName[];
const sessionNames = Object.keys(SESSION_TEXTS) as TextName[];
const boundNames = Object.keys(BOUND_TEXTS) as BoundTextName[];

function sends(forms: readonly Form[]): fc.Arbitrary<Send> {
  return fc.record({
    kind: fc.constant('send' as const),
    form: fc.constantFrom(...forms),
    text: fc.oneof(
      { weight: 4, arbitrary: fc.constantFrom<Send['text']>(...textNames) },
      { weight: 2, arbitrary: fc.constantFrom<Send['text']>(...sessionNames) },
      { weight: 4, arbitrary: fc.constantFrom<Send['text']>(...boundNames) },
    ),
    value: fc.constantFrom(...Object.keys(VALUES)),
    wait: fc.constantFrom('at once' as const, 'at once' as const, 'later' as const, 'later' as const, 'never' as const),
  });
}

const anywhere = sends(COMMON_FORMS);
const onClient = sends([...COMMON_FORMS, ...CLIENT_FORMS, ...CLIENT_FORMS]);

const beside = (one: fc.Arbitrary<Send>): fc.Arbitrary<Step> =>
  fc.record({
    kind: fc.constant('beside' as const),
    sends: fc.array(
      one.filter(({ form }) => form !== 'too late'),
      { minLength: 2, maxLength: 4 },
    ),
  });

const end: fc.Arbitrary<Step> = fc.record({ kind: fc.constant('end' as const), wait: fc.boolean() });

const take: fc.Arbitrary<Step> = fc.record({
  kind: fc.constant('take' as const),
  how: fc.constantFrom('promise' as const, 'callback' as const),
  body: fc.array(onClient, { minLength: 1, maxLength: 4 }),
  release: fc.constantFrom('plain' as const, 'plain' as const, 'error' as const, 'true' as const, 'twice' as const),
});

const connect: fc.Arbitrary<Step> = fc.record({ kind: fc.constant('connect' as const) });

const poolStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: anywhere },
  { weight: 5, arbitrary: take },
  { weight: 2, arbitrary: beside(anywhere) },
  { weight: 1, arbitrary: end },
);

const clientStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 12, arbitrary: onClient },
  { weight: 2, arbitrary: beside(onClient) },
  { weight: 1, arbitrary: end },
  { weight: 1, arbitrary: connect },
);

const options = {
  pipeline: fc.constantFrom(false, false, true),
  ownPromise: fc.constantFrom(false, false, true),
  maxUses: fc.constantFrom(null, null, null, 2 as const),
};

export const programs: fc.Arbitrary<Program> = fc.oneof(
  fc.record({
    max: fc.constantFrom<Program['max']>(1, 1, 3),
    ...options,
    steps: fc.array(poolStep, { minLength: 1, maxLength: 7 }),
  }),
  fc.record({
    max: fc.constant<Program['max']>(null),
    ...options,
    steps: fc.array(clientStep, { minLength: 1, maxLength: 9 }),
  }),
);
