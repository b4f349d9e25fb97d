// What users write of their query wrappers, and which frames that means.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { wrapperTest } from '../../src/capture/wrappers.js';
import { createProfiler } from '../../src/index.js';
import { freshDatabase } from '../postgres.js';
import { TIMELESS } from '../support/timeless.js';
import { temporaryDirectory } from './compiled.js';

test.each([
  ['query', 'src/db.ts', 'query', true],
  ['query', 'src/query.ts', 'run', false],
  ['query', 'src/db.ts', null, false],
  ['src/db.ts', 'src/db.ts', 'run', true],
  ['./src/db.ts', 'src/db.ts', null, true],
  ['db.ts', 'src/deep/db.ts', 'run', true],
  ['db.ts', 'src/mydb.ts', 'run', false],
  ['db.ts', 'src/dbxts', 'run', false],
  ['src/db/**', 'src/db/pool/query.ts', 'run', true],
  ['src/db/*', 'src/db/pool/query.ts', 'run', false],
  ['src/**/db.ts', 'src/db.ts', 'run', true],
  ['src/**/db.ts', 'src/a/b/db.ts', 'run', true],
  ['*.repository.ts', 'src/users.repository.ts', 'run', true],
  ['src/d?.ts', 'src/db.ts', 'run', true],
  ['src/(api)/[id]+.ts', 'src/(api)/[id]+.ts', 'run', true],
])('%s: %s %s is a wrapper: %s', (word, file, name, expected) => {
  expect(wrapperTest([word])({ file, line: 1, column: 1, function: name })).toBe(expected);
});

describe('an app whose statements all pass through functions of its own', () => {
  const directory = temporaryDirectory('ours');
  const files = {
    // It tries again, so it sends from two lines; and it is what all requests run through.
    'db/query.js': `
      exports.query = async function query(pool, text, values) {
        try {
          return (await pool.query(text, values)).rows;
        } catch {
          return (await pool.query(text, values)).rows;
        }
      };`,
    'db/crud.js': `
      const { query } = require('./query.js');
      exports.all = (pool, table) => query(pool, 'select id from ' + table);
      exports.find = async (pool, table, column, value) => await query(pool, 'select * from ' + table + ' where ' + column + ' = $1', [value]);
      exports.insert = (pool, name) => query(pool, 'insert into tag (name) values ($1)', [name]);`,
    'chats.js': `
      const { all, find, insert } = require('./db/crud.js');
      exports.list = async (pool) => {
        for (const { id } of await all(pool, 'chat'))
          for (const message of await find(pool, 'message', 'chat_id', id)) // #messages
            await find(pool, 'users', 'id', message.sender_id); // #sender
      };
      exports.tags = (pool) => Promise.all(['a', 'b', 'c'].map((name) => insert(pool, name))); // #tags
      exports.once = async (pool) => {
        await find(pool, 'users', 'id', 1);
        await find(pool, 'users', 'id', 1); // #again
      };`,
  };
  let pool: pg.Pool;

  beforeAll(async () => {
    mkdirSync(join(directory.path, 'db'));
    for (const [file, text] of Object.entries(files)) writeFileSync(join(directory.path, file), text);
    pool = new pg.Pool({ connectionString: await freshDatabase() });
    await pool.query(`
      create table users (id int, username text);
      create table chat (id int);
      create table message (id int, chat_id int, sender_id int);
      create table tag (name text);
      insert into users select n from generate_series(1, 20) n;
      insert into chat values (1), (2);
      insert into message select n, 1 + n % 2, 1 + (n * 7) % 20 from generate_series(1, 20) n`);
  });
  afterAll(async () => {
    await pool?.end();
    directory.remove();
  });

  /** The marks of the lines that findings name, and the files of all frames that they show, of a first and a second visit. */
  async function visited(what: string, wrappers: string[]) {
    const profiler = createProfiler({
      outputs: [],
      enabled: true,
      root: directory.path,
      wrappers,
      detectors: TIMELESS,
    });
    profiler.wrap(pool);
    const app = createRequire(join(directory.path, 'app.js'))('./chats.js');
    const visits = [];
    for (let visit = 0; visit < 2; visit++) {
      const { report } = await profiler.capture(`GET /${what}`, () => app[what](pool));
      const sites = report.findings.flatMap(({ callSite }) => callSite ?? []);
      const marks = sites.map(({ file, line }) => {
        const source = readFileSync(join(directory.path, file), 'utf8').split('\n');
        return /#\w+$/.exec(source[line - 1] ?? '')?.[0] ?? `${file}:${line}`;
      });
      const frames = report.profile.statements.flatMap(
        ({ callSite }) => callSite?.frames.map(({ file }) => file) ?? [],
      );
      visits.push({
        marks: marks.join(' '),
        files: [...new Set(frames)].filter((file) => !file.startsWith('/')).sort(),
      });
    }
    await profiler.close();
    return visits;
  }

  test.each([
    ['list', '#messages #sender'],
    ['tags', '#tags'],
    ['once', '#again'],
  ])('%s: where they are named, no line of theirs is shown, nor kept', async (what, marks) => {
    for (const wrappers of [['db/**'], ['*.repository.js', 'query', 'all', 'find', 'insert', 'crud.js']])
      expect(await visited(what, wrappers)).toEqual(Array(2).fill({ marks, files: ['chats.js'] }));
  });

  test('the loops are found without it as well, by where their ways part', async () => {
    const [first] = await visited('list', []);
    expect(first).toEqual({ marks: '#messages #sender', files: ['chats.js', 'db/crud.js', 'db/query.js'] });
  });
});
