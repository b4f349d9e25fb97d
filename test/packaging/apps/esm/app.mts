// An ES module that also loads queryscope by require, as a dependency of it might: both are one queryscope.

import { createRequire } from 'node:module';
import pg from 'pg';
import * as imported from 'queryscope';
import * as importedExpress from 'queryscope/express';

const require = createRequire(import.meta.url);
const required: typeof imported = require('queryscope');
const requiredExpress: typeof importedExpress = require('queryscope/express');

const watching = imported.createProfiler({ outputs: [] });
watching.instrument(pg);
const asking = required.createProfiler({ outputs: [] });

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL });
const { report } = await asking.capture('chats', async () => {
  const chats = await pool.query<{ id: number }>('select id from chat');
  for (const { id } of chats.rows) {
    await pool.query('select text from message where chat_id = $1', [id]);
  }
});
await pool.end();
await Promise.all([watching.close(), asking.close()]);

const same = (one: object, other: object) =>
  JSON.stringify(Object.entries(one).map(String).sort()) === JSON.stringify(Object.entries(other).map(String).sort());
console.log(
  JSON.stringify({
    'same exports': same(imported, required) && same(importedExpress, requiredExpress),
    'same functions': imported.createProfiler === required.createProfiler,
    statements: report.profile.statements.length,
    findings: report.findings.map(
      ({ detector, confidence, callSite }) => `${detector} ${confidence} ${callSite?.file}`,
    ),
  }),
);
