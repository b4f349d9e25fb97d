// What query builders and ORMs call the things that findings advise: a table of their own calls, for whoever does not write SQL. Each was looked up in the
// library's types, and those for reading, for writing many rows and for transactions run in test/orms.

import type { ProfileView } from '../profile/views.js';
import type { Evidence, Facts } from './detector.js';

/** One library's calls, as code. `{table}` and `{column}` stand for the names in the statement, where the library takes them as they are. */
export interface LibraryWords {
  name: string;
  /** Loads related rows with the query that finds the rows that they belong to; absent where the library knows no relations. */
  relation?: string;
  /** Asks for the rows of many keys. */
  keys: string;
  /** Inserts many rows. */
  insert: string;
  /** Gives many rows the same values; absent where that is SQL. */
  update?: string;
  /** Deletes many rows by their keys; absent where that is SQL. */
  delete?: string;
  /** Sends SQL that the library has no call for; absent where all of it is SQL. */
  raw?: string;
  /** Walks a tree; absent where that is SQL. */
  recursive?: string;
  /** Begins a transaction and ends it by how its callback ends; absent where the library has none. */
  transaction?: string;
  /** How a statement is sent in it, to go with a verb: "through `trx`". */
  within: string;
  /** Locks the rows that are read; absent where that is SQL. */
  lock?: string;
  /** Changes a number by an amount; absent where that is SQL. */
  add?: string;
  /** Inserts a row unless it is there; absent where that is SQL. */
  insertOrSkip?: string;
  /** Takes rows as they come. */
  stream?: string;
}

const knex: LibraryWords = {
  name: 'knex',
  keys: `.whereIn('{column}', keys)`,
  insert: `knex.batchInsert('{table}', rows)`,
  update: `.whereIn('{column}', keys).update(values)`,
  delete: `.whereIn('{column}', keys).delete()`,
  raw: 'knex.raw()',
  recursive: '.withRecursive()',
  transaction: 'knex.transaction(async (trx) => …)',
  within: 'through `trx`',
  lock: '.forUpdate()',
  add: '.increment()',
  insertOrSkip: '.onConflict().ignore()',
  stream: '.stream()',
};

const kysely: LibraryWords = {
  name: 'kysely',
  relation: 'jsonArrayFrom()',
  keys: `.where('{column}', 'in', keys)`,
  insert: '.values(rows)',
  update: `.where('{column}', 'in', keys)`,
  delete: `.where('{column}', 'in', keys)`,
  raw: 'sql',
  recursive: '.withRecursive()',
  transaction: 'db.transaction().execute(async (trx) => …)',
  within: 'through `trx`',
  lock: '.forUpdate()',
  add: `.set((eb) => ({ n: eb('n', '+', by) }))`,
  insertOrSkip: '.onConflict((oc) => oc.doNothing())',
  stream: '.stream()',
};

const mikroOrm: LibraryWords = {
  name: 'mikro-orm',
  relation: `em.find(…, { populate: ['relation'] })`,
  keys: 'em.find(…, { key: { $in: keys } })',
  insert: 'em.insertMany(Entity, rows)',
  update: 'em.nativeUpdate(…, { key: { $in: keys } }, values)',
  delete: 'em.nativeDelete(…, { key: { $in: keys } })',
  raw: 'em.execute()',
  transaction: 'em.transactional(async (em) => …)',
  within: 'through the inner `em`',
  lock: '{ lockMode: LockMode.PESSIMISTIC_WRITE }',
  add: `raw('n + ?', [by])`,
  insertOrSkip: 'em.upsert()',
};

/** By package, as it stands in node_modules. */
export const LIBRARY_WORDS: Readonly<Record<string, LibraryWords>> = {
  knex,
  objection: {
    ...knex,
    name: 'objection',
    relation: `.withGraphFetched('relation')`,
    insert: '.insert(rows)',
    raw: 'Model.knex().raw()',
    transaction: 'Model.transaction(async (trx) => …)',
    within: 'with `Model.query(trx)`',
    update: `.whereIn('{column}', keys).patch(values)`,
    stream: '.toKnexQuery().stream()',
  },
  kysely,
  'drizzle-orm': {
    name: 'drizzle',
    relation: 'findMany({ with: { relation: true } })',
    keys: 'inArray(table.key, keys)',
    insert: '.values(rows)',
    update: '.where(inArray(table.key, keys))',
    delete: '.where(inArray(table.key, keys))',
    raw: 'db.execute()',
    transaction: 'db.transaction(async (tx) => …)',
    within: 'through `tx`',
    lock: `.for('update')`,
    insertOrSkip: '.onConflictDoNothing()',
  },
  typeorm: {
    name: 'typeorm',
    relation: 'find({ relations: { relation: true } })',
    keys: 'findBy({ key: In(keys) })',
    insert: 'insert(Entity, rows)',
    update: 'update(Entity, { key: In(keys) }, values)',
    delete: 'delete(Entity, { key: In(keys) })',
    raw: 'dataSource.query()',
    recursive: '.addCommonTableExpression(…, { recursive: true })',
    transaction: 'dataSource.transaction(async (manager) => …)',
    within: 'through `manager`',
    lock: `{ lock: { mode: 'pessimistic_write' } }`,
    add: 'increment()',
    insertOrSkip: '.orIgnore()',
    stream: '.stream()',
  },
  sequelize: {
    name: 'sequelize',
    relation: `findAll({ include: 'relation' })`,
    keys: 'findAll({ where: { key: keys } })',
    insert: 'bulkCreate(rows)',
    update: 'update(values, { where: { key: keys } })',
    delete: 'destroy({ where: { key: keys } })',
    raw: 'sequelize.query()',
    transaction: 'sequelize.transaction(async (transaction) => …)',
    within: 'with `{ transaction }` among its options',
    lock: '{ lock: true, transaction }',
    add: 'increment()',
    insertOrSkip: 'bulkCreate(rows, { ignoreDuplicates: true })',
  },
  '@mikro-orm/knex': mikroOrm,
  '@mikro-orm/sql': { ...mikroOrm, recursive: '.withRecursive()', stream: 'em.stream()' },
  '@prisma/adapter-pg': {
    name: 'Prisma',
    relation: 'findMany({ include: { relation: true } })',
    keys: 'findMany({ where: { key: { in: keys } } })',
    insert: 'createMany({ data: rows })',
    update: 'updateMany({ where: { key: { in: keys } }, data })',
    delete: 'deleteMany({ where: { key: { in: keys } } })',
    raw: '$executeRaw',
    recursive: '$queryRaw',
    transaction: 'prisma.$transaction(async (tx) => …)',
    within: 'through `tx`',
    add: '{ increment: by }',
    insertOrSkip: 'createMany({ data, skipDuplicates: true })',
  },
  slonik: {
    name: 'slonik',
    keys: `= any(\${sql.array(keys, type)})`,
    insert: `select * from \${sql.unnest(rows, types)}`,
    transaction: 'pool.transaction(async (tx) => …)',
    within: 'through `tx`',
    stream: 'pool.stream()',
  },
  'pg-promise': {
    name: 'pg-promise',
    keys: 'in ($1:csv)',
    insert: 'pgp.helpers.insert(rows, columns, table)',
    transaction: 'db.tx(async (tx) => …)',
    within: 'through `tx`',
    stream: 'db.stream()',
  },
  massive: {
    name: 'massive',
    relation: '.join()',
    keys: '.find({ {column}: keys })',
    insert: '.insert(rows)',
    update: '.update({ {column}: keys }, values)',
    delete: '.destroy({ {column}: keys })',
    raw: 'db.query()',
    transaction: 'db.withTransaction(async (tx) => …)',
    within: 'through `tx`',
    lock: `{ lock: { strength: 'UPDATE' } }`,
    insertOrSkip: '{ onConflictIgnore: true }',
    stream: '{ stream: true }',
  },
  zapatos: {
    name: 'zapatos',
    relation: 'db.select(…, { lateral: { … } })',
    keys: `db.select('{table}', { {column}: db.conditions.isIn(keys) })`,
    insert: `db.insert('{table}', rows)`,
    update: `db.update('{table}', values, { {column}: db.conditions.isIn(keys) })`,
    delete: `db.deletes('{table}', { {column}: db.conditions.isIn(keys) })`,
    raw: 'db.sql',
    transaction: 'db.readCommitted(pool, async (tx) => …)',
    within: 'with `.run(tx)`',
    lock: `{ lock: { for: 'UPDATE' } }`,
    insertOrSkip: 'db.upsert()',
  },
  '@pgtyped/runtime': {
    name: 'pgtyped',
    keys: 'in $$keys',
    insert: 'values $$rows(column)',
    within: 'with `.run(values, client)`',
  },
  '@databases/pg': {
    name: '@databases/pg',
    keys: `= any(\${keys})`,
    insert: `\${sql.join(rows, ',')}`,
    transaction: 'db.tx(async (tx) => …)',
    within: 'through `tx`',
    stream: 'db.queryStream()',
  },
};

/** A finding's statements were sent by one library, or the first few show several. */
const STATEMENTS_LOOKED_AT = 8;

/** The library that sent a finding's statements, or one of its own beneath another that this table does not know; null where that is not seen. */
export function libraryOf(
  { callSite, statements }: Pick<Evidence, 'callSite' | 'statements'>,
  { profile }: ProfileView,
): LibraryWords | null {
  const sent = statements.slice(0, STATEMENTS_LOOKED_AT).map((at) => profile.statements[at]?.callSite);
  for (const site of [callSite, ...sent]) {
    const name = site?.through?.find((each) => Object.hasOwn(LIBRARY_WORDS, each));
    if (name !== undefined) return LIBRARY_WORDS[name] as LibraryWords;
  }
  return null;
}

/** A call as findings write it, with the names in the statement where the library takes them. */
export function code(call: string, { table = 'table', column = 'key' }: Facts = {}): string {
  return `\`${call.replaceAll('{table}', bare(table)).replaceAll('{column}', bare(column))}\``;
}

/** The same in brackets behind what it is called in SQL; nothing where it is SQL. */
export function inBrackets(call: string | undefined): string {
  return call === undefined ? '' : ` (${code(call)})`;
}

/** What begins a transaction and ends it whatever happens. */
export function transactionFunction(library: LibraryWords | null): string {
  return library?.transaction === undefined ? 'the transaction function of your ORM' : code(library.transaction);
}

/** What to do with statements that are to stay or go together, to go on with a comma. */
export function inOneTransaction(library: LibraryWords | null): string {
  return library?.transaction === undefined
    ? 'Send them on one client between begin and commit'
    : `Send them in one ${code(library.transaction)}, each ${library.within}`;
}

/** A name without the quotes that only SQL needs. */
function bare(name: string | number): string {
  return String(name).replaceAll('"', '');
}
