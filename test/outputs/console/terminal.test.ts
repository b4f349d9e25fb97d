// What streams and environments ask for.

import { expect, test } from 'vitest';
import { columnsOf, wantsColor } from '../../../src/outputs/console/terminal.js';

const terminal = { write: () => true, isTTY: true, columns: 132 };
const pipe = { write: () => true };

test.each([
  ['a terminal', terminal, {}, true],
  ['a pipe', pipe, {}, false],
  ['a dumb terminal', terminal, { TERM: 'dumb' }, false],
  ['NO_COLOR', terminal, { NO_COLOR: '1' }, false],
  ['NO_COLOR, empty', terminal, { NO_COLOR: '' }, true],
  ['FORCE_COLOR on a pipe', pipe, { FORCE_COLOR: '1' }, true],
  ['FORCE_COLOR, empty', pipe, { FORCE_COLOR: '' }, true],
  ['FORCE_COLOR=0', terminal, { FORCE_COLOR: '0' }, false],
  ['FORCE_COLOR=false', terminal, { FORCE_COLOR: 'false' }, false],
  ['FORCE_COLOR over NO_COLOR', pipe, { FORCE_COLOR: '3', NO_COLOR: '1' }, true],
])('%s', (_name, stream, env, color) => {
  expect(wantsColor(stream, env)).toBe(color);
});

test.each([
  [terminal, 132],
  [pipe, 80],
  [{ ...terminal, columns: 0 }, 80],
])('columns %#', (stream, columns) => {
  expect(columnsOf(stream)).toBe(columns);
});
