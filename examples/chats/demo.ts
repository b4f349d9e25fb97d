// The demo: `npm run demo`. Calls the app over HTTP with 2 chats in the database and lets queryscope say what it sees; then,
// with nobody looking but a counter, with 100 and with 1,000 chats, to see who was right.

import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { styleText } from 'node:util';
import pg from 'pg';
import { consoleOutput, createProfiler, type Output, type Report } from 'queryscope';
import { openDatabase } from '../database.js';
import { createApp } from './app.js';
import { type Row, type Style, table } from './comparison.js';
import { createTables, seed } from './seed.js';

const ROUTES = ['/chats', '/chats/batched', '/chats/joined'];
const MORE_CHATS = [100, 1_000];

async function main(): Promise<void> {
  const database = await openDatabase();
  const pool = new pg.Pool({ connectionString: database.url });
  try {
    await createTables(pool);

    say('2 chats with 10 messages each, listed in three ways. What queryscope says:\n');
    await seed(pool, { chats: 2 });
    const seen = await visit(pool, [consoleOutput({ stream: process.stdout })]);

    say('\nThe same with more chats, statements only counted:\n');
    const counts = [statementsOf(seen)];
    for (const chats of MORE_CHATS) {
      await seed(pool, { chats });
      counts.push(statementsOf(await visit(pool, [])));
    }

    const rows = seen.map(
      ({ profile, findings }, route): Row => ({
        label: profile.label.replace('GET ', ''),
        counts: counts.map((of) => of[route] ?? 0),
        findings,
      }),
    );
    say(table([2, ...MORE_CHATS], rows, style));
    say('A counter sees 23, 3 and 3 and passes the last two. The values tell them apart.');
  } finally {
    await pool.end();
    await database.stop();
  }
}

/** Starts the app, asks for each route once, and answers the reports in that order. */
async function visit(pool: pg.Pool, outputs: Output[]): Promise<Report[]> {
  const profiler = createProfiler({ outputs, enabled: true });
  profiler.instrument(pg);
  const server = createApp(pool, profiler).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;

  const reports: Report[] = [];
  for (const route of ROUTES) {
    const closed = new Promise<Report>((resolve) => {
      const stop = profiler.onReport((report) => {
        stop();
        resolve(report);
      });
    });
    const response = await fetch(`http://127.0.0.1:${port}${route}`, { headers: { connection: 'close' } });
    if (!response.ok) throw new Error(`GET ${route} answered ${response.status}: ${await response.text()}`);
    await response.arrayBuffer();
    reports.push(await closed);
  }

  server.close();
  await profiler.close();
  return reports;
}

function statementsOf(reports: readonly Report[]): number[] {
  return reports.map(({ profile }) => profile.statements.length + profile.dropped);
}

const style: Style = (format, text) => (process.stdout.hasColors?.() ? styleText(format, text) : text);

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

main().catch((error: unknown) => {
  process.exitCode = 1;
  process.stderr.write(`The demo did not get through: ${error instanceof Error ? error.message : String(error)}\n`);
});
