// Requests that are held open, and what they have on the heap. To be run with --expose-gc and the address of a database; tells the bytes of each statement as
// JSON.

import { setImmediate as turn } from 'node:timers/promises';
import pg from 'pg';
import { createProfiler, type Profiler, type Report } from '../../src/index.js';

/** Bytes, beside what the same requests have without queryscope. */
export interface Bytes {
  /** Of a statement: what each one more of them adds to a request. */
  statement: number;
  /** Of a request, whatever it sends. */
  request: number;
}

export interface Retained {
  /** By workload, with call sites never taken and as by default. */
  bytes: Record<'story' | 'shapes', { never: Bytes; auto: Bytes }>;
  /** Results of requests that are over, and those of them that were collected while `reports` were kept. */
  results: { made: number; collected: number; reports: number };
}

type Work = (pool: pg.Pool) => Promise<unknown>;
type Request = (work: () => Promise<void>) => Promise<unknown>;

const STATEMENTS = 23;
/** What is learnt about the lines of each text is learnt by then. */
const WARM_UP = 40;
const OPEN = 30;
const CLOSED = 20;

const collect = globalThis.gc as () => void;

const workloads: Record<'story' | 'shapes', Work> = {
  /** 1 + 2 + 20. */
  async story(pool) {
    const { rows: chats } = await pool.query('select id from chat order by id');
    for (const chat of chats) {
      chat.messages = (
        await pool.query('select id, chat_id, sender_id from message where chat_id = $1', [chat.id])
      ).rows;
      for (const message of chat.messages)
        message.sender = (await pool.query('select id, username from users where id = $1', [message.sender_id])).rows;
    }
    return chats;
  },
  /** As many texts, each once. */
  async shapes(pool) {
    const answers: unknown[] = [];
    for (let i = 1; i <= STATEMENTS; i++)
      answers.push((await pool.query(`select id, username as name_${i} from users where id = $1`, [i % 7])).rows);
    return answers;
  },
};

async function seed(pool: pg.Pool): Promise<void> {
  await pool.query(`
    create table users (id int primary key, username text not null);
    create table chat (id int primary key);
    create table message (id int primary key, chat_id int not null, sender_id int not null);
    insert into users select n, 'user ' || n from generate_series(0, 7) n;
    insert into chat values (1), (2);
    insert into message select n, 1 + (n - 1) / 10, 1 + n * 3 % 7 from generate_series(1, 20) n`);
}

/** Bytes on the heap for each of requests that are open, which do the work so many times. */
async function bytesOf(work: Work, times: number, pool: pg.Pool, request: Request): Promise<number> {
  const many = async () => {
    const results: unknown[] = [];
    for (let i = 0; i < times; i++) results.push(await work(pool));
    return results;
  };
  for (let i = 0; i < WARM_UP / times; i++) await request(async () => void (await many()));
  await settled();
  const before = process.memoryUsage().heapUsed;
  let release = () => {};
  const until = new Promise<void>((resolve) => {
    release = resolve;
  });
  const kept: unknown[] = [];
  const open: Promise<unknown>[] = [];
  for (let i = 0; i < OPEN; i++) {
    await new Promise<void>((sent) => {
      const handler = async () => {
        kept.push(await many());
        sent();
        await until;
      };
      open.push(request(handler));
    });
  }
  await settled();
  const bytes = process.memoryUsage().heapUsed - before;
  release();
  await Promise.all(open);
  return bytes / OPEN;
}

const TIMES = 10;

/** Requests of two sizes tell what is a statement's and what a request's. */
async function lineOf(work: Work, pool: pg.Pool, request: Request): Promise<Bytes> {
  const short = await bytesOf(work, 1, pool, request);
  const long = await bytesOf(work, TIMES, pool, request);
  const statement = (long - short) / (TIMES - 1) / STATEMENTS;
  return { statement, request: short - STATEMENTS * statement };
}

function difference(a: Bytes, b: Bytes): Bytes {
  return { statement: a.statement - b.statement, request: a.request - b.request };
}

async function settled(): Promise<void> {
  for (let i = 0; i < 3; i++) {
    await turn();
    collect();
  }
}

/** In a scope of its own, as a handler would be. */
function scoped(profiler: Profiler): Request {
  return (work) => profiler.capture('request', work);
}

async function collected(profiler: Profiler, pool: pg.Pool): Promise<Retained['results']> {
  let count = 0;
  const registry = new FinalizationRegistry(() => {
    count++;
  });
  let made = 0;
  const watched = {
    async query(...call: [string, unknown[]?]) {
      const result = await pool.query(...call);
      registry.register(result.rows, null);
      made++;
      return result;
    },
  } as pg.Pool;
  const reports: Report[] = [];
  for (let i = 0; i < CLOSED; i++)
    reports.push((await profiler.capture('request', async () => void (await workloads.story(watched)))).report);
  // Finalizers are called by a task of their own, some time after their objects were collected.
  for (let i = 0; i < 100 && count < made; i++) await settled();
  return { made, collected: count, reports: reports.length };
}

async function main(url: string): Promise<void> {
  const pool = new pg.Pool({ connectionString: url, max: 1 });
  await seed(pool);
  const measure = async (request: Request) => ({
    story: await lineOf(workloads.story, pool, request),
    shapes: await lineOf(workloads.shapes, pool, request),
  });
  const bare = await measure((work) => work());
  const never = createProfiler({ callSites: 'never', outputs: [], enabled: true });
  never.instrument(pg);
  const without = await measure(scoped(never));
  await never.close();
  const auto = createProfiler({ outputs: [], enabled: true });
  auto.instrument(pg);
  const byDefault = await measure(scoped(auto));
  const results = await collected(auto, pool);
  await auto.close();
  await pool.end();
  const beside = (name: 'story' | 'shapes') => ({
    never: difference(without[name], bare[name]),
    auto: difference(byDefault[name], bare[name]),
  });
  const retained: Retained = { bytes: { story: beside('story'), shapes: beside('shapes') }, results };
  process.stdout.write(JSON.stringify(retained));
}

main(process.argv[2] as string);
