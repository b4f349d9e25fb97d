// Decoding, held against Node's own: for maps of any form, every place is found where Node finds it.

import { SourceMap } from 'node:module';
import { expect, test } from 'vitest';
import { Mappings } from '../../src/capture/mappings.js';
import fc from '../support/properties.js';

/** Compiled column, then source, line and column, then a name; the last four or the last may be missing. */
type Segment = [number] | [number, number, number, number] | [number, number, number, number, number];

/** Writes segments as a source map does. */
function encoded(lines: readonly (readonly Segment[])[]): string {
  const last = [0, 0, 0, 0, 0];
  return lines
    .map((segments) => {
      last[0] = 0;
      return segments
        .map((segment) =>
          segment
            .map((value, field) => {
              const difference = value - (last[field] as number);
              last[field] = value;
              return vlq(difference);
            })
            .join(''),
        )
        .join(',');
    })
    .join(';');
}

function vlq(value: number): string {
  let rest = value < 0 ? -value * 2 + 1 : value * 2;
  let digits = '';
  do {
    const more = rest >= 32 ? 32 : 0;
    digits += 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'[(rest % 32) + more];
    rest = Math.floor(rest / 32);
  } while (rest > 0);
  return digits;
}

const number = fc.oneof(fc.nat(5), fc.nat(3_000), fc.nat(1_000_000));
const segment = fc.oneof(
  fc.tuple(number),
  fc.tuple(number, fc.nat(3), number, number),
  fc.tuple(number, fc.nat(3), number, number, fc.nat(9)),
) as fc.Arbitrary<Segment>;
const line = fc
  .uniqueArray(segment, { selector: ([column]) => column, maxLength: 8 })
  .map((row) => row.sort(([a], [b]) => a - b));

test('every place is where Node finds it', () => {
  const sources = ['0', '1', '2', '3'];
  fc.assert(
    fc.property(
      fc.array(line, { maxLength: 8 }),
      fc.array(fc.tuple(fc.nat(9), number), { minLength: 1 }),
      (lines, asked) => {
        // With a line more: Node misreads a segment of one number at the very end.
        const mappings = `${encoded(lines)};`;
        const theirs = new SourceMap({
          version: 3,
          file: '',
          sources,
          sourcesContent: [],
          names: Array(10).fill('n'),
          mappings,
          sourceRoot: '',
        });
        const ours = new Mappings(mappings);
        const starts = lines.flatMap((row, at) => row.map(([column]) => [at, column] as const));
        for (const [at, column] of [...asked, ...starts]) {
          const entry = theirs.findEntry(at, column);
          const known = 'originalSource' in entry && entry.originalSource !== undefined && entry.generatedLine === at;
          expect(ours.find(at, column)).toEqual(
            known
              ? { source: Number(entry.originalSource), line: entry.originalLine, column: entry.originalColumn }
              : null,
          );
        }
      },
    ),
    { seed: 7, numRuns: 300 },
  );
});

test('what is no map says nothing, and ends', () => {
  for (const text of ['', ';', ';;;', ',', '!', '\u20ac', 'A', 'AA', 'g', ';gggggggggggggg']) {
    const mappings = new Mappings(text);
    for (const [at, column] of [
      [0, 0],
      [1, 5],
      [1_000, 0],
    ] as const)
      expect(mappings.find(at, column)?.source ?? 0).toBe(0);
  }
});
