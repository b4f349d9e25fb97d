// The program of one library as an app: a route for each thing that it does, and a handle for each size of its pool (`/lazy?max=1`).

import { once } from 'node:events';
import { createServer } from 'node:http';

const program = await import(`./${process.env.LIBRARY}/program.mjs`);
const handles = new Map();

/** Opened by the first request that needs it: an app whose connections are set up while its first visitor waits. */
function handleOf(max) {
  let handle = handles.get(max);
  if (handle === undefined) {
    handle = Promise.resolve(program.open({ url: process.env.DATABASE, max }));
    handles.set(max, handle);
  }
  return handle;
}

const server = createServer(async (request, response) => {
  const { pathname, searchParams } = new URL(request.url, 'http://localhost');
  const play = program[pathname.slice(1)];
  if (play === undefined) return void response.writeHead(404).end();
  try {
    const handle = await handleOf(Number(searchParams.get('max') ?? 10));
    await play(handle, searchParams.getAll('id').map(Number));
    response.end();
  } catch (error) {
    if (pathname !== '/failed') console.error(error);
    response.writeHead(500).end();
  }
});

process.on('message', () => {
  const { openScopes, unattributed } = globalThis[Symbol.for('queryscope.state.v1')];
  process.send({ count: { open: openScopes, outside: unattributed } });
});
process.on('disconnect', async () => {
  server.close();
  server.closeAllConnections();
  for (const handle of handles.values()) await program.close(await handle);
});

server.listen(0, '127.0.0.1');
await once(server, 'listening');
process.send({ port: server.address().port });
