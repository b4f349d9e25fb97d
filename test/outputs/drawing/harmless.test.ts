// Nothing that a terminal would obey gets through.

import { expect, test } from 'vitest';
import { lines, oneLine } from '../../../src/outputs/drawing/harmless.js';

test.each([
  ['  a\n\tb\r\n c ', 'a b c'],
  ['\u001b[31mred\u001b[0m', '␛[31mred␛[0m'],
  ['\u0000\u0007\u007f', '␀␇␡'],
  ['\u0085x\u009b2J', '�x�2J'],
  ['a\u202eb\u2066c\u200fd', 'a�b�c�d'],
  ['a\u2028b', 'a b'],
  ['half \ud83d of a pair, \ude00 too, 😀 whole', 'half � of a pair, � too, 😀 whole'],
  ['聊天 e\u0301 └─', '聊天 e\u0301 └─'],
])('%j is shown as %j', (text, shown) => {
  expect(oneLine(text)).toBe(shown);
});

test('lines keep their indentation', () => {
  expect(lines('a\r\n\tb\n  c\u001b[1m')).toEqual(['a', '  b', '  c␛[1m']);
});
