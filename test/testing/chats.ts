// The chats of the examples in a database of their own, for tests of what an assertion says of them.

import pg from 'pg';
import { createTables, seed } from '../../examples/chats/seed.js';
import { freshDatabase } from '../postgres.js';

export async function openChats(max = 10): Promise<pg.Pool> {
  const pool = new pg.Pool({ connectionString: await freshDatabase(), max });
  await createTables(pool);
  await seed(pool, { chats: 2 });
  return pool;
}
