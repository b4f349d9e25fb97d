// Requests that each leave something behind that lives as long as the process; tells what of each request is still in memory when it is
// over. To be run with --expose-gc.

const { EventEmitter, once } = require('node:events');
const http = require('node:http');
const pg = require('pg');

const url = process.env.DATABASE;
const pool = new pg.Pool({ connectionString: url, max: 2 });
const bus = new EventEmitter();
const left = [];
const state = () => globalThis[Symbol.for('queryscope.state.v1')];

const ways = {
  nothing: () => {},
  'a listener on an emitter': () => void bus.on('news', () => {}),
  'a listener on the process': () => void process.on('SIGUSR2', () => {}),
  'a client that listens': async () => {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    client.on('notification', () => {});
    await client.query('listen news');
    left.push(() => client.end());
  },
  'a pool': async () => {
    const own = new pg.Pool({ connectionString: url, idleTimeoutMillis: 0 });
    await own.query('select 1');
    left.push(() => own.end());
  },
  'a connection of an agent': async () => {
    const agent = new http.Agent({ keepAlive: true });
    const request = http.get(`http://127.0.0.1:${server.address().port}/other`, { agent });
    const [response] = await once(request, 'response');
    await response.resume().toArray();
    left.push(() => agent.destroy());
  },
  'an interval': () => {
    const timer = setInterval(() => {}, 1000);
    left.push(() => clearInterval(timer));
  },
  'a job that goes on for ever': () => {
    let timer;
    const job = () => {
      timer = setTimeout(job, 5);
    };
    job();
    left.push(() => clearTimeout(timer));
  },
  'a promise that nobody settles': () => {
    const never = new Promise(() => {});
    never.then(() => {});
    left.push(() => void never);
  },
};

const refs = new Map();

const server = http.createServer(async (req, res) => {
  const way = decodeURIComponent(req.url.slice(1));
  if (way === 'other') {
    await pool.query('select now()');
  } else {
    const { scope } = state().storage.getStore();
    // Not a primitive: what is bound is what a report may least of all hold on to.
    const bound = new Date();
    const { rows } = await pool.query('select $1::timestamptz as at', [bound]);
    refs.set(
      way,
      Object.entries({ scope, req, res, bound, row: rows[0] }).map(([name, object]) => [name, new WeakRef(object)]),
    );
    await ways[way]();
  }
  res.end();
});

async function main() {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  // The first one opens the pool's connection, which remembers what it did first.
  for (const way of ['other', ...Object.keys(ways)]) {
    // On a connection of its own: one that is kept has a timer that was started in its last request.
    const request = http.get(`http://127.0.0.1:${server.address().port}/${encodeURIComponent(way)}`, { agent: false });
    const [response] = await once(request, 'response');
    await response.resume().toArray();
  }
  const pause = () => new Promise((done) => setTimeout(done, 10));
  for (let turn = 0; turn < 1_000 && (state().openScopes > 0 || state().unjudged.size > 0); turn++) await pause();
  // Each request had a connection of its own; the agent's stays.
  const connections = () => new Promise((tell) => server.getConnections((_error, count) => tell(count)));
  for (let turn = 0; turn < 1_000 && (await connections()) > 1; turn++) await pause();
  for (let turn = 0; turn < 100; turn++) {
    await pause();
    global.gc();
  }
  const kept = {};
  for (const [way, objects] of refs)
    kept[way] = objects.filter(([, ref]) => ref.deref() !== undefined).map(([name]) => name);
  const scopes = [...refs.values()].flat().flatMap(([name, ref]) => (name === 'scope' ? (ref.deref() ?? []) : []));
  const notes = scopes.reduce((sum, { recorder }) => sum + recorder.notes.length, 0);
  console.log(JSON.stringify({ open: state().openScopes, notes, kept }));
  for (const end of left) await end();
  await pool.end();
  server.closeAllConnections();
  server.close();
}

void main();
