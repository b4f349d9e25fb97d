// A handle whose pg is not loaded yet: kysely may be told how to make a pool when it first needs one. The other libraries load pg as their
// handle is made.

import { createProfiler } from 'queryscope';
import { Kysely, PostgresDialect, sql } from './kysely/node_modules/kysely/dist/index.js';

const connect = async () => {
  const { default: pg } = await import('./kysely/node_modules/pg/esm/index.mjs');
  return new pg.Pool({ connectionString: process.env.DATABASE });
};
const db = new Kysely({ dialect: new PostgresDialect({ pool: connect }) });
const profiler = createProfiler({ outputs: [], enabled: true });
const told = [];
try {
  profiler.wrap(db);
} catch ({ code, message }) {
  told.push(code, message);
}
await sql`select 1`.execute(db);
profiler.wrap(db);
const { report } = await profiler.capture(() => sql`select 2`.execute(db));
console.log(JSON.stringify([...told, report.profile.statements.length]));
await db.destroy();
await profiler.close();
