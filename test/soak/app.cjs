// The app of the soak, in a process of its own, so that what it holds is its own: an Express app as a user writes it, that says of each report what stands in it. Plain
// JavaScript for plain node: a TypeScript loader in the process would have a heap of its own.
//
// Each statement bears a tag, `t<request>.<number>`, as a bound value or as a comment, so that the server's log says whose it is.

'use strict';

const { once } = require('node:events');
const { createRequire } = require('node:module');
const { join } = require('node:path');
const { setTimeout: sleep } = require('node:timers/promises');
const express = require('express');
const { createProfiler } = require('../../dist/index.js');

const [url, drivers] = process.argv.slice(2);
const load = createRequire(join(drivers, 'app.js'));
const pg = load('pg');
const Cursor = load('pg-cursor');
const QueryStream = load('pg-query-stream');

const state = globalThis[Symbol.for('queryscope.state.v1')];
const TAG = /\bt\d+\.\d+\b/;

const profiler = createProfiler({ outputs: [], enabled: true, values: 'sample' });
profiler.instrument(pg);
profiler.onReport(({ profile }) => {
  process.send({
    report: {
      id: profile.id,
      parent: profile.parent,
      kind: profile.kind,
      label: profile.label,
      dropped: profile.dropped,
      unattributed: profile.unattributed,
      notices: profile.notices.map(({ code }) => code),
      statements: profile.statements.map(({ sql, values = [], error }) => [
        TAG.exec(`${sql} ${values}`)?.[0] ?? sql,
        error === null ? null : `${error.code ?? error.message}`,
      ]),
    },
  });
});

for (const event of ['unhandledRejection', 'uncaughtException'])
  process.on(event, (error) => process.send({ thrown: `${event}: ${error?.stack ?? error}` }));

let pool = openPool();

function openPool() {
  const opened = new pg.Pool({ connectionString: url, max: 8, connectionTimeoutMillis: 1_000 });
  // Connections are cut: an app that does not listen would end with the first.
  opened.on('error', () => {});
  opened.on('connect', (client) => client.on('error', () => {}));
  return opened;
}

/** What a request tags its statements with. */
class Tags {
  #sent = 0;
  constructor(request) {
    this.request = request;
  }
  next() {
    return `t${this.request}.${this.#sent++}`;
  }
}

async function story(tags) {
  const { rows: chats } = await pool.query('select id, $1::text as tag from chat order by id limit 2', [tags.next()]);
  for (const chat of chats) {
    const { rows: messages } = await pool.query(
      'select id, sender_id, $2::text as tag from message where chat_id = $1 order by id limit 4',
      [chat.id, tags.next()],
    );
    for (const message of messages)
      await pool.query('select name, $2::text as tag from users where id = $1', [message.sender_id, tags.next()]);
  }
}

async function transfer(tags) {
  const client = await pool.connect();
  let failure;
  try {
    await client.query(`begin /* ${tags.next()} */ work`);
    const { rows } = await client.query('insert into transfer (tag) values ($1) returning id', [tags.next()]);
    await client.query('insert into entry (transfer_id, tag) values ($1, $2)', [rows[0].id, tags.next()]);
    if (tags.request % 3 === 0) await client.query(`insert into transfer (id) /* ${tags.next()} */ values (null)`);
    await client.query(`commit /* ${tags.next()} */ work`);
  } catch (error) {
    failure = error;
    await client.query(`rollback /* ${tags.next()} */ work`).catch(() => {});
    throw error;
  } finally {
    client.release(failure);
  }
}

const failing = (tags) => pool.query(`select no_such_column /* ${tags.next()} */ from chat`);

/** Each on whichever connection is free, some by callbacks, some prepared. */
function parallel(tags) {
  const called = (text, values) =>
    new Promise((resolve, reject) => {
      pool.query(text, values, (error, result) => (error ? reject(error) : resolve(result)));
    });
  return Promise.all(
    Array.from({ length: 12 }, (_, i) => {
      if (i % 3 === 0) return called('select pg_sleep(0.001), $1::text as tag', [tags.next()]);
      if (i % 3 === 1) return pool.query({ name: 'one', text: 'select $1::text as tag', values: [tags.next()] });
      return pool.query(`select /* ${tags.next()} */ ${i} as literal`);
    }),
  );
}

/** Rows as they come. On a connection that is cut, what reads from it is told by nobody: its end is waited for too. */
async function streaming(tags, response) {
  const client = await pool.connect();
  const over = new AbortController();
  let failure = new Error('failed');
  try {
    await Promise.race([streamed(client, tags, response), once(client, 'end', { signal: over.signal })]);
    failure = undefined;
  } finally {
    over.abort();
    client.release(failure);
  }
}

async function streamed(client, tags, response) {
  const stream = client.query(
    new QueryStream('select i, $1::text as tag from generate_series(1, 400) as i', [tags.next()], { batchSize: 50 }),
  );
  for await (const { i } of stream) {
    if (response.destroyed) break;
    response.write(`${i}\n`);
  }
  const cursor = client.query(new Cursor('select i, $1::text as tag from generate_series(1, 9) as i', [tags.next()]));
  await cursor.read(4);
  await cursor.close();
}

/** Answers first, and sends afterwards what nobody waits for. */
async function late(tags, response) {
  await pool.query('select $1::text as tag', [tags.next()]);
  response.end();
  await sleep(5);
  await pool.query('insert into seen (tag) values ($1)', [tags.next()]);
}

/** A text that is another one each time, as tools write that inline literals. */
async function literals(tags) {
  for (let i = 0; i < 8; i++) await pool.query(`select '${tags.next()}' as tag, ${i} as n`);
}

const routes = { story, transfer, failing, parallel, streaming, late, literals };

const app = express();
app.use(profiler.express());
for (const [name, handler] of Object.entries(routes)) {
  app.get(`/${name}/:request`, async (request, response) => {
    try {
      await handler(new Tags(Number(request.params.request)), response);
      response.end();
    } catch (error) {
      if (!response.headersSent) response.status(500);
      response.end(error.code);
    }
  });
}
const server = app.listen(0, '127.0.0.1', () =>
  process.send({ port: server.address().port, routes: Object.keys(routes) }),
);

/** What is held when nothing is under way. */
async function measure() {
  const old = pool;
  pool = openPool();
  const ended = new AbortController();
  const late = sleep(10_000, null, { signal: ended.signal }).then(
    () => old.totalCount,
    () => 0,
  );
  const clients = await Promise.race([old.end().then(() => 0), late]);
  ended.abort();
  for (let i = 0; i < 200 && (state.openScopes > 0 || state.unjudged.size > 0); i++) await sleep(50);
  server.closeIdleConnections();
  // A second for sockets to close and for timers to run out that are nobody's any more.
  await sleep(1_000);
  for (let i = 0; i < 4; i++) {
    global.gc();
    await sleep(20);
  }
  return {
    heapBytes: process.memoryUsage().heapUsed,
    openScopes: state.openScopes,
    unjudged: state.unjudged.size,
    caught: state.caught,
    clients,
    handles: process
      .getActiveResourcesInfo()
      .filter((name) => name !== 'TTYWrap' && name !== 'PipeWrap')
      .sort(),
  };
}

process.on('message', async ({ ask }) => {
  switch (ask) {
    case 'pool': {
      const old = pool;
      pool = openPool();
      await old.end();
      break;
    }
    case 'measure':
      process.send({ measured: await measure() });
      break;
    case 'end':
      // Ends by itself once nothing holds it.
      await profiler.close();
      await pool.end();
      server.close();
      server.closeAllConnections();
      process.disconnect();
  }
});
