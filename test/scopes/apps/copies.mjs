// Two versions of pg in one request, and one of them again by require.

import http from 'node:http';
import { createRequire } from 'node:module';
import pg from 'pg';
import older from 'pg8.8';
import shared from './app.cjs';

const required = createRequire(import.meta.url)('pg8.8');
const pools = [pg, older, required].map(({ Pool }) => new Pool({ connectionString: process.env.DATABASE, max: 1 }));
shared.listening(
  http.createServer(async (req, res) => {
    const id = Number(req.url.split('/')[2]);
    for (const pool of pools) await pool.query('select $1::int as request', [id]);
    res.end();
  }),
);
