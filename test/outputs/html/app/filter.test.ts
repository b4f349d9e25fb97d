// The filter's words, and what meets them.

import { expect, test } from 'vitest';
import { filterFrom, meets } from '../../../../src/outputs/html/app/filter.js';

const LINE = {
  detector: ['n-plus-one'],
  route: ['GET /chats/:id', 'GET /users'],
  table: ['message', 'users'],
  file: ['src/chats.ts:22 lazyChats'],
  text: ['23 statements where 3 do'],
};

test.each([
  ['', true],
  ['   ', true],
  ['detector:n-plus', true],
  ['detector:torn-write', false],
  ['DETECTOR:N-PLUS', true],
  ['route:"GET /chats"', true],
  ['route:"GET /chats', true],
  ['route:/users table:message', true],
  ['route:/users table:orders', false],
  ['file:chats.ts:22', true],
  ['23 where', true],
  ['lazychats message', true],
  ['table:', true],
  ['table:statements', false],
  ['other:message', false],
  ['"statements where"', true],
  ['"where statements"', false],
])('%j: %j', (text, isMet) => {
  expect(meets(filterFrom(text), LINE)).toBe(isMet);
});
