// Measuring, cutting and wrapping where characters and terminal cells differ.

import { expect, test } from 'vitest';
import { cellsOf, cutEnd, cutMiddle, cutStart, padTo, wrap } from '../../../src/outputs/drawing/cells.js';

test.each([
  ['', 0],
  ['src/chats.ts', 12],
  ['└─ 2×', 5],
  ['聊天室', 6],
  ['ﾊﾝｶｸ', 4],
  ['ＡＢ', 4],
  ['한국', 4],
  ['e\u0301', 1],
  ['👩‍👩‍👧‍👦!', 3],
  ['\u200b', 0],
])('%j takes %i cells', (text, cells) => {
  expect(cellsOf(text)).toBe(cells);
});

test.each([
  [cutEnd, 'abcdefgh', 5, 'abcd…'],
  [cutStart, 'abcdefgh', 5, '…efgh'],
  [cutMiddle, 'abcdefgh', 5, 'ab…gh'],
  [cutMiddle, 'one two three', 8, 'one…ree'],
  [cutEnd, '聊天室聊天室', 6, '聊天…'],
  [cutStart, '聊天室聊天室', 6, '…天室'],
  [cutMiddle, '聊天室聊天室', 6, '聊…室'],
  [cutEnd, 'fits', 4, 'fits'],
])('%o', (cut, text, cells, expected) => {
  expect(cut(text, cells)).toBe(expected);
  expect(cellsOf(cut(text, cells))).toBeLessThanOrEqual(cells);
});

test('padding counts cells, and never cuts', () => {
  expect(padTo('聊天', 6)).toBe('聊天  ');
  expect(padTo('聊天', 3)).toBe('聊天');
});

test.each([
  ['one two three', 7, ['one two', 'three']],
  ['  many   blanks\n\there ', 20, ['many blanks here']],
  ['a wordlongerthanaline b', 8, ['a', 'wordlong', 'erthanal', 'ine b']],
  ['聊天室聊天室', 5, ['聊天', '室聊', '天室']],
  ['聊天', 1, ['聊', '天']],
  ['', 10, []],
])('wraps %j at %i', (text, cells, expected) => {
  expect(wrap(text, cells)).toEqual(expected);
});
