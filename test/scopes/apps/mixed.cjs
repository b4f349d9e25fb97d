// A server with a bit of everything that requests do: answers, streams, bodies, errors, jobs inside and statements that nobody waits for.

const http = require('node:http');
const { setTimeout: sleep } = require('node:timers/promises');
const express = require('express');
const pg = require('pg');
const { createProfiler } = require('queryscope');
const { listening } = require('./app.cjs');

const profiler = createProfiler({ outputs: [], values: 'sample' });
const pool = new pg.Pool({ connectionString: process.env.DATABASE, max: 3 });
const say = (whose) => pool.query('select $1::text as whose', [whose]);
/** A request is over one turn of the event loop after its end; a timer may come before that turn on a busy machine. */
const turns = async (count) => {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve));
};

const app = express();
app.set('env', 'test');
app.get('/ok/:whose', async (req, res) => {
  await say(req.params.whose);
  res.json(1);
});
app.get('/throws/:whose', async (req) => {
  await say(req.params.whose);
  throw new Error('thrown');
});
app.get('/slow/:whose', async (req, res) => {
  const gone = new Promise((resolve) => res.once('close', resolve));
  await say(req.params.whose);
  res.write('.');
  await gone;
  await turns(2);
  await say(req.params.whose);
});
app.post('/body/:whose', async (req, res) => {
  let length = 0;
  for await (const chunk of req) length += chunk.length;
  await say(req.params.whose);
  res.json({ length });
});
app.get('/stream/:whose', async (req, res) => {
  for (let part = 0; part < 3; part++) {
    await say(req.params.whose);
    res.write('x'.repeat(5_000));
  }
  res.end();
});
app.get('/nested/:whose', async (req, res) => {
  await profiler.capture('nested', () => say(req.params.whose));
  await say(req.params.whose);
  res.json(1);
});
app.get('/late/:whose', (req, res) => {
  res.once('finish', () => void turns(2).then(() => say(req.params.whose)));
  res.json(1);
});
app.get('/fails/:whose', async (req, res) => {
  await pool.query('select 1 / $1::int', [0]).catch(() => {});
  await say(req.params.whose);
  res.json(1);
});

// A job outside any request, all the while: it says how many statements it has sent.
let outside = 0;
let jobs = true;
async function job() {
  while (jobs) {
    outside++;
    await say('nobody');
    await sleep(3);
  }
}
const running = job();
process.on('message', async (order) => {
  if (order !== 'stop the job') return;
  jobs = false;
  await running;
  process.send({ outside });
});

listening(http.createServer(app));
