// What has to hold between findings whatever the request: random timelines, and no label says what is right.

import { describe, expect, it } from 'vitest';
import type { Detector } from '../../src/detectors/detector.js';
import { duplicateStatement } from '../../src/detectors/duplicate-statement.js';
import { detectors } from '../../src/detectors/index.js';
import { nPlusOne } from '../../src/detectors/n-plus-one.js';
import { writeLoop } from '../../src/detectors/write-loop.js';
import { type ProfileView, viewOf } from '../../src/profile/views.js';
import fc from '../support/properties.js';
import { growingLoop, isReason, type Lines, reads, request } from '../support/random-timelines.js';
import { profileOf, reportOf } from '../support/timeline.js';

/** Requests drawn for each relation; `.ci/full` draws more. */
const RUNS = Number(process.env.QUERYSCOPE_RUNS ?? 300);

const view = (lines: readonly string[]): ProfileView => viewOf(profileOf(lines.join('\n')));

/** Detectors of repeated statements, whose evidence is never shared. */
const LOOPS = [nPlusOne, writeLoop];
const REPEATS = [...LOOPS, duplicateStatement];

const RANK = { possible: 0, likely: 1, proven: 2 };

interface Found {
  /** Detector and shape. */
  what: string;
  rank: number;
  statements: number;
  /** Shape and column of what feeds it; null where that is not known. */
  source: string | null;
}

function foundIn(lines: Lines, by: readonly Detector[] = REPEATS): Found[] {
  const seen = view(lines);
  return by.flatMap((detector) =>
    detector.detect(seen).evidence.map(({ statements, source, confidence, data }) => ({
      what: `${detector.meta.id} ${seen.repeatOf(statements[0] as number).shape.text}`,
      rank: RANK[confidence],
      statements: statements.length,
      source:
        source.length === 0
          ? null
          : `${seen.repeatOf(source[0] as number).shape.text} ${String(data.sourceColumn).split('.').at(-1)}`,
    })),
  );
}

/** What a line gives to a loop: its shape, and the one column that its rows have. */
const sourceOf = (line: string): string => `${shapeOf(line)} ${/ rows (\w+)=/.exec(line)?.[1]}`;

const shapeOf = (line: string): string => view([line]).repeats[0]?.shape.text as string;

describe('in any request', () => {
  it('a statement is evidence of one finding, and never both a loop and a duplicate', () => {
    fc.assert(
      fc.property(request, (lines) => {
        const seen = view(lines);
        const found = REPEATS.flatMap((detector) =>
          detector.detect(seen).evidence.flatMap(({ statements }) => statements),
        );
        expect(new Set(found).size).toBe(found.length);
      }),
      { numRuns: RUNS },
    );
  });

  it('a repeat is never both a loop and a duplicate', () => {
    fc.assert(
      fc.property(request, (lines) => {
        const seen = view(lines);
        const repeatsOf = (detector: Detector) =>
          new Set(
            detector.detect(seen).evidence.flatMap(({ statements }) => statements.map((at) => seen.repeatOf(at))),
          );
        const loops = repeatsOf(nPlusOne);
        expect([...repeatsOf(duplicateStatement)].filter((repeat) => loops.has(repeat))).toEqual([]);
      }),
      { numRuns: RUNS },
    );
  });

  it('what a detector finds it does not dismiss', () => {
    fc.assert(
      fc.property(request, (lines) => {
        const seen = view(lines);
        for (const detector of detectors) {
          const { evidence, dismissals } = detector.detect(seen);
          const found = new Set(evidence.flatMap(({ statements }) => statements));
          expect(
            dismissals.flatMap(({ statements }) => statements.filter((statement) => found.has(statement))),
          ).toEqual([]);
        }
      }),
      { numRuns: RUNS },
    );
  });

  it('evidence of a repeat is at least two statements, ascending, later than its source', () => {
    fc.assert(
      fc.property(request, (lines) => {
        const seen = view(lines);
        for (const { statements, source } of REPEATS.flatMap((detector) => detector.detect(seen).evidence)) {
          expect(statements.length).toBeGreaterThanOrEqual(2);
          expect([...statements].sort((a, b) => a - b)).toEqual(statements);
          expect([...source].sort((a, b) => a - b)).toEqual(source);
          if (source.length > 0) expect(source[0] as number).toBeLessThan(statements[0] as number);
        }
      }),
      { numRuns: RUNS },
    );
  });
});

describe('leaving a statement out', () => {
  it('creates no finding, unless it was a reason for silence', () => {
    fc.assert(
      fc.property(request, fc.nat(), (lines, choice) => {
        const at = choice % lines.length;
        const removed = lines[at] as string;
        // what returned rows may have been a rival of a source, or told what a column refers to: a reason for silence as well
        if (isReason(removed) || removed.includes(' rows ')) return;
        const before = new Set(foundIn(lines).map(({ what }) => what));
        const created = foundIn(lines.toSpliced(at, 1)).filter(({ what }) => !before.has(what));
        // what is left of the removed one's own repeat may be equal statements now, or have one call site less
        expect(created.filter(({ what }) => !what.endsWith(` ${shapeOf(removed)}`))).toEqual([]);
      }),
      { numRuns: RUNS },
    );
  });
});

describe('more turns of a loop', () => {
  it('never weaken a finding, whatever stands before and after it', () => {
    fc.assert(
      fc.property(reads, growingLoop, reads, (before, { few, more }, after) => {
        const found = foundIn([...before, ...more, ...after], LOOPS);
        for (const { what, rank, statements, source } of foundIn([...before, ...few, ...after], LOOPS)) {
          if (!what.endsWith(` ${shapeOf(few[1] as string)}`)) continue;
          // What stood before may hold the first turns' values by chance, and not the next one's: that was no source.
          if (source !== null && source !== sourceOf(few[0] as string)) continue;
          const same = found.filter((other) => other.what === what);
          expect(Math.max(...same.map((other) => other.rank))).toBeGreaterThanOrEqual(rank);
          // Lines that were one loop's arms may turn out to be two loops.
          expect(same.reduce((sum, other) => sum + other.statements, 0)).toBeGreaterThanOrEqual(statements);
        }
      }),
      { numRuns: RUNS },
    );
  });

  it('find in a growing loop alone what they found', () => {
    fc.assert(
      fc.property(growingLoop, ({ few, more }) => {
        const [least] = foundIn(few, LOOPS);
        const [most] = foundIn(more, LOOPS);
        expect(most?.rank ?? -1).toBeGreaterThanOrEqual(least?.rank ?? -1);
      }),
      { numRuns: RUNS },
    );
  });
});

describe('another request', () => {
  it('changes nothing, whatever was read before', () => {
    fc.assert(
      fc.property(request, request, (lines, others) => {
        const alone = JSON.stringify(reportOf(lines.join('\n')));
        reportOf(others.join('\n'));
        expect(JSON.stringify(reportOf(lines.join('\n')))).toBe(alone);
      }),
      { numRuns: RUNS },
    );
  });
});
