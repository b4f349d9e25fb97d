// What all apps share, though none of it names queryscope: a pool of one connection, statements that tell whose they are, and how to
// listen.

const { readFileSync } = require('node:fs');
const pg = require(process.env.PG ?? 'pg');

const pool = new pg.Pool({ connectionString: process.env.DATABASE, max: 1 });

/** A statement whose value tells which request it belongs to. */
exports.say = (request) => pool.query('select $1::int as request', [Number(request)]);

/** Three of them, in the ways that apps ask: a promise, a callback, a client of one's own. */
exports.sayAll = async (request) => {
  await exports.say(request);
  await new Promise((done, failed) =>
    pool.query('select $1::int as request', [Number(request)], (error) => (error ? failed(error) : done())),
  );
  const client = await pool.connect();
  try {
    await client.query('select $1::int as request', [Number(request)]);
  } finally {
    client.release();
  }
  return { request: Number(request) };
};

/** Key and certificate where the app is to speak TLS, else null. */
exports.tls =
  process.env.SCHEME === 'https'
    ? { key: readFileSync(process.env.TLS_KEY), cert: readFileSync(process.env.TLS_CERT) }
    : null;

exports.pool = pool;

/** A server of node:http or node:https. */
exports.serverOf = (listener) =>
  exports.tls === null
    ? require('node:http').createServer(listener)
    : require('node:https').createServer(exports.tls, listener);

/** Tells the parent where the app listens; ends when the parent goes. */
exports.listening = (server) => {
  const tell = () => process.send({ port: server.address().port });
  if (server.listening) tell();
  else server.listen(0, '127.0.0.1', tell);
};

const state = () => globalThis[Symbol.for('queryscope.state.v1')];
process.on('message', async (order) => {
  if (order === 'count') process.send({ count: { open: state().openScopes, outside: state().unattributed } });
  if (order === 'say outside') {
    await exports.say(-1);
    process.send({ said: true });
  }
});
process.on('disconnect', () => process.exit());
