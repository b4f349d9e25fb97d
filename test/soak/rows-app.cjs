// An Express app that counts which of its rows can still be reached: those of its answers, its failures and what it sends afterwards, while their reports are all held. In a
// process of its own, run with --expose-gc. Asks itself, and says the counts.

'use strict';

const { once } = require('node:events');
const { get } = require('node:http');
const { setTimeout: sleep } = require('node:timers/promises');
const express = require('express');
const pg = require('pg');
const { createProfiler } = require('../../dist/index.js');

const REQUESTS = 30;
const CONNECTIONS = 4;

const profiler = createProfiler({ outputs: [], enabled: true });
profiler.instrument(pg);
const reports = [];
profiler.onReport((report) => reports.push(report));

const pool = new pg.Pool({ connectionString: process.argv[2], max: CONNECTIONS });
const counts = { rows: 0, collected: 0 };
const registry = new FinalizationRegistry(() => {
  counts.collected++;
});

/** One read and one bound object, both watched. */
async function ask(sender) {
  const bound = { toPostgres: () => '3' };
  const { rows } = await sender.query('select i, $1::int as bound from generate_series(1, 20) as i', [bound]);
  for (const each of [bound, ...rows]) {
    registry.register(each);
    counts.rows++;
  }
}

const app = express();
app.use(profiler.express());
app.get('/well', async (_request, response) => {
  await ask(pool);
  response.end();
});
app.get('/fails', async (_request, response) => {
  const client = await pool.connect();
  try {
    await client.query('begin');
    await ask(client);
    await client.query('select broken');
  } catch {
    response.status(500).end();
  } finally {
    await client.query('rollback');
    client.release();
  }
});
app.get('/late', async (_request, response) => {
  response.end();
  await sleep(5);
  await ask(pool);
});

async function visit(port, path) {
  const [response] = await once(get({ port, path, host: '127.0.0.1', agent: false }), 'response');
  await once(response.resume(), 'end');
}

async function main() {
  const server = app.listen(0, '127.0.0.1');
  await once(server, 'listening');
  for (let i = 0; i < REQUESTS; i++) {
    for (const path of ['/well', '/fails', '/late']) await visit(server.address().port, path);
    await profiler.capture('a job', () => ask(pool));
  }
  server.close();
  // Of each round four, and the job of what was sent late.
  while (reports.length < REQUESTS * 5) await sleep(30);
  // Callbacks of a registry run some turns after the collection.
  for (let quiet = 0, known = -1; quiet < 10; known = counts.collected) {
    global.gc();
    await sleep(30);
    quiet = counts.collected === known ? quiet + 1 : 0;
  }
  await pool.end();
  process.send({
    ...counts,
    reports: reports.length,
    statements: reports.flatMap(({ profile }) => profile.statements).length,
  });
  process.disconnect();
}

main();
