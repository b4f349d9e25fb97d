// The database that replacements run on beside their loops: each test file has one of its own, with PostgreSQL's parser at hand.

import { loadModule } from 'libpg-query';
import { Client } from 'pg';
import { afterAll, beforeAll } from 'vitest';
import { freshDatabase } from '../../postgres.js';

/** Opens a database with these tables before the tests of a file, and closes it after them. Answers what sends it statements. */
export function openDatabase(schema: string): Pick<Client, 'query'> {
  let client: Client;
  beforeAll(async () => {
    await loadModule();
    client = new Client({ connectionString: await freshDatabase() });
    await client.connect();
    await client.query(schema);
  });
  afterAll(() => client.end());
  return { query: ((...args: Parameters<Client['query']>) => client.query(...args)) as Client['query'] };
}
