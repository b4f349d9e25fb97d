// The app around the two ways: GraphQL over an ordinary Express app. The one line that is queryscope's is marked.

import express, { type Express } from 'express';
import { graphql } from 'graphql';
import type { Pool } from 'pg';
import type { Profiler } from 'queryscope';
import { batchedLoaders, lazyLoaders } from './loaders.js';
import { type Loaders, schema } from './schema.js';

export function createApp(pool: Pool, profiler: Profiler): Express {
  const app = express();
  app.use(profiler.express()); // ← this one
  app.use(express.json());
  app.post('/graphql', async ({ body }, response) => void response.json(await answer(body.query, lazyLoaders(pool))));
  app.post('/graphql/batched', async ({ body }, response) => {
    response.json(await answer(body.query, batchedLoaders(pool)));
  });
  return app;
}

function answer(source: string, loaders: Loaders): ReturnType<typeof graphql> {
  return graphql({ schema, source, contextValue: loaders });
}
