// The chats of the first example, traced: calls them once, and draws what a collector got. `npx tsx examples/opentelemetry/demo.ts` after `npm run build`.

import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import express from 'express';
import pg from 'pg';
import { createProfiler } from 'queryscope';
import { otelOutput } from 'queryscope/otel';
import { createApp } from '../chats/app.js';
import { createTables, seed } from '../chats/seed.js';
import { openDatabase } from '../database.js';
import { Collector } from './collector.js';
import { startTracing, traced } from './tracing.js';

async function main(): Promise<void> {
  const collector = await Collector.start();
  const provider = startTracing(collector.url);
  const database = await openDatabase();
  const pool = new pg.Pool({ connectionString: database.url });
  try {
    await createTables(pool);
    await seed(pool, { chats: 2 });

    const profiler = createProfiler({ outputs: [otelOutput()], enabled: true });
    profiler.instrument(pg);
    const server = express().use(traced).use(createApp(pool, profiler)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    for (const path of ['/chats', '/chats/batched']) {
      await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`, {
        headers: { connection: 'close' },
      });
    }
    server.close();

    await profiler.close();
    await provider.shutdown();
    process.stdout.write(`What the collector got:\n\n${collector.drawing()}\n`);
  } finally {
    collector.stop();
    await pool.end();
    await database.stop();
  }
}

main().catch((error: unknown) => {
  process.exitCode = 1;
  process.stderr.write(`The demo did not get through: ${error instanceof Error ? error.message : String(error)}\n`);
});
