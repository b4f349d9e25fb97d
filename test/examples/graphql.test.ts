// The example over HTTP on a real PostgreSQL: loops that GraphQL turns, at the lines of the resolvers, and what DataLoaders make of them.

import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { GraphQLInt, GraphQLObjectType, GraphQLSchema, graphql } from 'graphql';
import pg from 'pg';
import { createProfiler } from 'queryscope';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTables, seed } from '../../examples/chats/seed.js';
import { type Database, openDatabase } from '../../examples/database.js';
import { createApp } from '../../examples/graphql/app.js';
import { batchedLoaders, lazyLoaders } from '../../examples/graphql/loaders.js';
import { schema } from '../../examples/graphql/schema.js';
import { type Visit, visit } from '../../examples/visit.js';
import { consoleText } from '../../src/outputs/console.js';
import { sourceReader } from '../../src/report/code-frame.js';
import { TIMELESS } from '../support/timeless.js';

const ROOT = join(__dirname, '../..');
const QUERY = '{ chats { id messages { text sender { username } } } }';

let database: Database;
let pool: pg.Pool;

beforeAll(async () => {
  database = await openDatabase();
  pool = new pg.Pool({ connectionString: database.url });
  await createTables(pool);
  await seed(pool, { chats: 2 });
});

afterAll(async () => {
  await pool?.end();
  await database?.stop();
});

/** Each path in turn, in one process: the first visit of each is the first that queryscope sees of it. */
async function ask(...paths: string[]): Promise<Visit[]> {
  const asks = paths.map((path) => ({ path, body: { query: QUERY } }));
  const visits = await visit((profiler) => createApp(pool, profiler), asks, [], TIMELESS);
  expect(visits.map(({ status }) => status)).toEqual(paths.map(() => 200));
  return visits;
}

/** `examples/graphql/schema.ts:34`, the line of the schema that has this text. */
function lineOf(text: string): string {
  const file = join(ROOT, 'examples/graphql/schema.ts');
  const line = readFileSync(file, 'utf8')
    .split('\n')
    .findIndex((candidate) => candidate.includes(text));
  expect(line, text).not.toBe(-1);
  return `${relative(ROOT, file)}:${line + 1}`;
}

test('two proven loops, at the lines of the resolvers, from the first visit on', async () => {
  for (const { report } of await ask('/graphql', '/graphql')) {
    expect(report.profile.label).toBe('POST /graphql');
    expect(report.profile.statements.length).toBe(23);
    const told = report.findings.map(
      ({ detector, confidence, data, callSite }) =>
        `${detector} ${confidence} ×${data.count} at ${callSite?.file}:${callSite?.line}`,
    );
    expect(told).toEqual([
      `n-plus-one proven ×2 at ${lineOf('loaders.messagesOf(id)')}`,
      `n-plus-one proven ×20 at ${lineOf('loaders.user(sender_id)')}`,
    ]);
    for (const { advice } of report.findings)
      expect(advice).toContain('DataLoader, `loader.load(key)`, made anew for each request');
  }
});

test('a DataLoader for each request: three statements, and nothing to say', async () => {
  for (const { report } of await ask('/graphql/batched', '/graphql/batched')) {
    expect(report.profile.statements.length).toBe(3);
    expect(report.findings).toEqual([]);
    expect(consoleText(report, { width: 80, color: false })).toBe('');
  }
});

test('a loop that a resolver turns itself is told as any other', async () => {
  const fields = {
    senders: {
      type: GraphQLInt,
      async resolve() {
        const { rows } = await pool.query<{ sender_id: number }>('select sender_id from message');
        for (const { sender_id } of rows) await pool.query('select username from users where id = $1', [sender_id]);
        return rows.length;
      },
    },
  };
  const looping = new GraphQLSchema({ query: new GraphQLObjectType({ name: 'Query', fields }) });
  const profiler = createProfiler({ outputs: [], enabled: true, root: ROOT, detectors: TIMELESS });
  profiler.instrument(pg);
  const { result, report } = await profiler.capture(() => graphql({ schema: looping, source: '{ senders }' }));
  await profiler.close();
  expect(result.data).toEqual({ senders: 20 });
  expect(report.findings.map(({ detector, confidence, advice }) => `${detector} ${confidence}: ${advice}`)).toEqual([
    'n-plus-one proven: Ask once for all rows: bind the values as one array and give each row its own from the result.',
  ]);
});

test('both answer the same', async () => {
  const answers = [lazyLoaders, batchedLoaders].map((loadersOf) =>
    graphql({ schema, source: QUERY, contextValue: loadersOf(pool) }),
  );
  const [lazy, batched] = await Promise.all(answers);
  expect(lazy?.errors).toBeUndefined();
  expect(JSON.stringify(lazy)).toContain('{"text":"message 1","sender":{"username":"user 11"}}');
  expect(batched).toEqual(lazy);
});

test('what the console draws of it', async () => {
  const [lazy] = await ask('/graphql');
  const drawn = consoleText(lazy!.report, { width: 80, color: false, read: sourceReader(ROOT) });
  await expect(drawn.replace(/[\d.,]+ of [\d.,]+ ms/, '… of … ms')).toMatchFileSnapshot('golden/graphql.txt');
});
