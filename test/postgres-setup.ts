// Starts the one PostgreSQL of a test run before the first file, and stops it after the last. A file asks for a database on
// it through postgres.ts.

import type { TestProject } from 'vitest/node';
import { openDatabase } from '../examples/database.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** Connection string of an empty database that all test files share. */
    databaseUrl: string;
  }
}

export default async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  const database = await openDatabase();
  provide('databaseUrl', database.url);
  return () => database.stop();
}
