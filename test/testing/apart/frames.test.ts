// Messages come whole out of parts of any size.

import { expect, test } from 'vitest';
import { Frames, frameOf } from '../../../src/testing/apart/frames.js';
import { randomOf } from '../../support/random-requests.js';

const MESSAGES = [
  { is: 'hello' },
  { text: 'ä'.repeat(700), big: 5n, gone: undefined, at: new Date(0) },
  [],
  null,
  { n: Number.NaN },
];

test('whatever parts they come in', () => {
  const bytes = Buffer.concat(MESSAGES.map(frameOf));
  for (let seed = 0; seed < 200; seed++) {
    const random = randomOf(seed);
    const taken: unknown[] = [];
    const frames = new Frames((message) => taken.push(message), 10_000);
    for (let at = 0; at < bytes.length; ) {
      const length = 1 + Math.floor(random() ** 4 * bytes.length);
      frames.add(bytes.subarray(at, at + length));
      at += length;
    }
    expect(taken).toEqual(MESSAGES);
  }
});

test('what is longer than a message may be is refused before it has come', () => {
  const frames = new Frames(() => {}, 100);
  expect(() => frames.add(frameOf('x'.repeat(200)).subarray(0, 4))).toThrow('at most 100 are taken');
});
