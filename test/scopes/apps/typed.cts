// TypeScript that a loader has to read: compiled to CommonJS on the way.

import http from 'node:http';
import type { AddressInfo } from 'node:net';
import pg from 'pg';

const pool: pg.Pool = new pg.Pool({ connectionString: process.env.DATABASE, max: 1 });
const server = http.createServer(async (req, res) => {
  const id = Number((req.url ?? '').split('/')[2]);
  const { rows } = await pool.query<{ request: number }>('select $1::int as request', [id]);
  res.end(JSON.stringify(rows[0]));
});
server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }));
process.on('message', () => process.send?.({ count: { open: 0, outside: 0 } }));
process.on('disconnect', () => process.exit());
