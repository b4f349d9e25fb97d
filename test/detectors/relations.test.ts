// What has to hold between findings whatever the request: random timelines, and no label says what is right.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { duplicateStatement } from '../../src/detectors/duplicate-statement.js';
import { detectors } from '../../src/detectors/index.js';
import { nPlusOne } from '../../src/detectors/n-plus-one.js';
import { type ProfileView, viewOf } from '../../src/profile/views.js';
import { profileOf } from '../support/timeline.js';

const id = fc.integer({ min: 1, max: 9 });
const place = fc.constantFrom('a.ts:3 list', 'a.ts:4 list', 'db.ts:2 query < b.ts:7 show', '?');

/** One read of an app: some are sources, some are asked for in loops, some twice. */
const read = fc.oneof(
  fc
    .tuple(fc.uniqueArray(id, { minLength: 1, maxLength: 5 }), place)
    .map(([ids, at]) => `select id from chat -- rows id=${ids} at ${at}`),
  fc
    .tuple(id, fc.array(id, { minLength: 1, maxLength: 4 }), place)
    .map(
      ([chat, senders, at]) =>
        `select * from message where chat_id = $1 -- values ${chat} rows sender_id=${senders} at ${at}`,
    ),
  fc.tuple(id, place).map(([user, at]) => `select * from users where id = $1 -- values ${user} at ${at}`),
  fc.tuple(id, place).map(([user, at]) => `select name from users where id = ${user} -- at ${at}`),
  place.map((at) => `select * from settings -- at ${at}`),
);

/** Another statement of an app. */
const other = fc.oneof(
  fc.tuple(id, place).map(([user, at]) => `update users set name = 'x' where id = $1 -- values ${user} at ${at}`),
  fc.tuple(id, place).map(([user, at]) => `select * from users where id = $1 -- values ${user} error 57P01 at ${at}`),
  fc.constantFrom('begin', 'commit', 'rollback'),
);

/** Where a stack was not taken, a second call site of the shape is itself a reason to be silent. */
const sitedReads = fc.array(
  read.filter((line) => !line.endsWith('?')),
  { minLength: 2, maxLength: 14 },
);
const requests = fc.array(fc.oneof({ arbitrary: read, weight: 4 }, { arbitrary: other, weight: 1 }), {
  minLength: 2,
  maxLength: 14,
});

const view = (lines: readonly string[]): ProfileView => viewOf(profileOf(lines.join('\n')));

/** Texts of the loops found, without the values. */
const loopsIn = (lines: readonly string[]): Set<string> => {
  const seen = view(lines);
  return new Set(nPlusOne.detect(seen).evidence.map(({ statements }) => seen.repeatOf(statements[0]!).shape.text));
};

describe('in any request', () => {
  it('a statement is evidence of one finding, and never both a loop and a duplicate', () => {
    fc.assert(
      fc.property(requests, (lines) => {
        const seen = view(lines);
        const found = [nPlusOne, duplicateStatement].flatMap((detector) =>
          detector.detect(seen).evidence.flatMap(({ statements }) => statements),
        );
        expect(new Set(found).size).toBe(found.length);
      }),
    );
  });

  it('what a detector finds it does not dismiss', () => {
    fc.assert(
      fc.property(requests, (lines) => {
        const seen = view(lines);
        for (const detector of detectors) {
          const { evidence, dismissals } = detector.detect(seen);
          const found = new Set(evidence.flatMap(({ statements }) => statements));
          expect(
            dismissals.flatMap(({ statements }) => statements.filter((statement) => found.has(statement))),
          ).toEqual([]);
        }
      }),
    );
  });

  it('evidence is at least two statements, ascending, later than its source', () => {
    fc.assert(
      fc.property(requests, (lines) => {
        const seen = view(lines);
        for (const { statements, source } of detectors.flatMap((detector) => detector.detect(seen).evidence)) {
          expect(statements.length).toBeGreaterThanOrEqual(2);
          expect([...statements].sort((a, b) => a - b)).toEqual(statements);
          expect([...source].sort((a, b) => a - b)).toEqual(source);
          if (source.length > 0) expect(source[0]!).toBeLessThan(statements[0]!);
        }
      }),
    );
  });

  it('leaving another read out creates no loop', () => {
    fc.assert(
      fc.property(sitedReads, fc.nat(), (lines, at) => {
        const [removed] = view([lines[at % lines.length]!]).repeats;
        const left = lines.toSpliced(at % lines.length, 1);
        for (const loop of loopsIn(left)) if (loop !== removed!.shape.text) expect(loopsIn(lines)).toContain(loop);
      }),
    );
  });
});

describe('more turns of a loop', () => {
  const RANK = { possible: 0, likely: 1, proven: 2 };
  const turns = (rows: readonly number[], table: string, column: string) => [
    `select sender_id from message -- rows sender_id=${rows}`,
    'select * from settings',
    ...rows.map((row) => `select * from ${table} where ${column} = $1 -- values ${row}`),
  ];

  it.each([
    ['whose names agree', 'sender', 'id'],
    ['whose names are silent', 'users', 'id'],
  ])('never weaken a finding %s', (_, table, column) => {
    const rows = fc.uniqueArray(fc.integer({ min: 1, max: 500 }), { minLength: 3, maxLength: 12 });
    fc.assert(
      fc.property(rows, (all) => {
        const confidence = (lines: readonly string[]) => nPlusOne.detect(view(lines)).evidence[0]?.confidence;
        const few = confidence(turns(all.slice(0, -1), table, column));
        const more = confidence(turns(all, table, column));
        expect(few).toBeDefined();
        expect(RANK[more!]).toBeGreaterThanOrEqual(RANK[few!]);
      }),
    );
  });
});
