// The example over HTTP and a PostgreSQL that logs what it was sent: what queryscope says of it, and that it missed nothing.

import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, relative } from 'node:path';
import pg from 'pg';
import { createProfiler, type Finding, type Profiler, type Report } from 'queryscope';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createApp } from '../../examples/chats/app.js';
import type { Chat } from '../../examples/chats/chats.js';
import { table } from '../../examples/chats/comparison.js';
import { type Amount, createTables, seed } from '../../examples/chats/seed.js';
import { type Database, openDatabase } from '../../examples/database.js';
import { consoleText } from '../../src/outputs/console.js';
import { sourceReader } from '../../src/report/code-frame.js';
import { TIMELESS } from '../support/timeless.js';

const ROOT = join(__dirname, '../..');
const FILE = join(ROOT, 'examples/chats/chats.ts');
/** What PostgreSQL logs of each statement, by the simple and by the extended protocol. */
const LOGGED = /LOG: {2}(?:statement|execute [^:]*): /g;

let database: Database;
let pool: pg.Pool;
let profiler: Profiler;
let server: Server;

beforeAll(async () => {
  database = await openDatabase({ settings: { log_statement: 'all' } });
  pool = new pg.Pool({ connectionString: database.url });
  await createTables(pool);
  profiler = createProfiler({ outputs: [], enabled: true, root: ROOT, detectors: TIMELESS });
  profiler.instrument(pg);
  server = createApp(pool, profiler).listen(0, '127.0.0.1');
  await once(server, 'listening');
});

afterAll(async () => {
  server?.closeAllConnections();
  server?.close();
  await profiler?.close();
  await pool?.end();
  await database?.stop();
});

interface Visit {
  body: unknown;
  report: Report;
  /** Statements that the server logged meanwhile. */
  logged: number;
}

async function visit(route: string, amount: Amount): Promise<Visit> {
  await seed(pool, amount);
  const before = loggedStatements();
  const closed = new Promise<Report>((resolve) => {
    const stop = profiler.onReport((report) => {
      // Where the suite itself is captured, there are those of its tests too.
      if (report.profile.kind !== 'request') return;
      stop();
      resolve(report);
    });
  });
  const response = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}${route}`);
  const body = await response.json();
  return { body, report: await closed, logged: loggedStatements() - before };
}

function loggedStatements(): number {
  return readFileSync(database.logFile as string, 'utf8').match(LOGGED)?.length ?? 0;
}

/** The 1-based line of the example that has this text. */
function lineOf(text: string): number {
  const lines = readFileSync(FILE, 'utf8').split('\n');
  const line = lines.findIndex((candidate) => candidate.includes(text));
  expect(line, text).not.toBe(-1);
  return line + 1;
}

/** A finding as one line: `1 n-plus-one proven: chat.id → message.chat_id ×2, chats.ts:20 < 0`. */
function sketch({ id, parent, detector, confidence, data, callSite }: Finding): string {
  const site = `${callSite?.file}:${callSite?.line}`;
  return `${id} ${detector} ${confidence}: ${data.sourceColumn} → ${data.table}.${data.column} ×${data.count} at ${site}, below ${parent}`;
}

const at = (text: string) => `${relative(ROOT, FILE)}:${lineOf(text)}`;

/** Both loops of the lazy way, each with its line. */
function expectBothLoops({ report, logged }: Visit): void {
  expect(report.profile.label).toBe('GET /chats');
  expect(report.profile.statements.length).toBe(23);
  expect(logged).toBe(23);
  expect(report.findings.map(sketch)).toEqual([
    `1 n-plus-one proven: chat.id → message.chat_id ×2 at ${at('await messagesOf(pool, chat.id)')}, below null`,
    `2 n-plus-one proven: message.sender_id → users.id ×20 at ${at('await usernameOf(pool, message.sender_id)')}, below 1`,
  ]);
  expect(report.findings[0]?.data).toMatchObject({
    growsTo1000: 11_001,
    grows: '1,000 chats → 11,001 statements',
    totalStatements: 23,
    minimalStatements: 3,
  });
}

test('lazy: two proven loops in one tree, 11,001 at 1,000 chats', async () => {
  expectBothLoops(await visit('/chats', { chats: 2 }));
});

test('batched: three statements, and nothing to say', async () => {
  const { report, logged } = await visit('/chats/batched', { chats: 2 });
  expect(report.profile.statements.length).toBe(3);
  expect(logged).toBe(3);
  expect(report.findings).toEqual([]);
  expect(consoleText(report, { width: 80, color: false })).toBe('');
});

test('joined: three statements too, and a loop, proven at two rows', async () => {
  const { report, logged } = await visit('/chats/joined', { chats: 2 });
  expect(report.profile.statements.length).toBe(3);
  expect(logged).toBe(3);
  expect(report.findings.map(sketch)).toEqual([
    `1 n-plus-one proven: chat.id → message.chat_id ×2 at ${at('await messagesWithSenders(pool, chat.id)')}, below null`,
  ]);
  expect(report.findings[0]?.data.grows).toBe('1,000 chats → 1,001 statements');
});

test('lazy, 2 senders wrote all messages: the same two loops', async () => {
  expectBothLoops(await visit('/chats', { chats: 2, senders: 2 }));
});

test('lazy, one sender wrote all messages: a duplicate that ran once a row, below the loop over chats', async () => {
  const { report } = await visit('/chats', { chats: 2, senders: 1 });
  const [loop, duplicate, ...more] = report.findings;
  expect(more).toEqual([]);
  expect(loop).toMatchObject({ detector: 'n-plus-one', confidence: 'proven', data: { count: 2 } });
  expect(duplicate).toMatchObject({ detector: 'duplicate-statement', data: { count: 20 } });
  expect(`${duplicate?.message} ${duplicate?.why}`).toContain('once for each of 20 rows of message');
});

test('all three answer the same, in whichever order', async () => {
  const answer = async (route: string) => {
    const { body } = await visit(route, { chats: 3, senders: 4 });
    return (body as Chat[]).map(({ id, messages }) => ({ id, messages: messages.sort((a, b) => a.id - b.id) }));
  };
  const lazy = await answer('/chats');
  expect(lazy.map(({ messages }) => messages.length)).toEqual([10, 10, 10]);
  expect(lazy[0]?.messages[0]).toEqual({ id: 1, sender_id: 3, text: 'message 1', sender: 'user 3' });
  expect(await answer('/chats/batched')).toEqual(lazy);
  expect(await answer('/chats/joined')).toEqual(lazy);
});

test('what grows, grows as foretold', async () => {
  const counts: Record<string, number> = {};
  for (const route of ['/chats', '/chats/batched', '/chats/joined']) {
    const { report, logged } = await visit(route, { chats: 50 });
    counts[route] = report.profile.statements.length;
    expect(logged).toBe(counts[route]);
  }
  expect(counts).toEqual({ '/chats': 551, '/chats/batched': 3, '/chats/joined': 51 });
});

test('what the console draws of it', async () => {
  const drawn: string[] = [];
  for (const route of ['/chats', '/chats/joined']) {
    const { report } = await visit(route, { chats: 2 });
    drawn.push(consoleText(report, { width: 80, color: false, read: sourceReader(ROOT) }));
  }
  const untimed = drawn.join('').replace(/[\d.,]+ of [\d.,]+ ms/g, '… of … ms');
  await expect(untimed).toMatchFileSnapshot('golden/chats.txt');
});

test('the comparison at the end of the demo', () => {
  const finding = (grows: string) => ({ message: '', data: { grows } }) as unknown as Finding;
  const rows = [
    { label: '/chats', counts: [23, 11_001], findings: [finding('1,000 chats → 11,001 statements')] },
    { label: '/chats/batched', counts: [3, 3], findings: [] },
  ];
  expect(table([2, 1_000], rows, (format, text) => (format === 'bold' ? `<${text}>` : text))).toBe(
    `                 2 chats    1,000   queryscope at 2 chats
 /chats        <       23   11,001>   ▲ 1,000 chats → 11,001 statements
 /chats/batched        3        3   nothing
`,
  );
});
