// The one line, in apps as users write and start them: a process each, with real HTTP and a real PostgreSQL.

import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compileSource, runNode, temporaryDirectory } from './capture/compiled.js';
import { freshDatabase } from './postgres.js';

const directory = temporaryDirectory();
afterAll(() => directory.remove());

let env: Record<string, string>;

beforeAll(async () => {
  env = {
    DATABASE: await freshDatabase(),
    QUERYSCOPE_EXPRESS: join(compileSource(['express.ts'], directory.path), 'express.js'),
    NODE_ENV: '',
  };
  // What each app does once it listens: it answers one request, tells what was reported of it, and ends.
  writeFileSync(
    join(directory.path, 'visit.cjs'),
    `const lines = [];
    exports.output = {
      name: 'lines',
      write({ profile }) {
        lines.push(profile.label + ' ' + profile.outcome.status + ':');
        for (const { sql, callSite } of profile.statements) lines.push(sql + ' at ' + callSite.file + ' #' + callSite.function);
      },
    };
    exports.visit = async (app, pool) => {
      const server = app.listen(0, '127.0.0.1');
      await new Promise((done) => server.once('listening', done));
      const response = await fetch('http://127.0.0.1:' + server.address().port + '/users/7');
      await response.text();
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
      await pool.end();
      process.on('exit', () => console.log(lines.length > 0 ? lines.join('\\n') : 'nothing recorded of a ' + response.status));
    };`,
  );
});

/** The rest of the app, the same for all. */
const app = `
const pool = new pg.Pool({ connectionString: process.env.DATABASE });
const app = express();
app.use(queryscope({ outputs: [output], root: __DIRECTORY__ }));
app.get('/users/:id', async function user(req, res) {
  const { rows } = await pool.query('select $1::int as id', [req.params.id]);
  res.json(rows);
});
void visit(app, pool);
`;

const required = (...names: ('queryscope' | 'pg' | 'express' | 'express4')[]) => {
  const lines = {
    queryscope: 'const { queryscope } = require(process.env.QUERYSCOPE_EXPRESS);',
    pg: "const pg = require('pg');",
    express: "const express = require('express');",
    express4: "const express = require('express4');",
  };
  return [...names.map((name) => lines[name]), "const { output, visit } = require('./visit.cjs');", app].join('\n');
};

const imported = (express: string) => `
import { createRequire } from 'node:module';
import express from '${express}';
import pg from 'pg';
import visiting from './visit.cjs';
const { output, visit } = visiting;
const { queryscope } = createRequire(import.meta.url)(process.env.QUERYSCOPE_EXPRESS);
`;

function run(
  name: string,
  program: string,
  { args = [] as string[], settings = {} as Record<string, string> } = {},
): string {
  writeFileSync(join(directory.path, name), program.replace('__DIRECTORY__', JSON.stringify(directory.path)));
  return runNode([...args, join(directory.path, name)], directory.path, { ...env, ...settings });
}

const recorded = (file: string) => `GET /users/:id 200:\nselect $1::int as id at ${file} #user`;

describe('app.use(queryscope()) watches pg', () => {
  test.each([
    ['required before it', 'before.cjs', required('pg', 'queryscope', 'express')],
    ['required after it', 'after.cjs', required('queryscope', 'express', 'pg')],
    ['beside Express 4', 'four.cjs', required('express4', 'queryscope', 'pg')],
    ['imported', 'imported.mjs', imported('express') + app],
    ['imported, beside Express 4', 'imported-four.mjs', imported('express4') + app],
  ])('%s', (_how, name, program) => {
    expect(run(name, program)).toBe(recorded(name));
  });

  test('in TypeScript that tsx runs', () => {
    expect(run('typed.mts', imported('express') + app, { args: ['--import', 'tsx'] })).toBe(recorded('typed.mts'));
    expect(
      run('typed.ts', imported('express') + app.replace('void visit', 'visit'), { args: ['--import', 'tsx'] }),
    ).toBe(recorded('typed.ts'));
  });
});

test('app.use(queryscope()) without options takes those of the config file', () => {
  const config = join(directory.path, 'queryscope.config.cjs');
  writeFileSync(config, `module.exports = { outputs: [require('./visit.cjs').output], root: __dirname };`);
  const program = required('pg', 'queryscope', 'express');
  const configured = program.replace(/queryscope\(\{.*?\}\)/, 'queryscope()');
  try {
    expect(configured).not.toBe(program);
    expect(run('configured.cjs', configured)).toBe(recorded('configured.cjs'));
  } finally {
    rmSync(config);
  }
});

describe('in production', () => {
  const program = required('queryscope', 'express', 'pg');

  test('it is off, and says so once', () => {
    const settings = { NODE_ENV: 'production' };
    const listening = "process.stderr.write = (line) => process.stdout.write('said: ' + line);\n";
    const twice = program.replace('app.use(queryscope(', 'app.use(queryscope({ outputs: [output] }), queryscope(');
    expect(run('production.cjs', listening + twice, { settings })).toBe(
      'said: queryscope: off, because NODE_ENV is production; QUERYSCOPE=1 or the option `enabled` turns it on\nnothing recorded of a 200',
    );
  });

  test('it is on where the process asks for it', () => {
    const settings = { NODE_ENV: 'production', QUERYSCOPE: '1' };
    expect(run('asked-for.cjs', program, { settings })).toBe(recorded('asked-for.cjs'));
  });
});
