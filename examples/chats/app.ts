// The app around the three ways: an ordinary Express app. The one line that is queryscope's is marked.

import express, { type Express } from 'express';
import type { Pool } from 'pg';
import type { Profiler } from 'queryscope';
import { batchedChats, joinedChats, lazyChats } from './chats.js';

export function createApp(pool: Pool, profiler: Profiler): Express {
  const app = express();
  app.use(profiler.express()); // ← this one
  app.get('/chats', async (_request, response) => void response.json(await lazyChats(pool)));
  app.get('/chats/batched', async (_request, response) => void response.json(await batchedChats(pool)));
  app.get('/chats/joined', async (_request, response) => void response.json(await joinedChats(pool)));
  return app;
}
