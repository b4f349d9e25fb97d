// One form for one value, and how unlikely it is that values meet by chance.

import { describe, expect, it } from 'vitest';
import { runAtOnce } from '../../src/profile/slices.js';
import { Bits, canonical, display, keep, UNREADABLE } from '../../src/profile/values.js';

const key = (value: unknown) => canonical(keep(value));

describe('one form for one value', () => {
  it.each<[unknown, unknown]>([
    [5, '5'],
    [5n, '5'],
    [-0, 0],
    ['9223372036854775807', 9223372036854775807n],
    ['7A0C1F8E-1111-4222-8333-444455556666', '7a0c1f8e-1111-4222-8333-444455556666'],
    [new Date('2024-03-01T10:20:30.000Z'), '2024-03-01T10:20:30Z'],
    [new Date('2024-03-01T10:20:30.000Z'), '2024-03-01 12:20:30+02'],
    [new Date(2024, 2, 1), '2024-03-01'],
    [
      [1, '2'],
      ['1', 2n],
    ],
    [undefined, null],
  ])('%o is %o', (a, b) => {
    expect(key(a)).toBe(key(b));
  });

  it.each<[unknown, unknown]>([
    ['a', 'A'],
    ['05', 5],
    [true, 1],
    [true, 'true'],
    [null, 'null'],
    [[1, 2], ['1,2']],
    [[[1], 2], [[1, 2]]],
    [new Date('2024-03-01T10:20:30.000Z'), new Date('2024-03-01T10:20:30.001Z')],
  ])('%o is not %o', (a, b) => {
    expect(key(a)).not.toBe(key(b));
  });

  it('keeps a copy that later changes cannot reach', () => {
    const list = [1, 2];
    const date = new Date(0);
    const keptList = keep(list);
    const keptDate = keep(date);
    list.length = 0;
    date.setTime(5);
    expect(keptList).toEqual([1, 2]);
    expect(keptDate).toEqual(keep(new Date(0)));
  });

  it('never runs code of the app', () => {
    const explode = (): never => {
      throw new Error('was run');
    };
    const hostile = {
      toString: explode,
      toJSON: explode,
      valueOf: explode,
      [Symbol.toPrimitive]: explode,
      toPostgres: explode,
    };
    Object.defineProperty(hostile, 'x', { get: explode, enumerable: true });
    for (const value of [hostile, Buffer.from('x'), explode, Symbol('s')]) expect(keep(value)).toBe(UNREADABLE);
    const cycle: unknown[] = [];
    cycle.push(cycle);
    expect(canonical(keep(cycle))).toBeUndefined();
  });

  it('shows a sample as a person reads it', () => {
    expect([null, 1, 'x', new Date(0), [1, 'a'], { secret: 1 }].map((value) => display(keep(value)))).toEqual([
      'NULL',
      '1',
      'x',
      '1970-01-01T00:00:00.000Z',
      '[1, a]',
      '[object]',
    ]);
  });
});

describe('how unlikely it is that values meet by chance', () => {
  const bits = (...values: unknown[]): number => {
    const all = new Bits();
    for (const value of values) all.add(key(value) as string);
    return Math.round(runAtOnce(all.sum()));
  };
  it.each<[string, unknown[], number]>([
    ['a dense run from 1', [1, 2, 3, 4, 5], 1],
    ['two fresh ids', [7, 9], 4],
    ['ids with gaps', [4011, 4090, 4444, 5120], 36],
    ['one uuid', ['7a0c1f8e-1111-4222-8333-444455556666'], 144],
    ['plain words', ['open', 'closed', 'void'], 0],
    ['truth values', [true, false], 0],
    ['bare dates', ['2024-03-01', '2024-03-02'], 0],
    ['instants', [new Date('2024-03-01T10:20:30.123Z'), new Date('2024-03-01T11:21:31.456Z')], 40],
    ['codes', ['A-1009', 'B-2017'], 48],
  ])('%s', (_, values, expected) => {
    expect(bits(...values)).toBe(expected);
  });
});
