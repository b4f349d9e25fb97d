// A database for one test file, on the PostgreSQL that all files of a run share: no file sees the tables of another.

import { inject } from 'vitest';
import { createDatabase } from '../examples/database.js';

let made = 0;

/** Makes an empty database; answers its connection string. It goes when the run ends. */
export async function freshDatabase(): Promise<string> {
  const shared = inject('databaseUrl');
  made += 1;
  return createDatabase(shared, `${new URL(shared).pathname.slice(1)}_${process.pid}_${made}`);
}
