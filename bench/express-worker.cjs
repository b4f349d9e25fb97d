// An Express app that is watched by one variant, on a real PostgreSQL, in a process of its own.

'use strict';

const { once } = require('node:events');
const { variants } = require('./variants.cjs');
const { workloads } = require('./workloads.cjs');

/** As pg's own pools have them. */
const CONNECTIONS = 10;

async function main(variant, url) {
  const { middleware, onReport } = variants[variant](() => require('pg'));
  let recorded = 0;
  onReport?.(() => recorded++);
  const express = require('express');
  const { Pool } = require('pg');
  const pool = new Pool({ connectionString: url, max: CONNECTIONS });
  const app = express();
  app.use(middleware());
  app.get('/page/:id', async (_req, res) => {
    res.json(await workloads.story(pool));
  });
  const server = app.listen(0, '127.0.0.1');
  await once(server, 'listening');
  process.on('message', async ({ end }) => {
    if (!end) return process.send({ ...process.cpuUsage(), recorded });
    server.close();
    server.closeAllConnections();
    await pool.end();
    process.disconnect();
  });
  process.send({ port: server.address().port });
}

main(...process.argv.slice(2));
