// What is read of a JSON document: rows by their paths, keys and nothing else, and no more than its caps allow.

import { describe, expect, it } from 'vitest';
import { DocumentReader, type Room } from '../../src/profile/documents.js';
import { UNREADABLE } from '../../src/profile/values.js';
import { columnsOf } from './columns-of.js';

const hasRoom: Room = () => true;

/** Path and columns of all rows in these cells. */
function read(cells: readonly unknown[], { positional = false, room = hasRoom } = {}) {
  const reader = new DocumentReader(positional, room);
  for (const cell of cells) reader.read('doc', cell);
  return Object.fromEntries(
    reader.tables.map((rows) => {
      const columns = columnsOf(rows);
      return [rows.path, Object.fromEntries(rows.names.map((name, i) => [name, columns[i]]))];
    }),
  );
}

describe('rows', () => {
  it('of a list, of one object, of lists and objects inside', () => {
    const one = { id: 1, author: { id: 7 }, tags: [{ id: 3 }, { id: 4 }] };
    const two = { id: 2, author: { id: 8 }, tags: [] };
    const author = { id: [7, 8] };
    expect(read([[one, two]])).toMatchObject({ doc: { id: [1, 2] }, 'doc.author': author, 'doc.tags': { id: [3, 4] } });
    expect(read([one, two])).toEqual(read([[one], [two]]));
  });

  it('of a list of scalars: one column of that name', () => {
    expect(read([{ id: 1, seats: [5, 6] }])).toMatchObject({ 'doc.seats': { seats: [5, 6] } });
    expect(read([[1, 2], [3]])).toEqual({ doc: { doc: [1, 2, 3] } });
  });

  it('written as arrays, where the statement builds arrays', () => {
    const rows = [
      [
        1,
        'a',
        [7, 'x'],
        [
          [31, 5],
          [32, 6],
        ],
      ],
      [2, 'b', [8, 'y'], []],
    ];
    const tables = {
      doc: { 'doc[0]': [1, 2], 'doc[1]': ['a', 'b'] },
      'doc[2]': { 'doc[2][0]': [7, 8], 'doc[2][1]': ['x', 'y'] },
      'doc[3]': { 'doc[3][0]': [31, 32], 'doc[3][1]': [5, 6] },
    };
    expect(read([rows], { positional: true })).toMatchObject(tables);
    expect(read(rows, { positional: true })).toMatchObject(tables);
  });

  it('with the columns of the first one', () => {
    expect(read([[{ id: 1 }, { id: 2, late: 3 }, { other: 4 }]])).toEqual({ doc: { id: [1, 2, null] } });
  });
});

describe('values', () => {
  it('that may be keys: whole numbers, short texts, null', () => {
    const later = { id: 'k', at: null, long: 'x'.repeat(129), ratio: 0.5, open: true };
    expect(read([[{ id: 1, at: 'now', long: null, ratio: null, open: null }, later]])).toEqual({
      doc: {
        id: [1, 'k'],
        at: ['now', null],
        long: [null, UNREADABLE],
        ratio: [null, UNREADABLE],
        open: [null, UNREADABLE],
      },
    });
    expect(read([later])).toEqual({ doc: { id: ['k'], at: [null] } });
  });

  it('of nothing but documents', () => {
    expect(read([null, 5, 'text', true, undefined, new Date(), Buffer.from('x'), [], {}])).toEqual({});
  });
});

describe('caps', () => {
  it('reads no deeper than rows in rows in rows', () => {
    let nested: object = { id: 100 };
    for (let depth = 99; depth >= 0; depth--) nested = { id: depth, child: nested };
    expect(Object.values(read([nested])).flatMap(({ id }) => id)).toEqual([0, 1, 2, 3, 4, 5]);
    let list: unknown[] = [];
    for (let depth = 0; depth < 10_000; depth++) list = [list];
    expect(read([list])).toBeDefined();
  });

  it('reads no object that is keyed by values', () => {
    const keyed = Object.fromEntries(Array.from({ length: 1_000 }, (_, key) => [`k${key}`, { id: key }]));
    expect(Object.keys(read([keyed]))).toHaveLength(20);
    const wide = Object.fromEntries(Array.from({ length: 1_000 }, (_, key) => [`k${key}`, key]));
    expect(Object.keys(read([wide]).doc ?? {})).toHaveLength(100);
  });

  it('asks for room row by row, and ends a path that has none', () => {
    const asked: [number, number][] = [];
    const room = (values: number, rows: number) => asked.push([values, rows]) < 3;
    const rows = Array.from({ length: 5 }, (_, id) => ({ id, other: id }));
    expect(read([rows], { room })).toEqual({ doc: { id: [0, 1], other: [0, 1] } });
    expect(asked).toEqual([
      [2, 0],
      [2, 1],
      [2, 2],
    ]);
  });
});
