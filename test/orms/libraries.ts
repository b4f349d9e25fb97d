// The libraries there are, in the order of the README's table, with what a cell of it cannot say by itself.

/** What a program may be able to do, besides the story. */
export type Play = 'commit' | 'rollback' | 'nested' | 'isolated' | 'retried' | 'bulk' | 'save' | 'stream' | 'beside';

/** A column of the table. */
export type Column =
  | 'statements'
  | 'loops'
  | 'line'
  | 'parallel'
  | 'apart'
  | 'eager'
  | 'transactions'
  | 'bulk'
  | 'stream'
  | 'wrap'
  | 'words';

export interface Library {
  /** Its directory here. */
  name: string;
  /** As the table has it. */
  title: string;
  /** What it does not have, so that its program has none either. */
  without: readonly Play[];
  /** Its transactions are the app's own BEGIN and COMMIT. */
  hasNoTransactions?: true;
  /** Look-ups of one turn become one statement, so that a loop of 20 in two parallel parts is one of two. */
  batches?: true;
  /** It has the server put trees together as JSON, so that rows are to be followed out of that. */
  asksForJson?: true;
  /** Its own pool hands connections on as they open, in another order than it was asked for them. */
  opensInDisorder?: true;
  /** What stands below the table: of each column that it has nothing for, why. */
  notes?: Partial<Record<Column, string>>;
}

const DISORDER =
  'its own pool hands connections on as they open, whoever asked first, so the order of the rows shows once they are open: on the first visit the loop is `likely`';

export const libraries: readonly Library[] = [
  { name: 'knex', title: 'knex', without: ['save'] },
  { name: 'objection', title: 'objection', without: ['save'] },
  { name: 'kysely', title: 'kysely', without: ['save'], asksForJson: true },
  {
    name: 'drizzle',
    title: 'drizzle',
    without: ['save', 'stream'],
    asksForJson: true,
    notes: { stream: 'it streams on MySQL and SingleStore only (`iterator()`)' },
  },
  { name: 'typeorm', title: 'typeorm', without: [] },
  {
    name: 'sequelize',
    title: 'sequelize',
    without: ['stream'],
    notes: { stream: 'neither its types nor its code for PostgreSQL know a stream or a cursor' },
  },
  {
    name: 'mikro-orm-6',
    title: 'mikro-orm 6',
    without: [],
    notes: { stream: 'by the knex query that its query builder hands out (`getKnexQuery().stream()`)' },
  },
  { name: 'mikro-orm-7', title: 'mikro-orm 7', without: [] },
  {
    name: 'prisma',
    title: 'Prisma 7 with `queryscope/prisma`',
    without: ['stream'],
    batches: true,
    notes: {
      stream: 'its client has no stream, and its `cursor` is where a page begins',
      parallel: 'it makes one statement of the `findUnique` of one turn, so of 20 look-ups 2 are left, for 2 chats',
    },
  },
  {
    name: 'slonik',
    title: 'slonik',
    // It refuses to send anything beside a transaction of the same pool.
    without: ['save', 'beside'],
    opensInDisorder: true,
    notes: { parallel: DISORDER },
  },
  { name: 'pg-promise', title: 'pg-promise', without: ['save'] },
  { name: 'massive', title: 'massive', without: [] },
  {
    name: 'zapatos',
    title: 'zapatos',
    without: ['save', 'stream'],
    asksForJson: true,
    notes: { stream: 'its queries answer with one JSON document' },
  },
  { name: 'pgtyped', title: 'pgtyped', without: ['save'], hasNoTransactions: true },
  {
    name: 'databases-pg',
    title: '@databases/pg',
    without: ['save'],
    opensInDisorder: true,
    notes: { parallel: DISORDER },
  },
];
