// The demo: `npm run demo`. A loop that a counter of statements passes, one that no line of the app turns, and a transfer of which one half was lost, on a PostgreSQL of its own or on
// `DATABASE_URL`.

import pg from 'pg';
import { chatsDemo } from './chats/demo.js';
import { openDatabase } from './database.js';
import { graphqlDemo } from './graphql/demo.js';
import { transferDemo } from './transfer/demo.js';

async function main(): Promise<void> {
  const database = await openDatabase();
  const pool = new pg.Pool({ connectionString: database.url });
  const say = (text: string) => void process.stdout.write(`${text}\n`);
  try {
    await chatsDemo(pool, say);
    say('');
    await graphqlDemo(pool, say);
    say('');
    await transferDemo(pool, say);
  } finally {
    await pool.end();
    await database.stop();
  }
}

main().catch((error: unknown) => {
  process.exitCode = 1;
  process.stderr.write(`The demo did not get through: ${error instanceof Error ? error.message : String(error)}\n`);
});
