// Traces as they are found in files: what is one request, what spans of any language and version say, and what is counted where they say too little.

import { expect, test } from 'vitest';
import { judgedFiles, lost, told } from '../analyze/judged-files.js';
import { CLIENT, CONSUMER, http, requestOf, SERVER, type Sketch, sql } from './request.js';

/** Lines of a file, each with the spans of a message. */
const lines = (...messages: (readonly Sketch[])[]) =>
  messages.map((spans) => JSON.stringify(requestOf(spans))).join('\n');

const judged = (...messages: (readonly Sketch[])[]) => judgedFiles({ 'traces.json': lines(...messages) });

/** Statements of one loop below a span, one after the other. */
const loop = (turns: number, parent: string, attributes: (turn: number) => object, from = 10): Sketch[] =>
  Array.from({ length: turns }, (_, turn) => ({
    id: `${parent}${turn}`,
    parent,
    at: [from + 2 * turn, from + 2 * turn + 1] as const,
    attributes: { ...attributes(turn) },
  }));

const request = (id: string, route: string, more: Partial<Sketch> = {}): Sketch => ({
  id,
  kind: SERVER,
  at: [0, 1_000],
  attributes: http(route),
  ...more,
});

const users = () => sql('select * from users where id = $1');

test('spans that come apart, out of order and in several files are one request', async () => {
  const [a, b, c, d, e, f] = loop(6, 'r', users) as [Sketch, Sketch, Sketch, Sketch, Sketch, Sketch];
  const run = await judgedFiles({ 'b.json': lines([f], [b, request('r', '/users')]), 'a.json': lines([e, a], [d, c]) });
  expect(told(run)).toEqual([['shop: GET /users', 6, ['n-plus-one likely 6']]]);
  expect(lost(run)).toEqual([]);
});

test('each entry of a trace is a request of its own: over the network, of another service, of a consumer', async () => {
  const run = await judged([
    request('a', '/a'),
    { id: 'call', parent: 'a', at: [1, 900] },
    request('b', '/b', { parent: 'call', service: 'billing' }),
    request('c', '/c', { parent: 'call' }),
    { id: 'job', parent: 'call', kind: CONSUMER, name: 'orders process', at: [2, 800] },
    { id: 'remote', parent: 'call', kind: 1, name: 'worker', flags: 0x300, at: [2, 800] },
    ...['a', 'b', 'c', 'job', 'remote'].flatMap((parent) =>
      loop(4, parent, users).map((each) => (parent === 'b' ? { ...each, service: 'billing' } : each)),
    ),
  ]);
  expect(told(run).sort()).toEqual([
    ['billing: GET /b', 4, ['n-plus-one possible 4']],
    ['shop: GET /a', 4, ['n-plus-one possible 4']],
    ['shop: GET /c', 4, ['n-plus-one possible 4']],
    ['shop: orders process', 4, ['n-plus-one possible 4']],
    ['shop: worker', 4, ['n-plus-one possible 4']],
  ]);
  expect(run.reports.map(({ profile }) => profile.kind).sort()).toEqual([
    'job',
    'job',
    'request',
    'request',
    'request',
  ]);
});

test('loops are found between other spans, in parallel, fast, with literals and with hidden parameters', async () => {
  const parallel = loop(20, 'p', users).map((each): Sketch => ({ ...each, at: [10, 12] }));
  const fast = loop(20, 'f', users).map((each): Sketch => ({ ...each, at: [10, 10] }));
  const between = loop(8, 'i', users).flatMap((each, turn): Sketch[] => [
    { id: `call${turn}`, parent: 'i', kind: CLIENT, at: [0, 900], attributes: { 'http.request.method': 'GET' } },
    { id: `work${turn}`, parent: 'i', kind: 1, at: [0, 900] },
    { ...each, parent: `work${turn}` },
    {
      id: `other${turn}`,
      parent: `work${turn}`,
      at: [0, 9],
      attributes: sql(`select ${'a, '.repeat(turn)} b from t${turn}`),
    },
  ]);
  const run = await judged(
    [request('p', '/parallel', { trace: '1' }), ...parallel.map((each) => ({ ...each, trace: '1' }))],
    [request('f', '/fast', { trace: '2' }), ...fast.map((each) => ({ ...each, trace: '2' }))],
    [request('i', '/between', { trace: '3' }), ...between.map((each) => ({ ...each, trace: '3' }))],
    [
      request('l', '/literals', { trace: '4' }),
      ...loop(6, 'l', (turn) => sql(`select * from users where id = ${7 * turn + 100}`)).map((each) => ({
        ...each,
        trace: '4',
      })),
    ],
  );
  expect(new Map(told(run).map((each) => [(each as string[])[0], (each as unknown[])[2]]))).toEqual(
    new Map([
      ['shop: GET /parallel', ['n-plus-one likely 20']],
      ['shop: GET /fast', ['n-plus-one likely 20']],
      ['shop: GET /between', ['n-plus-one likely 8']],
      ['shop: GET /literals', ['n-plus-one likely 6']],
    ]),
  );
  expect(run.reports.flatMap(({ profile }) => profile.notices)).toEqual([]);
});

/** As the instrumentations of each language write a look-up by id, in their own words. */
const DIALECTS: Readonly<Record<string, (turn: number) => Record<string, unknown>>> = {
  'Python, SQLAlchemy on psycopg2': () => ({
    'db.system': 'postgresql',
    'db.name': 'shop',
    'db.statement': 'SELECT users.id, users.name FROM users WHERE users.id = %(pk_1)s',
  }),
  'Python, Django on psycopg': () => ({
    'db.system': 'postgresql',
    'db.statement': 'SELECT "users"."id", "users"."name" FROM "users" WHERE "users"."id" = %s LIMIT 21',
  }),
  'Python, values recorded': (turn) => ({
    'db.system': 'postgresql',
    'db.statement': 'SELECT * FROM users WHERE id = %s',
    'db.statement.parameters': `(${turn},)`,
  }),
  'Java, JDBC and Hibernate': () => ({
    'db.system': 'postgresql',
    'db.operation': 'SELECT',
    'db.sql.table': 'users',
    'db.statement': 'select u1_0.id,u1_0.name from users u1_0 where u1_0.id=?',
  }),
  'Java, stable names': () => ({
    'db.system.name': 'postgresql',
    'db.namespace': 'shop',
    'db.collection.name': 'users',
    'db.operation.name': 'SELECT',
    'db.query.text': 'select u1_0.id,u1_0.name from users u1_0 where u1_0.id=?',
  }),
  'Go, otelsql': () => ({ 'db.system': 'postgresql', 'db.statement': 'SELECT id, name FROM users WHERE id = $1' }),
  '.NET, Npgsql': () => ({
    'db.system': 'postgresql',
    'db.connection_id': 12,
    'db.statement': 'SELECT u."Id", u."Name" FROM "Users" AS u WHERE u."Id" = @p0 LIMIT 1',
  }),
  '.NET, SQL Server': () => ({
    'db.system': 'mssql',
    'db.statement': 'SELECT TOP(1) [u].[Id], [u].[Name] FROM [Users] AS [u] WHERE [u].[Id] = @__id_0',
  }),
  'Ruby, pg': () => ({
    'db.system': 'postgresql',
    'db.operation': 'SELECT',
    'db.statement': 'SELECT "users".* FROM "users" WHERE "users"."id" = $1 LIMIT $2',
  }),
  'Ruby, pg, obfuscated': () => ({
    'db.system': 'postgresql',
    'db.statement': 'SELECT "users".* FROM "users" WHERE "users"."id" = ? LIMIT ?',
  }),
  'PHP, PDO': () => ({ 'db.system': 'postgresql', 'db.statement': 'select * from "users" where "id" = ? limit 1' }),
  'PHP, Laravel on MySQL': () => ({
    'db.system': 'mysql',
    'db.query.text': 'select * from `users` where `users`.`id` = ? limit 1',
  }),
  'Node, values by the convention': (turn) => ({
    'db.system.name': 'postgresql',
    'db.query.text': 'select * from users where id = $1',
    'db.query.parameter.0': String(turn),
  }),
  'Rust, sqlx': () => ({ 'db.system': 'postgresql', 'db.query.text': 'SELECT id FROM users WHERE id = $1' }),
};

test.each(Object.entries(DIALECTS))('a loop of 6 as %s writes it', async (_, attributes) => {
  const run = await judged([request('r', '/users'), ...loop(6, 'r', attributes)]);
  expect(told(run)).toEqual([['shop: GET /users', 6, ['n-plus-one likely 6']]]);
  expect(lost(run)).toEqual([]);
});

test('values as Python writes them: what is equal is a duplicate, what differs a loop', async () => {
  const named = (value: unknown) => ({
    'db.system': 'postgresql',
    'db.statement': 'SELECT * FROM users WHERE id = %(id)s',
    'db.statement.parameters': `{'id': ${value}}`,
  });
  const run = await judged(
    [request('a', '/same'), ...loop(6, 'a', () => named("'x'"))],
    [request('b', '/other', { trace: '2' }), ...loop(6, 'b', named).map((each): Sketch => ({ ...each, trace: '2' }))],
  );
  expect(told(run).sort()).toEqual([
    ['shop: GET /other', 6, ['n-plus-one likely 6']],
    ['shop: GET /same', 6, ['duplicate-statement proven 6']],
  ]);
});

test('older names of HTTP and of OTLP itself', async () => {
  const [message] = JSON.parse(
    `[${lines([
      request('r', '', {
        attributes: { 'http.method': 'GET', 'http.route': '/old', 'http.status_code': 500 },
        failed: true,
      }),
      ...loop(3, 'r', users),
    ])}]`,
  );
  const [group] = message.resourceSpans;
  group.instrumentationLibrarySpans = group.scopeSpans.map(({ scope, spans }: Record<string, unknown>) => ({
    instrumentationLibrary: scope,
    spans,
  }));
  delete group.scopeSpans;
  for (const span of group.instrumentationLibrarySpans[0].spans)
    span.kind = span.kind === SERVER ? 'SPAN_KIND_SERVER' : 'SPAN_KIND_CLIENT';
  const run = await judgedFiles({ 'old.json': JSON.stringify(message) });
  expect(run.reports[0]?.profile).toMatchObject({
    label: 'shop: GET /old',
    kind: 'request',
    outcome: { status: 500, error: 'error' },
  });
});

test('what the ORM and the driver both tell is one statement, and what queryscope itself has said is none', async () => {
  const outer = loop(6, 'r', users);
  const inner = outer.map(
    ({ id, at }): Sketch => ({ id: `${id}i`, parent: id, ...(at && { at }), attributes: users() }),
  );
  const own = requestOf(loop(9, 'r', users)) as { resourceSpans: { scopeSpans: { scope: { name: string } }[] }[] };
  own.resourceSpans[0]!.scopeSpans[0]!.scope.name = 'queryscope';
  const run = await judgedFiles({
    'traces.json': `${lines([request('r', '/users'), ...outer, ...inner])}\n${JSON.stringify(own)}`,
  });
  expect(told(run)).toEqual([['shop: GET /users', 6, ['n-plus-one likely 6']]]);
});

test('what is missing is counted, and said', async () => {
  const run = await judged(
    [
      request('r', '/r'),
      {
        id: 'no text',
        parent: 'r',
        name: 'SELECT shop',
        attributes: { 'db.system': 'postgresql', 'db.operation': 'SELECT' },
      },
      { id: 'connect', parent: 'r', name: 'pg.connect', attributes: { 'db.system': 'postgresql' } },
      { id: 'cut', parent: 'r', attributes: sql('select a, b, c from users where...') },
      { id: 'dropped', parent: 'r', attributes: users(), droppedAttributesCount: 3 },
      { id: 'redis', parent: 'r', attributes: { 'db.system': 'redis', 'db.statement': 'GET x' } },
    ],
    [{ id: 'lone', trace: '2', at: [1, 2], attributes: users() }],
    [
      { id: 'orphan 1', trace: '3', parent: 'lost', at: [2, 3], attributes: users(), traceState: 'x=1,ot=th:c;rv:0a' },
      { id: 'orphan 2', trace: '3', parent: 'lost', at: [3, 4], attributes: users() },
    ],
  );
  expect(told(run)).toEqual([
    ['shop: GET /r', 1, []],
    ['shop: lone', 1, []],
    ['shop: a span that is missing', 2, []],
  ]);
  expect(lost(run)).toMatchInlineSnapshot(`
    [
      "1× statements have no text in their span (db.query.text), so they were not judged: traces.json line 1",
      "1× statements' texts were cut off by their instrumentation, so they were not judged: traces.json line 1",
      "3× attributes of statements were dropped by a limit of the SDK: traces.json line 1 first",
      "1× statements are traces of their own, with no request or job around them, so loops over them cannot be seen: traces.json line 2",
      "2× spans have a parent that is in none of the files: they were put to the request of their trace and service where there is one, else judged by themselves: traces.json line 3 first",
      "1× traces are a sample of all there were, by their own word (tracestate th), so what is rare may be missing: traces.json line 3",
    ]
  `);
});

test('texts that a limit of the SDK has cut off are suspected where several end at one round length', async () => {
  const text = (turn: number) => `select ${'some_column, '.repeat(20)}`.slice(0, 126) + String(turn).padStart(2, '0');
  const run = await judged([request('r', '/r'), ...loop(3, 'r', (turn) => sql(text(turn)))]);
  expect(lost(run)).toEqual([
    expect.stringMatching(
      /^3× statements' texts seem to be cut off at 128 characters \(OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT\)/,
    ),
  ]);
});

test('a statement without its parent is put to the one request of its trace and service that was under way', async () => {
  const run = await judged([
    request('r', '/r'),
    ...loop(5, 'r', users),
    { id: 'orphan', parent: 'lost', at: [500, 501], attributes: users() },
  ]);
  expect(told(run)).toEqual([['shop: GET /r', 6, ['n-plus-one likely 6']]]);
  expect(lost(run)).toEqual([expect.stringMatching(/^1× spans have a parent that is in none of the files/)]);
});

test('a trace is judged when nothing of it has come for the window, and what comes later is counted', async () => {
  const early = [request('r', '/r'), ...loop(6, 'r', users)];
  const others = Array.from({ length: 40 }, (_, index): Sketch[] => [
    request(`o${index}`, '/o', { trace: `9${index}`, at: [1_000 * index, 1_000 * index + 500] }),
  ]);
  const late: Sketch[] = [{ id: 'late', parent: 'r', at: [900, 901], attributes: users() }];
  const patient = await judgedFiles({ 't.json': lines(early, ...others, late) }, { windowMs: 100_000 });
  expect([told(patient), lost(patient)]).toEqual([[['shop: GET /r', 7, ['n-plus-one likely 7']]], []]);
  const hasty = await judgedFiles({ 't.json': lines(early, ...others, late) }, { windowMs: 5_000 });
  expect(told(hasty)).toEqual([
    ['shop: GET /r', 6, ['n-plus-one likely 6']],
    ['shop: a span that is missing', 1, []],
  ]);
  expect(lost(hasty)).toEqual([
    expect.stringMatching(/^1× traces went on after they had been judged/),
    expect.stringMatching(/^1× spans have a parent that is in none of the files/),
  ]);
});

test('a clock that is wrong closes nothing: of one span, or of a whole service', async () => {
  const year = 365 * 24 * 3_600_000;
  const run = await judgedFiles(
    {
      't.json': lines(
        [{ id: 'first', parent: 'r', attributes: users() }],
        [{ id: 'mad', trace: '2', at: [year, year + 1], attributes: users() }],
        ...Array.from({ length: 20 }, (_, index): Sketch[] => [
          {
            id: `s${index}`,
            trace: '3',
            service: 'skewed',
            at: [3_600_000 + index, 3_600_001 + index],
            attributes: users(),
          },
          { id: `t${index}`, trace: '4', at: [index, index + 1], attributes: users() },
        ]),
        [request('r', '/r'), ...loop(5, 'r', users)],
      ),
    },
    { windowMs: 5_000 },
  );
  expect(told(run)).toContainEqual(['shop: GET /r', 6, ['n-plus-one likely 6']]);
});
