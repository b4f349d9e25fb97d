// Lines as they were written: in processes as users start them, and for every form of map beside or inside a compiled file.

import { mkdirSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { originalOnDisk, originalPosition } from '../../src/capture/source-map.js';
import { compile, compileSource, runNode, temporaryDirectory } from './compiled.js';

const directory = temporaryDirectory();
afterAll(() => directory.remove());

describe('in a process of', () => {
  /** Compiling it moves every line and column: types go away, and what is left is written anew. */
  const program = `
interface Gone {
  one: string;
}
type Also = Gone | { two: number };

const { SiteCounters } = require(process.env.QUERYSCOPE_SOURCE + '/capture/call-site.js');
const { AppSites } = require(process.env.QUERYSCOPE_SOURCE + '/capture/sites.js');
const counters = new SiteCounters('always');
const traces: unknown[] = [];
const send: (id: number) => Promise<void> = (id) => { traces.push(counters.capture('select', 0, send, null)); return new Promise(setImmediate); }

async function load(id: number): Promise<void> {
  const also: Also | null = null; await send(id);
}

async function list(ids: number[]) {
  for (const id of ids as unknown as Iterable<number>)
    await load(id);
}

void list([1, 2] satisfies number[]).then(() => {
  const sites = new AppSites({ root: process.env.QUERYSCOPE_ROOT });
  console.log(sites.siteOf(traces[1]).frames.map((frame: any) =>
    \`\${frame.async ? 'async ' : ''}\${frame.function} \${frame.file}:\${frame.line}:\${frame.column}\`).join('\\n'));
});`;

  const written = 'load app/main.ts:14:41\nlist app/main.ts:19:11';
  const source = join(directory.path, 'app', 'main.ts');
  let env: Record<string, string>;

  beforeAll(() => {
    mkdirSync(join(directory.path, 'app'));
    writeFileSync(source, program);
    env = {
      QUERYSCOPE_SOURCE: compileSource(['capture/call-site.ts', 'capture/sites.ts'], directory.path),
      QUERYSCOPE_ROOT: directory.path,
    };
  });

  test.each([
    ['tsx', ['--import', 'tsx', source]],
    ['tsx, for CommonJS only', ['--require', 'tsx/cjs', source]],
  ])('%s', (_name, args) => {
    expect(runNode(args, directory.path, env)).toBe(written);
  });

  test.each([
    ['tsc with maps beside the files', ['--sourceMap'], []],
    ['tsc with maps inside the files', ['--inlineSourceMap', '--inlineSources'], []],
    [
      'tsc with maps that have a root',
      ['--sourceMap', '--sourceRoot', pathToFileURL(join(directory.path, 'app')).href],
      [],
    ],
    ['tsc and Node with its own source maps', ['--sourceMap'], ['--enable-source-maps']],
    ['tsc and Node with frozen intrinsics', ['--sourceMap'], ['--no-warnings', '--frozen-intrinsics']],
  ])('%s', (name, options, args) => {
    const out = join(directory.path, name.replaceAll(' ', '-'));
    compile([source], join(directory.path, 'app'), out, ...options);
    expect(runNode([...args, join(out, 'main.js')], directory.path, env)).toBe(written);
  });

  test('tsc without maps: the lines that ran', () => {
    const out = join(directory.path, 'without');
    compile([source], join(directory.path, 'app'), out, '--sourceMap', 'false');
    expect(runNode([join(out, 'main.js')], directory.path, env)).toMatch(
      /^load without\/main\.js:\d+:\d+\nlist without\/main\.js:\d+:\d+$/,
    );
  });
});

describe('a compiled file', () => {
  /** Line 2, column 3 of the compiled file is line 5, column 7 of chats.ts. */
  const map = {
    version: 3,
    file: 'chats.js',
    sources: ['../src/chats.ts'],
    sourcesContent: ['…'],
    names: [],
    mappings: ';EAIM',
  };
  const base64 = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64');
  const original = { file: pathToFileURL(join(directory.path, 'src/chats.ts')).href, line: 5, column: 7 };
  let files = 0;

  /** Writes a compiled file with these last lines; asks for a position in it. */
  function asked(ending: string, { line = 2, column = 3, beside = null as string | null } = {}) {
    const dist = join(directory.path, 'dist');
    mkdirSync(dist, { recursive: true });
    const file = join(dist, `chats${files++}.js`);
    writeFileSync(file, `"use strict";\n  load();\n  more();\n${ending}`);
    if (beside !== null) writeFileSync(join(dist, 'chats.js.map'), beside);
    const position = originalPosition({ file, line, column });
    expect(originalOnDisk({ file: pathToFileURL(file).href, line, column })).toEqual(position);
    return position;
  }

  test.each([
    ['beside it', '//# sourceMappingURL=chats.js.map', JSON.stringify(map)],
    ['inside it, as base64', `//# sourceMappingURL=data:application/json;base64,${base64(map)}\n`, null],
    [
      'inside it, with a charset',
      `//# sourceMappingURL=data:application/json;charset=utf-8;base64,${base64(map)}`,
      null,
    ],
    [
      'inside it, percent-encoded',
      `//# sourceMappingURL=data:application/json,${encodeURIComponent(JSON.stringify(map))}`,
      null,
    ],
    [
      'with a root of its sources',
      `//# sourceMappingURL=chats.js.map`,
      JSON.stringify({ ...map, sourceRoot: '../src', sources: ['chats.ts'] }),
    ],
    [
      'in sections',
      '//# sourceMappingURL=chats.js.map',
      JSON.stringify({
        version: 3,
        sections: [
          { offset: { line: 0, column: 0 }, map: { ...map, mappings: 'AAAA' } },
          { offset: { line: 1, column: 0 }, map: { ...map, mappings: 'EAIM' } },
          { offset: { line: 1, column: 9 }, map: { ...map, mappings: 'AAAA' } },
        ],
      }),
    ],
  ])('has a map %s', (_how, ending, beside) => {
    expect(asked(ending, { beside })).toEqual(original);
  });

  test('is asked for a place that its map does not speak of', () => {
    const ending = `//# sourceMappingURL=data:application/json;base64,${base64(map)}`;
    expect(asked(ending, { line: 1, column: 1 })).toBeNull();
    expect(asked(ending, { line: 3, column: 3 })).toBeNull();
  });

  test.each([
    ['no map', ''],
    ['a map that is not there', '//# sourceMappingURL=nowhere.js.map'],
    ['a map on another machine', '//# sourceMappingURL=https://example.org/chats.js.map'],
    ['a map that is none', '//# sourceMappingURL=data:application/json;base64,bm90IGpzb24='],
    ['the words elsewhere', `//# sourceMappingURL=data:application/json;base64,${base64(map)}\nmore();`],
  ])('has %s', (_what, ending) => {
    expect(asked(ending)).toBeNull();
  });

  test('is too large', () => {
    const file = join(directory.path, 'large.js');
    writeFileSync(file, '');
    truncateSync(file, 33 * 1024 * 1024);
    expect(originalPosition({ file, line: 1, column: 1 })).toBeNull();
  });

  test('is not there', () => {
    for (const file of [
      '/nowhere/chats.js',
      'relative.js',
      'evalmachine.<anonymous>',
      'webpack:///chats.js',
      'file://host/x.js',
      '',
    ]) {
      expect(originalPosition({ file, line: 1, column: 1 })).toBeNull();
    }
  });
});
