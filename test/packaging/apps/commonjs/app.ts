// A CommonJS app in TypeScript: queryscope in one line, with what it prints to stderr.

import type { AddressInfo } from 'node:net';
import express from 'express';
import { Pool } from 'pg';
import { queryscope } from 'queryscope/express';

const pool = new Pool({ connectionString: process.env.DATABASE_URL });
const app = express();
app.use(queryscope());
app.get('/chats', async (_, response) => {
  const chats = await pool.query<{ id: number }>('select id from chat');
  for (const { id } of chats.rows) {
    await pool.query('select text from message where chat_id = $1', [id]);
  }
  response.json(chats.rows);
});

const server = app.listen(0, '127.0.0.1', async () => {
  const { port } = server.address() as AddressInfo;
  const response = await fetch(`http://127.0.0.1:${port}/chats`);
  console.log(response.status, await response.text());
  server.close();
  await pool.end();
});
