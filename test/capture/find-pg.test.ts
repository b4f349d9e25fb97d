// Finding pg in processes as users start them: by import and require, before and after, beside loaders, in several copies.

import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compileSource, runNode, temporaryDirectory } from './compiled.js';

const directory = temporaryDirectory();
afterAll(() => directory.remove());

let env: Record<string, string>;

beforeAll(() => {
  const source = compileSource(['capture/find-pg.ts'], directory.path);
  env = { FINDER: join(source, 'capture', 'find-pg.js') };
  // A copy of pg that is another module: as an ORM with a version of its own brings it.
  const other = join(directory.path, 'orm', 'node_modules');
  mkdirSync(other, { recursive: true });
  for (const name of ['pg', 'pg-pool'])
    cpSync(join(directory.path, 'node_modules', name), join(other, name), { recursive: true });
  writeFileSync(join(directory.path, 'orm', 'index.js'), "exports.pg = require('pg');");
  write(
    'start.cjs',
    'globalThis.found = []; globalThis.finder = new (require(process.env.FINDER).PgFinder)((pg) => found.push(pg));',
  );
  write('import-later.mjs', "globalThis.pg = (await import('pg')).default;");
});

function write(name: string, text: string): void {
  writeFileSync(join(directory.path, name), text);
}

/** Says whether what the app calls pg, and nothing else, was found. */
const verdict = '; console.log(found.length === 1 && found[0] === pg ? "found" : found.length);';

/** Runs a program; answers what it printed. */
function run(name: string, text: string, ...args: string[]): string {
  write(name, text);
  return runNode([...args, join(directory.path, name)], directory.path, env);
}

describe('pg is found', () => {
  test.each([
    ['required before', 'a.cjs', `const pg = require('pg'); require('./start.cjs')${verdict}`],
    ['required after', 'b.cjs', `require('./start.cjs'); const pg = require('pg')${verdict}`],
    [
      'required twice',
      'c.cjs',
      `require('./start.cjs'); require('pg'); const pg = require('pg'); finder.scopeOpens()${verdict}`,
    ],
    ['imported before', 'd.mjs', `import pg from 'pg'; await import('./start.cjs')${verdict}`],
    ['imported after', 'e.mjs', `import './start.cjs'; import pg from 'pg'${verdict}`],
    ['imported later', 'f.mjs', `import './start.cjs'; const { default: pg } = await import('pg')${verdict}`],
  ])('%s', (_how, name, program) => {
    expect(run(name, program)).toBe('found');
  });

  test('where a loader stands in front, once a scope opens', () => {
    const program = `import './start.cjs'; import pg from 'pg'; finder.scopeOpens()${verdict}`;
    for (const name of ['g.mts', 'g.cts', 'g.ts']) expect(run(name, program, '--import', 'tsx')).toBe('found');
    expect(
      run('h.mts', `import pg from 'pg'; finder.scopeOpens()${verdict}`, '--require', './start.cjs', '--import', 'tsx'),
    ).toBe('found');
  });

  test('where a late scope is the first to load it', () => {
    const program = `
      import './start.cjs';
      for (let scope = 1; scope < 5; scope++) finder.scopeOpens();
      const { default: pg } = await import('pg');
      for (let scope = 5; scope <= 8; scope++) finder.scopeOpens()${verdict}`;
    expect(run('i.mts', program, '--import', 'tsx')).toBe('found');
  });

  test('in every copy', () => {
    const program = `
      require('./start.cjs');
      const pg = require('pg');
      const { pg: other } = require('./orm');
      console.log(found.length, found[0] === pg, found[1] === other, pg !== other, finder.scopeOpens());`;
    expect(run('j.cjs', program)).toBe('2 true true true undefined');
  });
});

test('modules that only look like it are left alone, and their getters too', () => {
  write(
    'looks.cjs',
    `
    exports.Pool = class {};
    exports.Client = class { query() {} };
  `,
  );
  write(
    'getters.cjs',
    `
    for (const name of ['Pool', 'Client', 'default']) Object.defineProperty(exports, name, { enumerable: true, get() { throw new Error('asked for ' + name); } });
  `,
  );
  write('throws.cjs', 'module.exports = new Proxy({}, { getOwnPropertyDescriptor() { throw new Error("trap"); } });');
  const program = `
    require('./start.cjs'); require('./looks.cjs'); require('./getters.cjs'); require('./throws.cjs'); finder.scopeOpens();
    console.log(found.length);`;
  expect(run('k.cjs', program)).toBe('0');
});

test('stop() puts the loader back, or passes calls through below a wrapper of somebody else', () => {
  const program = `
    const Module = require('node:module');
    const before = Module._load;
    const { PgFinder } = require(process.env.FINDER);
    const found = [];
    const first = new PgFinder(() => found.push('first'));
    first.stop();
    const restored = Module._load === before;
    const second = new PgFinder(() => found.push('second'));
    const ours = Module._load;
    const theirs = function (...args) { return ours.apply(this, args); };
    Module._load = theirs;
    second.stop();
    require('pg'); first.scopeOpens(); second.scopeOpens();
    console.log(restored, Module._load === theirs, found.length);`;
  expect(run('l.cjs', program)).toBe('true true 0');
});
