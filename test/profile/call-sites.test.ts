// Stacks as V8 really gives them for one line of code, written as one line of text each.

import { describe, expect, test } from 'vitest';
import { longerOf, sameSite, siteOf } from '../../src/profile/call-sites.js';
import type { CallSite, Frame } from '../../src/profile/types.js';

/** `load a.ts:3:5 < async list b.ts:9:2`: innermost first. */
function framesOf(picture: string): Frame[] {
  return picture.split(' < ').map((text) => {
    const [, async, name, file, line, column] = /^(async )?(\S+) (\S+?):(\d+):(\d+)$/.exec(text) ?? [];
    return {
      file: file as string,
      line: Number(line),
      column: Number(column),
      function: name === '-' ? null : (name as string),
      ...(async ? { async: true as const } : {}),
    };
  });
}

function site(picture: string): CallSite {
  return siteOf(framesOf(picture)) as CallSite;
}

const pairs: Record<string, [boolean, string, string]> = {
  'the very same stack': [true, 'load a.ts:3:5 < list b.ts:9:2', 'load a.ts:3:5 < list b.ts:9:2'],
  'the first turn of a loop and a later one': [
    true,
    'load a.ts:3:5 < list b.ts:9:22 < auth c.ts:4:3',
    'load a.ts:3:5 < async list b.ts:9:2',
  ],
  'two calls in one line': [false, 'load a.ts:3:5 < all c.ts:4:3', 'load a.ts:3:5 < all c.ts:4:12'],
  'two that are awaited in one line': [
    false,
    'load a.ts:3:5 < async all c.ts:4:3',
    'load a.ts:3:5 < async all c.ts:4:12',
  ],
  'called by one function and awaited by another': [
    true,
    'load a.ts:3:5 < each b.ts:9:22 < all c.ts:4:3',
    'load a.ts:3:5 < async all c.ts:6:3',
  ],
  'called from two lines': [false, 'load a.ts:3:5 < all c.ts:4:3', 'load a.ts:3:5 < all c.ts:5:3'],
  'awaited on two lines': [false, 'load a.ts:3:5 < async all c.ts:4:3', 'load a.ts:3:5 < async all c.ts:5:3'],
  'captured less deep': [true, 'load a.ts:3:5', 'load a.ts:3:5 < list b.ts:9:2 < run d.ts:1:1'],
  'another line of the caller': [false, 'load a.ts:3:5 < list b.ts:9:2', 'load a.ts:3:5 < list b.ts:10:2'],
  'another line': [false, 'load a.ts:3:5', 'load a.ts:4:5'],
  'another file': [false, 'load a.ts:3:5', 'load b.ts:3:5'],
  'another function on the line': [false, 'load a.ts:3:5', '- a.ts:3:5'],
  'a caller in between': [false, 'load a.ts:3:5 < list b.ts:9:2', 'load a.ts:3:5 < each e.ts:1:1 < list b.ts:9:2'],
};

describe('sameSite', () => {
  test.each(Object.entries(pairs))('%s', (_name, [same, a, b]) => {
    expect(sameSite(site(a), site(b))).toBe(same);
    expect(sameSite(site(b), site(a))).toBe(same);
  });

  test('a stack without frames is no site, not even its own', () => {
    const empty: CallSite = { file: '', line: 0, column: 0, function: null, frames: [] };
    expect(sameSite(empty, empty)).toBe(false);
    expect(sameSite(empty, site('load a.ts:3:5'))).toBe(false);
  });
});

test('siteOf shows the innermost frame, keeps all of them, and is null without any', () => {
  const frames = framesOf('load a.ts:3:5 < async list b.ts:9:2');
  expect(siteOf(frames)).toEqual({ file: 'a.ts', line: 3, column: 5, function: 'load', frames });
  expect(siteOf([])).toBeNull();
});

test('longerOf takes the deeper stack, and the first of two equally deep ones', () => {
  const short = site('load a.ts:3:5');
  const long = site('load a.ts:3:16 < list b.ts:9:2');
  const other = site('load a.ts:3:5 < async list b.ts:9:2');
  expect(longerOf(short, long)).toBe(long);
  expect(longerOf(long, short)).toBe(long);
  expect(longerOf(long, other)).toBe(long);
});

test('longerOf keeps the most packages, and a resolver only where both show one', () => {
  const short: CallSite = { ...site('load a.ts:3:5'), through: ['objection', 'knex'], resolver: true };
  const long: CallSite = { ...site('load a.ts:3:16 < list b.ts:9:2'), through: ['knex'], resolver: true };
  expect(longerOf(short, long)).toEqual({ ...long, through: ['objection', 'knex'] });
  const waited = site('load a.ts:3:5 < async list b.ts:9:2');
  expect(longerOf(waited, short)).toEqual({ ...waited, through: ['objection', 'knex'] });
  expect(longerOf(short, waited)).toEqual({ ...waited, through: ['objection', 'knex'] });
});
