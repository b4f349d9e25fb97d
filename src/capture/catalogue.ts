// The one place where queryscope itself sends a statement, and only where the user asked for that (`catalogue: 'pool'`): a look-up in
// pg_catalog, after a scope has closed, on a connection that idles in the app's own pool. The app is never to notice.

import type { Question } from '../profile/catalogue-questions.js';
import type { CatalogueTable } from '../profile/types.js';
import { BoundedCache } from '../sql/bounded-cache.js';
import { driversQuery } from './drivers-query.js';
import { caught } from './guard.js';
import { connectionOf } from './pg-connection.js';
import type { DriverClient, DriverPool } from './pg-driver.js';
import { poolOf } from './pool-ordinals.js';
import { clock, type Deadline, deadlineIn, dropDeadline } from './timers.js';

/** What is known of a table, whatever connections lead to it. */
type Facts = Omit<CatalogueTable, 'connections'>;

/** Null: the catalogue has no such table (a view, a temporary table). */
interface Known {
  facts: Facts | null;
  until: number;
}

/** A client as the pool hands it out. */
type LentClient = DriverClient & {
  on(event: 'error', listener: () => void): unknown;
  removeListener(event: 'error', listener: () => void): unknown;
  release(destroy: boolean): unknown;
};

/** How long the answer is waited for, in ms: it takes a few, unless a migration holds the catalogue or the server is gone. A report waits no longer. */
const ANSWER_MS = 1_000;

/** How long an answer holds, in ms: a migration of a running app is seen within minutes, and a busy one asks once in that time. */
const HOLDS_MS = 300_000;

/** Tables remembered of one pool: some databases have thousands. */
const MEMORY = { entries: 5_000, characters: 500_000 };

/**
 * For each name that is a table: its columns, and the columns of its unique indexes (of exclusion constraints too: they refuse rows as well). The columns that an
 * expression reads are known by what the index depends on.
 */
const LOOK_UP = `
select coalesce(json_agg(json_build_object(
  'table', asked.name,
  'columns', (
    select coalesce(json_agg(a.attname order by a.attnum), '[]')
    from pg_catalog.pg_attribute a
    where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped),
  'unique', (
    select coalesce(json_agg(json_build_object(
      'columns', (
        select coalesce(json_agg(a.attname order by a.attnum), '[]')
        from pg_catalog.pg_attribute a
        where a.attrelid = c.oid and a.attnum > 0 and (
          a.attnum = any((i.indkey::int2[])[0:i.indnkeyatts - 1])
          or (i.indexprs is not null and exists (
            select from pg_catalog.pg_depend d
            where d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.objid = i.indexrelid
              and d.refobjid = c.oid and d.refobjsubid = a.attnum)))),
      'plain', i.indisunique and i.indexprs is null and i.indpred is null)), '[]')
    from pg_catalog.pg_index i
    where i.indrelid = c.oid and (i.indisunique or i.indisexclusion) and i.indisvalid)
)), '[]')::text
from unnest($1::text[], $2::text[]) as asked(name, quoted)
join pg_catalog.pg_class c on c.oid = pg_catalog.to_regclass(asked.quoted)
where c.relkind in ('r', 'p')`;

export class Catalogue {
  readonly #memories = new WeakMap<object, Memory>();

  /** What the databases say, as far as they can be asked now and answer in time. Never rejects. */
  async answers(questions: readonly Question[]): Promise<CatalogueTable[]> {
    const answers = await Promise.all(questions.map((question) => this.#answer(question)));
    return answers.flat();
  }

  async #answer({ pool: ordinal, connections, tables }: Question): Promise<CatalogueTable[]> {
    const pool = poolOf(ordinal);
    if (pool === undefined) return [];
    let memory = this.#memories.get(pool);
    if (memory === undefined) {
      memory = new Memory(pool);
      this.#memories.set(pool, memory);
    }
    const facts = await memory.of(tables);
    return facts.map((each) => ({ ...each, connections }));
  }
}

/** What one pool's database said. */
class Memory {
  readonly #known = new BoundedCache<Known>(MEMORY);
  readonly #pool: DriverPool;
  #asking: Promise<void> | null = null;

  constructor(pool: DriverPool) {
    this.#pool = pool;
  }

  async of(tables: readonly string[]): Promise<Facts[]> {
    // One question at a time: what another scope asks meanwhile may be what is missing here.
    while (this.#asking !== null && this.#missing(tables).length > 0) await this.#asking;
    const missing = this.#missing(tables);
    if (missing.length > 0) {
      this.#asking = this.#ask(missing);
      await this.#asking;
    }
    return tables.flatMap((table) => this.#known.get(table)?.facts ?? []);
  }

  #missing(tables: readonly string[]): string[] {
    const now = clock();
    return tables.filter((table) => (this.#known.get(table)?.until ?? 0) <= now);
  }

  async #ask(tables: readonly string[]): Promise<void> {
    try {
      const answer = await ask(this.#pool, tables);
      if (answer === null) return;
      const until = clock() + HOLDS_MS;
      const byName = new Map(answer.map((facts) => [facts.table, facts]));
      for (const table of tables) this.#known.set(table, { facts: byName.get(table) ?? null, until });
    } catch (error) {
      caught(error, null, 'the look-up in the catalogue');
    } finally {
      this.#asking = null;
    }
  }
}

/** Null where the pool has no connection to spare, where that is in a transaction, or where no answer came in time. */
async function ask(pool: DriverPool, tables: readonly string[]): Promise<Facts[] | null> {
  if (!hasOneToSpare(pool)) return null;
  const coming = Promise.resolve(pool.connect() as PromiseLike<LentClient>);
  const client = await inTime(coming);
  if (client === null) {
    // The app took it first: when it comes, it is given back unused.
    coming.then((late) => late.release(false)).catch(() => {});
    return null;
  }
  const ignore = (): void => {};
  let destroy = false;
  // A client in nobody's hands but ours: an error that nobody listens to would end the process.
  client.on('error', ignore);
  try {
    if (connectionOf(client).status !== 'I') return null;
    const answer = await inTime(lookUp(client, tables));
    destroy = answer === null;
    return answer;
  } finally {
    client.removeListener('error', ignore);
    client.release(destroy);
  }
}

function hasOneToSpare({ idleCount = 0, waitingCount = 0, ending, ended }: DriverPool): boolean {
  return idleCount > 0 && waitingCount === 0 && ending !== true && ended !== true;
}

/** By the driver's own method: what queryscope sends is no statement of the app's. Values come as the text that the server wrote, whatever parsers the app has. */
async function lookUp(client: LentClient, tables: readonly string[]): Promise<Facts[]> {
  const config = {
    text: LOOK_UP,
    values: [tables, tables.map(quoted)],
    rowMode: 'array',
    types: { getTypeParser: () => String },
  };
  const result = await driversQuery(client)(config);
  const { rows } = result as { rows: [[string]] };
  return JSON.parse(rows[0][0]) as Facts[];
}

/** As SQL writes it, with its schema where it has one: names are kept as PostgreSQL folded them. */
function quoted(table: string): string {
  return table
    .split('.')
    .map((name) => `"${name.replaceAll('"', '""')}"`)
    .join('.');
}

/** Null where it takes longer than may be waited for. */
async function inTime<T>(answer: Promise<T>): Promise<T | null> {
  let deadline: Deadline | undefined;
  const late = new Promise<null>((resolve) => {
    deadline = deadlineIn(ANSWER_MS, () => resolve(null));
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    if (deadline !== undefined) dropDeadline(deadline);
  }
}
