// Which frame is named: each case is a loop's stack beside its source's, innermost first, and the line that a reader would
// point at.

import { expect, it } from 'vitest';
import { siteOf } from '../../src/profile/call-sites.js';
import { innerSite, loopSite, shareFunction } from '../../src/profile/loop-frame.js';
import type { CallSite } from '../../src/profile/types.js';

const site = (stack: string): CallSite | null =>
  siteOf(
    stack.split(' < ').map((frame) => {
      const [, async, file, line, column = '1', name] = /^(async )?([^:]+):(\d+)(?::(\d+))?(?: (.+))?$/.exec(frame)!;
      return {
        file: file!,
        line: Number(line),
        column: Number(column),
        function: name ?? null,
        ...(async && { async: true as const }),
      };
    }),
  );

it.each([
  {
    name: 'both in one function',
    loop: 'chats.ts:14 list < app.ts:5 handler',
    source: 'chats.ts:12 list < app.ts:5 handler',
    named: 'chats.ts:14',
  },
  {
    name: 'through one wrapper of the driver',
    loop: 'db.ts:3 query < chats.ts:14 list < app.ts:5 handler',
    source: 'db.ts:3 query < chats.ts:12 list < app.ts:5 handler',
    named: 'chats.ts:14',
  },
  {
    name: 'through a repository',
    loop: 'db.ts:3 query < users.ts:5 find < chats.ts:16 list',
    source: 'db.ts:3 query < messages.ts:4 ofChat < chats.ts:14 list',
    named: 'chats.ts:16',
  },
  {
    name: 'through a wrapper with two lines that send',
    loop: 'db.ts:5 query < users.ts:5 find < chats.ts:16 list',
    source: 'db.ts:6 query < messages.ts:4 ofChat < chats.ts:14 list',
    named: 'chats.ts:16',
  },
  {
    name: 'both calls in one line',
    loop: 'messages.ts:4 ofChat < chats.ts:14:48 list',
    source: 'chats.ts:3 all < chats.ts:14:24 list',
    named: 'chats.ts:14',
  },
  {
    name: 'through one call of a wrapper, awaited on one of the two ways',
    loop: 'async db.ts:9:5 query < chats.ts:14 list',
    source: 'db.ts:9:11 query < app.ts:3 handler',
    named: 'chats.ts:14',
  },
  {
    name: 'from a callback without its callers, through a helper of another file',
    loop: 'messages.ts:4 ofChat < chats.ts:16',
    source: 'messages.ts:2 all < chats.ts:12 list < app.ts:5 handler',
    named: 'chats.ts:16',
  },
  {
    name: 'without a common function',
    loop: 'db.ts:3 query < worker.ts:9 work',
    source: 'db.ts:3 query < chats.ts:12 list',
    named: 'worker.ts:9',
  },
  {
    name: 'at the very same line, such as one generic helper',
    loop: 'db.ts:3 query < app.ts:5 handler',
    source: 'db.ts:3 query < app.ts:5 handler',
    named: 'db.ts:3',
  },
  { name: 'without a known source', loop: 'users.ts:5 find < chats.ts:16 list', source: null, named: 'users.ts:5' },
])('$name', ({ loop, source, named }) => {
  const result = loopSite(site(loop), source === null ? null : site(source));
  expect(`${result?.file}:${result?.line}`).toBe(named);
  expect(result?.frames).toEqual(site(loop)?.frames);
});

const HANDLERS = { loop: 'chats.ts:64 joined < app.ts:13', source: 'chats.ts:20 lazy < app.ts:11' };

it('functions without a name are one function where both sites were captured', () => {
  expect(loopSite(site(HANDLERS.loop), site(HANDLERS.source))).toMatchObject({ file: 'app.ts', line: 13 });
});

it('functions without a name say nothing where the source is assumed', () => {
  const assumed = { ...(site(HANDLERS.source) as CallSite), assumed: true as const };
  expect(loopSite(site(HANDLERS.loop), assumed)).toMatchObject({ file: 'chats.ts', line: 64 });
});

it('no call site stays none', () => {
  expect(loopSite(null, site('chats.ts:12 list'))).toBeNull();
});

it.each([
  [
    'the function that asked for it inside',
    'db.ts:3 transaction < user.ts:20 charge < async db.ts:4 transaction < async app.ts:10 pay',
    'db.ts:3 transaction < app.ts:10 pay',
    'user.ts:20',
  ],
  [
    'where one function sent both, as it is',
    'app.ts:12 pay < app.ts:3 post',
    'app.ts:10 pay < app.ts:3 post',
    'app.ts:12',
  ],
  ['a function of its own', 'user.ts:20 charge < app.ts:12 pay', 'app.ts:10 pay', 'user.ts:20'],
])('inside another: %s', (_, inner, outer, named) => {
  const found = innerSite(site(inner), site(outer))!;
  expect(`${found.file}:${found.line}`).toBe(named);
});

it('has no inner line without a stack, and takes it as it is without an outer one', () => {
  expect(innerSite(null, site('app.ts:1 pay'))).toBeNull();
  expect(innerSite(site('app.ts:1 pay'), null)).toMatchObject({ file: 'app.ts', line: 1 });
});

it.each([
  ['app.ts:12 pay < app.ts:3 post', 'audit.ts:9 note < app.ts:3 post', true],
  ['app.ts:12 pay', 'audit.ts:9 note', false],
])('%s and %s share a function: %s', (one, other, expected) => {
  expect(shareFunction(site(one), site(other))).toBe(expected);
  expect(shareFunction(site(one), null)).toBe(false);
});
