// How the build lays modules out: each in one file, and no process loads a file that it cannot need. Each file costs a process that loads it, and so does each kilobyte.

import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, expect, test } from 'vitest';

const dist = join(__dirname, '..', '..', 'dist');
/** What the build wrote of modules: by path in dist/, as text. */
const files = new Map<string, string>();

beforeAll(() => {
  if (!existsSync(dist)) throw new Error('There is no dist/ to look at: run "npm run build" first.');
  for (const file of readdirSync(dist, { encoding: 'utf8', recursive: true })) {
    const path = file.replaceAll('\\', '/');
    if (path.endsWith('.js') && !path.startsWith('outputs/html/bundle/'))
      files.set(path, readFileSync(join(dist, file), 'utf8'));
  }
});

test('each module is in one file, so that classes and memories are there once', () => {
  const modules = [...files.values()].flatMap((text) =>
    [...text.matchAll(/^\/\/ (src\/.*)$/gm)].map(([, name]) => name),
  );
  expect(modules.length).toBeGreaterThan(300);
  expect(modules.filter((name, index) => modules.indexOf(name) !== index)).toEqual([]);
});

test('each file is in strict mode, as its sources are', () => {
  expect([...files].filter(([, text]) => !/^(?:#!.*\n)?"use strict";\n/.test(text)).map(([path]) => path)).toEqual([]);
});

test('no file loads one that loads it, and none loads the command', () => {
  const loads = (path: string) =>
    Array.from((files.get(path) ?? '').matchAll(/^const \w+ = require\("(\.[^"]+)"\);$/gm), ([, to]) =>
      posix.join(posix.dirname(path), to as string),
    );
  const loading = (path: string, above: readonly string[]): string[] =>
    above.includes(path) ? [[...above, path].join(' → ')] : loads(path).flatMap((to) => loading(to, [...above, path]));
  const all = [...files.keys()];
  expect(all.flatMap((path) => loading(path, []))).toEqual([]);
  expect(all.flatMap(loads)).toContain('parts/capture.js');
  expect(all.flatMap(loads)).not.toContain('cli/main.js');
});

const APP = ['capture', 'ground', 'judge', 'outputs', 'run', 'texts'];

test.each<[string, string[]]>([
  ['index.js', APP],
  ['express.js', APP],
  ['register.js', APP],
  ['prisma.js', ['capture', 'ground']],
  ['json.js', ['ground', 'outputs', 'run', 'runs', 'texts']],
  ['html.js', ['ground', 'outputs', 'run', 'texts']],
  ['testing/vitest-suite.js', ['capture', 'ground', 'run', 'testing']],
])('%s loads what it needs: %j', async (entry, parts) => {
  const code = `require(${JSON.stringify(join(dist, entry))}); console.log(Object.keys(require.cache).join('\\n'))`;
  const { stdout } = await promisify(execFile)(process.execPath, ['-e', code]);
  const loaded = Array.from(stdout.matchAll(/[\\/]parts[\\/]([a-z-]+)\.js$/gm), ([, part]) => part as string);
  expect(loaded.filter((part) => part !== 'rolldown-runtime').sort()).toEqual(parts);
});

test('a server of https is watched without loading https before the app does', async () => {
  const code = `
    require('./register.js');
    console.log(process.moduleLoadList.includes('NativeModule https'));
    const { Server } = require('https');
    console.log(Object.hasOwn(Server.prototype, 'emit'), Server.prototype.emit === require('net').Server.prototype.emit);`;
  const { stdout } = await promisify(execFile)(process.execPath, ['-e', code], { cwd: dist });
  expect(stdout).toBe('false\nfalse true\n');
});

test('what it exports keeps its name, and is the same from each entry point', async () => {
  const code = `
    const { QueryscopeError, createProfiler } = require('./index.js');
    const { QueryscopeError: ofTests, capture } = require('./testing.js');
    console.log([QueryscopeError, createProfiler, capture, createProfiler().constructor, require('./jest-reporter.js').default].map(({ name }) => name).join(' '));
    import('./index.mjs').then((es) => console.log(QueryscopeError === ofTests, QueryscopeError === es.QueryscopeError));`;
  const { stdout } = await promisify(execFile)(process.execPath, ['-e', code], { cwd: dist });
  expect(stdout).toBe('QueryscopeError createProfiler capture Profiler QueryscopeReporter\ntrue true\n');
});
