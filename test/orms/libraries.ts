// The libraries there are, in the order of the README's table, and what is known to be missing: in a library, or in what queryscope sees of it.

/** What a program may be able to do, besides the story. */
export type Play = 'commit' | 'rollback' | 'nested' | 'isolated' | 'retried' | 'bulk' | 'save' | 'stream' | 'beside';

/** A column of the table that may be red, with the reason. */
export type Column =
  | 'statements'
  | 'loops'
  | 'line'
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
  /** Cells that are known to be red, and why. */
  red?: Partial<Record<Column, string>>;
}

export const libraries: readonly Library[] = [
  { name: 'knex', title: 'knex', without: ['save'] },
  { name: 'objection', title: 'objection', without: ['save'] },
  { name: 'kysely', title: 'kysely', without: ['save'] },
  { name: 'drizzle', title: 'drizzle', without: ['save', 'stream'] },
  { name: 'typeorm', title: 'typeorm', without: [] },
  { name: 'sequelize', title: 'sequelize', without: ['stream'] },
  { name: 'mikro-orm-6', title: 'mikro-orm 6', without: ['stream'] },
  { name: 'mikro-orm-7', title: 'mikro-orm 7', without: [] },
  { name: 'prisma', title: 'Prisma 7 with `queryscope/prisma`', without: ['stream'] },
  // It refuses to send anything beside a transaction of the same pool.
  { name: 'slonik', title: 'slonik', without: ['save', 'beside'] },
  { name: 'pg-promise', title: 'pg-promise', without: ['save'] },
  { name: 'massive', title: 'massive', without: [] },
  {
    name: 'zapatos',
    title: 'zapatos',
    without: ['nested', 'save', 'stream'],
    red: {
      loops:
        'each result is one JSON document (`jsonb_agg`, `to_jsonb`), and values inside JSON are not followed: a loop of three is `likely`, by its line, and one of two is not found',
      line: 'as the loop of two is not found, neither is its line',
    },
  },
  { name: 'pgtyped', title: 'pgtyped', without: ['nested', 'save', 'stream'], hasNoTransactions: true },
  { name: 'databases-pg', title: '@databases/pg', without: ['save'] },
];
