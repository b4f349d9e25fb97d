// Requests as timelines, drawn by fast-check so that what fails is shrunk to the few lines that matter: loops over each kind
// of key, loops within loops, what only looks like one, writes, errors and transactions.

import fc from 'fast-check';

/** Lines of a timeline that belong together. */
export type Lines = readonly string[];

type Key = number | string;

const uuid = (n: number) =>
  `${String(n).padStart(8, '0')}-aaaa-4bbb-8ccc-${(n * 7_919_993).toString(16).padStart(12, '0')}`;

/** Distinct keys of one kind: counted from 1, with gaps, uuids. */
function keys(minLength: number, maxLength: number): fc.Arbitrary<Key[]> {
  const size = { minLength, maxLength };
  return fc.oneof(
    fc.uniqueArray(fc.integer({ min: 1, max: 12 }), size),
    fc.uniqueArray(fc.integer({ min: 1_000, max: 900_000 }), size),
    fc.uniqueArray(fc.integer({ min: 1, max: 9_999 }), size).map((all) => all.map(uuid)),
  );
}

const place = fc.constantFrom(
  'at a.ts:3 list',
  'at a.ts:4 list',
  'at db.ts:2 query < b.ts:7 show',
  'at db.ts:2 query < b.ts:9 show < c.ts:1 run',
  'at ?',
  '',
);

const cell = (key: Key): string => (typeof key === 'number' ? String(key) : `'${key}'`);

/** How a turn asks for its key: bound, cast, or written into the text. */
const asks: readonly ((from: string, column: string, key: Key) => string)[] = [
  (from, column, key) => `${from} where ${column} = $1 -- values ${cell(key)}`,
  (from, column, key) => `${from} where $1 = ${column} limit 1 -- values ${cell(key)}`,
  (from, column, key) => `${from} where ${column} = ${cell(key)} -- `,
  (from, column, key) => `${from} where ${column} in ($1) -- values ${cell(key)}`,
];

/** What a turn does with it, and the column it looks in. */
const turns = [
  ['select * from message', 'chat_id'],
  ['select count(*) from message', 'chat_id'],
  ['select * from users', 'id'],
  ['select name from setting', 'owner'],
  ['update users set seen = true', 'id'],
  ['delete from message', 'chat_id'],
] as const;

const loopOf = (minTurns: number) =>
  fc.record({
    all: keys(minTurns, 6),
    source: fc.constantFrom(
      'select id from chat',
      'select sender_id from message',
      'select owner, id from chat where open',
    ),
    column: fc.constantFrom('id', 'sender_id', 'owner'),
    ask: fc.constantFrom(...asks),
    turn: fc.constantFrom(...turns),
    sourcePlace: place,
    place,
  });

type LoopFacts = typeof loopOf extends (n: number) => fc.Arbitrary<infer Facts> ? Facts : never;

function linesOf({ all, source, column, ask, turn, sourcePlace, place }: LoopFacts): Lines {
  return [
    `${source} -- rows ${column}=${all.map(cell)} ${sourcePlace}`,
    ...all.map((key) => `${ask(turn[0], turn[1], key)} ${place}`),
  ];
}

/** A result, and one statement for each of its rows. */
export const loop: fc.Arbitrary<Lines> = loopOf(2).map(linesOf);

/** The same loop twice: over all rows but the last, and over all of them. */
export const growingLoop: fc.Arbitrary<{ few: Lines; more: Lines }> = loopOf(3).map((facts) => ({
  few: linesOf({ ...facts, all: facts.all.slice(0, -1) }),
  more: linesOf(facts),
}));

/** A loop in a loop: each row's statement gives rows, and each of those has one. */
const nested: fc.Arbitrary<Lines> = fc
  .tuple(keys(2, 3), keys(4, 9), place, place)
  .map(([chats, users, outer, inner]) => [
    `select id from chat -- rows id=${chats.map(cell)}`,
    ...chats.flatMap((chat, i) => {
      const own = users.filter((_, at) => at % chats.length === i);
      return [
        `select sender_id from message where chat_id = $1 -- values ${cell(chat)} rows sender_id=${own.map(cell)} ${outer}`,
        ...own.map((user) => `select * from users where id = $1 -- values ${cell(user)} ${inner}`),
      ];
    }),
  ]);

/** Both columns of a key come from one row. */
const composite: fc.Arbitrary<Lines> = fc
  .tuple(keys(2, 4), keys(4, 4), place)
  .map(([tenants, ids, at]) => [
    `select tenant_id, id from orders -- rows tenant_id=${tenants.map(cell)} id=${ids.slice(0, tenants.length).map(cell)}`,
    ...tenants.map(
      (tenant, i) =>
        `select * from item where tenant_id = $1 and order_id = $2 -- values ${cell(tenant)}, ${cell(ids[i] as Key)} ${at}`,
    ),
  ]);

/** What is no loop, or not one of rows. */
const decoy: fc.Arbitrary<Lines> = fc.oneof(
  place.map((at) => [`select * from settings -- rows 3 ${at}`]),
  fc
    .tuple(keys(1, 1), place)
    .map(([[key], at]) => [`select * from users where id = $1 -- values ${cell(key as Key)} ${at}`]),
  fc
    .tuple(keys(1, 1), fc.integer({ min: 2, max: 4 }), place)
    .map(([[key], times, at]) =>
      Array.from(
        { length: times },
        () => `select * from users where id = $1 -- values ${cell(key as Key)} rows id=${cell(key as Key)} ${at}`,
      ),
    ),
  fc
    .tuple(keys(4, 6), place)
    .map(([all, at]) => [
      `select * from users where id = any($1) -- values [${all.slice(0, 2).map(cell)}] ${at}`,
      `select * from users where id = any($1) -- values [${all.slice(2, 4).map(cell)}] ${at}`,
    ]),
  fc
    .tuple(fc.integer({ min: 2, max: 4 }), place)
    .map(([pages, at]) =>
      Array.from(
        { length: pages },
        (_, i) =>
          `select id from log order by id limit 2 offset $1 -- values ${2 * i} rows id=${2 * i + 1},${2 * i + 2} ${at}`,
      ),
    ),
);

/** What can be a reason for silence, one line each. */
export const reason: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom('begin', 'commit', 'rollback', 'savepoint a', 'rollback to a', 'release a', 'lock table users'),
  fc
    .tuple(keys(1, 1), place)
    .map(([[key], at]) => `update users set name = 'x' where id = $1 -- values ${cell(key as Key)} ${at}`),
  fc
    .tuple(keys(1, 1), place)
    .map(([[key], at]) => `insert into message (chat_id) values ($1) -- values ${cell(key as Key)} ${at}`),
  fc
    .tuple(keys(1, 1), place)
    .map(([[key], at]) => `select * from users where id = $1 -- values ${cell(key as Key)} error 57P01 ${at}`),
);

const block: fc.Arbitrary<Lines> = fc.oneof(
  { arbitrary: loop, weight: 4 },
  { arbitrary: nested, weight: 1 },
  { arbitrary: composite, weight: 1 },
  { arbitrary: decoy, weight: 4 },
);

/** A request without a reason for silence in it. */
export const reads: fc.Arbitrary<Lines> = fc
  .array(block, { minLength: 1, maxLength: 4 })
  .map((blocks) => blocks.flat());

/** Any request: reasons for silence stand anywhere, also within loops. */
export const request: fc.Arbitrary<Lines> = fc
  .tuple(reads, fc.array(fc.tuple(fc.nat(), reason), { maxLength: 4 }))
  .map(([lines, reasons]) =>
    reasons.reduce<Lines>((all, [at, line]) => all.toSpliced(at % (all.length + 1), 0, line), lines),
  );

/** Could leaving this line out be what lets a finding be? It writes, fails, locks, or is of a transaction. */
export function isReason(line: string): boolean {
  return !line.startsWith('select') || / error /.test(line) || / for update/.test(line);
}
