// A server in a process of its own, as a suite starts one: a table of users over HTTP. Says its port to whoever started it. Asked to die it does, before anything can
// be told of that request.

const http = require('node:http');
const pg = require('pg');

const pool = new pg.Pool({ connectionString: process.env.DATABASE, max: 2 });

const server = http.createServer(async (request, response) => {
  if (request.url === '/die') response.once('finish', () => process.kill(process.pid, 'SIGKILL'));
  else for (const id of request.url.slice(1).split(',')) await pool.query('select $1::int as id', [id]);
  response.end('done');
});

server.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }));
