// The second part of the demo: asks the app for chats, messages and senders with and without a DataLoader, and lets queryscope say what it sees.

import type { Pool } from 'pg';
import { consoleOutput } from 'queryscope';
import { seed } from '../chats/seed.js';
import { visit } from '../visit.js';
import { createApp } from './app.js';

const QUERY = '{ chats { id messages { text sender { username } } } }';

/** The tables are those of the chats. */
export async function graphqlDemo(pool: Pool, say: (text: string) => void): Promise<void> {
  await seed(pool, { chats: 2 });

  say('The same 2 chats through GraphQL, which calls a resolver for each row. What queryscope says:\n');
  const visits = await visit(
    (profiler) => createApp(pool, profiler),
    ['/graphql', '/graphql/batched'].map((path) => ({ path, body: { query: QUERY } })),
    [consoleOutput({ stream: process.stdout })],
  );

  for (const { profile, findings } of visits.map(({ report }) => report)) {
    const said = findings.length === 0 ? 'nothing to say' : `${findings.length} findings`;
    say(`  ${profile.label.padEnd(22)}   ${String(profile.statements.length).padStart(2)} statements   ${said}`);
  }
}
