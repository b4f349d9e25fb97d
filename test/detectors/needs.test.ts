// What detectors say they need is what they need: where a scope has none of it they are not asked, so they must have nothing to say.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mayFind } from '../../src/detectors/detector.js';
import { detectors } from '../../src/detectors/index.js';
import { viewOf } from '../../src/profile/views.js';
import { reads, request } from '../support/random-timelines.js';
import { profileOf } from '../support/timeline.js';

const NOTHING = { evidence: [], dismissals: [] };

describe('a detector that is not asked', () => {
  it.each(detectors.filter(({ needs }) => needs !== undefined))('$meta.id has nothing to say', (detector) => {
    let passed = 0;
    const any = fc.oneof(
      reads,
      request,
      request.map((lines) => [...new Set(lines)].slice(0, 4)),
    );
    fc.assert(
      fc.property(any, (lines) => {
        const view = viewOf(profileOf(lines.join('\n')));
        if (mayFind(detector, view)) return;
        passed++;
        expect(detector.detect(view)).toEqual(NOTHING);
      }),
    );
    expect(passed).toBeGreaterThan(0);
  });
});

describe('what a view says of repetition', () => {
  const repeats = (...lines: string[]) => {
    const { repeatedReads, repeatedWrites } = viewOf(profileOf(lines.join('\n')));
    return { repeatedReads, repeatedWrites };
  };
  const read = 'select * from users where id = $1 -- values 1';
  const write = 'insert into log (a) values ($1) -- values 1';

  it.each([
    [[read, write], false, false],
    [[read, 'select * from chat', read], true, false],
    [[read, write, write], false, true],
    [[write, read, write, read], true, true],
  ])('%j: reads %s, writes %s', (lines, repeatedReads, repeatedWrites) => {
    expect(repeats(...lines)).toEqual({ repeatedReads, repeatedWrites });
  });

  it('counts the executions of a shape over its repeats', () => {
    const { repeats } = viewOf(profileOf([`${read} at a.ts:3 list`, `${read} at b.ts:9 show`, write].join('\n')));
    expect(repeats.map(({ statements, ofShape }) => [statements.length, ofShape])).toEqual([
      [1, 2],
      [1, 2],
      [1, 1],
    ]);
  });
});
