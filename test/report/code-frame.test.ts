// Frames as pictures (numbers, marks, text), and what the reader refuses to read.

import { mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type CodeFrame, codeFrames, sourceReader } from '../../src/report/code-frame.js';

const FILE = `import { db } from './db';

export async function list() {
\tconst chats = await db.chats();
\tfor (const chat of chats) {
\t\tchat.messages = await db.messages(chat.id);
\t}

\treturn chats;
}

const one = (id) =>
  db.query(
    'select 1',
    [id],
  );
`;

function picture(frames: readonly CodeFrame[]): string {
  return frames
    .map(({ file, lines }) =>
      [file, ...lines.map(({ number, text, marked }) => `${marked ? '▸' : ' '} ${number} │ ${text}`)].join('\n'),
    )
    .join('\n');
}

describe('frames', () => {
  const read = (file: string) => (file === 'a.ts' || file === 'b.ts' ? FILE.split('\n') : null);
  const at = (...lines: number[]) => lines.map((line) => ({ file: 'a.ts', line }));
  const cases: Record<string, [{ file: string; line: number }[], string]> = {
    'a line with its loop, without what only closes': [
      at(6),
      `a.ts
  5 │ for (const chat of chats) {
▸ 6 │   chat.messages = await db.messages(chat.id);`,
    ],
    'close lines in one frame, in the order of the file': [
      at(9, 6, 4),
      `a.ts
  3 │ export async function list() {
▸ 4 │   const chats = await db.chats();
  5 │   for (const chat of chats) {
▸ 6 │     chat.messages = await db.messages(chat.id);
  7 │   }
  8 │${' '}
▸ 9 │   return chats;`,
    ],
    'distant lines in two': [
      at(1, 13),
      `a.ts
▸ 1 │ import { db } from './db';
a.ts
  12 │ const one = (id) =>
▸ 13 │   db.query(
  14 │     'select 1',`,
    ],
    'several files in the order in which they are named': [
      [...at(1), { file: 'b.ts', line: 1 }, { file: 'missing.ts', line: 1 }],
      `a.ts
▸ 1 │ import { db } from './db';
b.ts
▸ 1 │ import { db } from './db';`,
    ],
    'the same line once': [at(1, 1), "a.ts\n▸ 1 │ import { db } from './db';"],
    'a line that only closes, where it is the marked one': [at(16), 'a.ts\n  15 │   [id],\n▸ 16 │ );'],
    'none beyond the file': [at(0, -1, 99), ''],
    'none for nothing': [[], ''],
  };

  test.each(Object.entries(cases))('%s', (_name, [places, expected]) => {
    expect(picture(codeFrames(places, read))).toBe(expected);
  });
});

describe('the reader', () => {
  let root: string;
  const write = (file: string, text: string) => writeFileSync(join(root, file), text);

  beforeAll(() => {
    root = mkdtempSync(join(tmpdir(), 'queryscope-frame-'));
    mkdirSync(join(root, 'app/src'), { recursive: true });
    write('outside.ts', 'secret');
    write('app/.env', 'PASSWORD=x');
    write('app/src/a.ts', 'one\r\ntwo\nthree');
    write('app/bundle.js', 'x'.repeat(1024 * 1024 + 1));
  });
  afterAll(() => rmSync(root, { recursive: true }));

  test.each([
    ['a source file', 'src/a.ts', ['one', 'two', 'three']],
    ['one named absolutely', () => join(root, 'app/src/a.ts'), ['one', 'two', 'three']],
    ['one that is not there', 'src/b.ts', null],
    ['a folder', 'src', null],
    ['one outside the root', '../outside.ts', null],
    ['one outside the root, named absolutely', () => join(root, 'outside.ts'), null],
    ['one that is no source', '.env', null],
    ['one that is too large', 'bundle.js', null],
    ['a name that no file can have', 'a\0.ts', null],
    ['an empty name', '', null],
  ])('%s', (_name, file, expected) => {
    expect(sourceReader(join(root, 'app'))(typeof file === 'function' ? file() : file)).toEqual(expected);
  });

  test('reads a file again when it changed', () => {
    const read = sourceReader(join(root, 'app'));
    write('app/src/c.ts', 'before');
    const before = read('src/c.ts');
    expect(read('src/c.ts')).toBe(before);
    write('app/src/c.ts', 'after');
    utimesSync(join(root, 'app/src/c.ts'), new Date(), new Date(Date.now() + 5_000));
    expect(read('src/c.ts')).toEqual(['after']);
  });

  test('a link out of the root is not followed', () => {
    symlinkSync(join(root, 'outside.ts'), join(root, 'app/link.ts'));
    expect(sourceReader(join(root, 'app'))('link.ts')).toBeNull();
  });
});
