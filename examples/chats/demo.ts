// The first part of the demo: calls the app over HTTP with 2 chats in the database and lets queryscope say what it sees; then,
// with nobody looking but a counter, with 100 and with 1,000 chats, to see who was right.

import { styleText } from 'node:util';
import type { Pool } from 'pg';
import { consoleOutput, type Output, type Report } from 'queryscope';
import { visit } from '../visit.js';
import { createApp } from './app.js';
import { type Row, type Style, table } from './comparison.js';
import { createTables, seed } from './seed.js';

const ROUTES = ['/chats', '/chats/batched', '/chats/joined'];
const MORE_CHATS = [100, 1_000];

export async function chatsDemo(pool: Pool, say: (text: string) => void): Promise<void> {
  await createTables(pool);

  say('2 chats with 10 messages each, listed in three ways. What queryscope says:\n');
  await seed(pool, { chats: 2 });
  const seen = await reportsOf(pool, [consoleOutput({ stream: process.stdout })]);

  say('\nThe same with more chats, statements only counted:\n');
  const counts = [statementsOf(seen)];
  for (const chats of MORE_CHATS) {
    await seed(pool, { chats });
    counts.push(statementsOf(await reportsOf(pool, [])));
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
}

async function reportsOf(pool: Pool, outputs: Output[]): Promise<Report[]> {
  const asks = ROUTES.map((path) => ({ path }));
  const visits = await visit((profiler) => createApp(pool, profiler), asks, outputs);
  const [failed] = visits.filter(({ status }) => status !== 200);
  if (failed !== undefined) throw new Error(`${failed.report.profile.label} answered ${failed.status}`);
  return visits.map(({ report }) => report);
}

function statementsOf(reports: readonly Report[]): number[] {
  return reports.map(({ profile }) => profile.statements.length + profile.dropped);
}

const style: Style = (format, text) => (process.stdout.hasColors?.() ? styleText(format, text) : text);
