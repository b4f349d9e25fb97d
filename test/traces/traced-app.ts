// The story's app in a process of its own, which knows nothing of tracing: answers a request for each path that it is given, and ends.

import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import express from 'express';
import pg from 'pg';
import { batchedChats, lazyChats } from '../../examples/chats/chats.js';
import { inTransaction, makeTransfer } from '../../examples/transfer/transfer.js';

async function main([url, ...paths]: readonly string[]): Promise<void> {
  const pool = new pg.Pool({ connectionString: url });
  const app = express();
  app.get('/chats', async (_request, response) => void response.json(await lazyChats(pool)));
  app.get('/chats/batched', async (_request, response) => void response.json(await batchedChats(pool)));
  app.post('/transfers', async (_request, response) => {
    await makeTransfer(pool, 1, 2, 10);
    response.json('sent');
  });
  app.post('/transfers/whole', async (_request, response) => {
    await inTransaction(pool, (client) => makeTransfer(client, 1, 2, 10));
    response.json('sent');
  });
  const server = app.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  for (const path of paths) {
    const [method, where] = path.split(' ') as [string, string];
    await fetch(`http://127.0.0.1:${port}${where}`, { method, headers: { connection: 'close' } });
  }
  server.close();
  await pool.end();
}

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
