// Logs as disks, shippers and people leave them: cut anywhere, with bits turned over, with lines missing or twice. Nothing throws, nothing is said to be
// proven that was not, and each line that is not understood is counted.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { csvlog, jsonlog, stderr } from '../../src/logs/postgres/server-formats.js';
import { django, sqlalchemy } from '../../src/logs/python/orm-formats.js';
import fc from '../support/properties.js';
import { judgeLog } from './judged-log.js';

const FORMATS = [
  ['csvlog', csvlog, 'story.csv'],
  ['jsonlog', jsonlog, 'story.json'],
  ['stderr', stderr, 'story.log'],
  ['sqlalchemy', sqlalchemy, 'sqlalchemy.log'],
  ['django', django, 'django.log'],
] as const;

/** What happens to a log, at a place of it between 0 and 1. */
const damages = {
  cut: (text: string, at: number) => text.slice(0, at),
  'begun late': (text: string, at: number) => text.slice(at),
  'a hole': (text: string, at: number) => text.slice(0, at) + text.slice(at + 700),
  'a bit turned over': (text: string, at: number) =>
    text.slice(0, at) + String.fromCharCode(text.charCodeAt(at) ^ 8) + text.slice(at + 1),
  'a quote more': (text: string, at: number) => `${text.slice(0, at)}"${text.slice(at)}`,
  'zeros written': (text: string, at: number) => text.slice(0, at) + '\0'.repeat(50) + text.slice(at + 50),
  'written twice': (text: string, at: number) => text.slice(0, at) + text.slice(Math.max(0, at - 2_000)),
};

test.each(FORMATS)('%s', async (_name, format, file) => {
  const whole = readFileSync(join(__dirname, 'golden/debian-12', file), 'utf8');
  const all = await judgeLog(format, whole, { logLinePrefix: PREFIX });
  const statements = countOf(all.reports);
  expect(statements).toBeGreaterThan(29);
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.constantFrom(...Object.values(damages)), fc.double({ min: 0, max: 1, noNaN: true })), {
        minLength: 1,
        maxLength: 3,
      }),
      async (done) => {
        const text = done.reduce(
          (damaged, [damage, place]) => damage(damaged, Math.floor(place * damaged.length)),
          whole,
        );
        const judged = await judgeLog(format, text, { logLinePrefix: PREFIX });
        expect(countOf(judged.reports)).toBeLessThanOrEqual(statements + 60);
        for (const { profile, findings } of judged.reports) {
          expect(profile.notices.filter(({ code }) => code === 'internal-error')).toEqual([]);
          expect(findings.filter(({ confidence }) => confidence === 'proven')).toEqual([]);
        }
      },
    ),
    { numRuns: 30 },
  );
});

test('one bit costs at most the records that it stands in and touches', async () => {
  const whole = readFileSync(join(__dirname, 'golden/debian-12/story.csv'), 'utf8');
  const statements = countOf((await judgeLog(csvlog, whole)).reports);
  await fc.assert(
    fc.asyncProperty(fc.nat(whole.length - 1), async (at) => {
      const judged = await judgeLog(csvlog, damages['a quote more'](whole, at));
      const lost = statements - countOf(judged.reports);
      expect(lost).toBeLessThanOrEqual(2);
      if (lost > 1) expect(judged.skips).not.toEqual([]);
    }),
    { numRuns: 50 },
  );
});

const PREFIX = '%m [%p] %q%u@%d app=%a session=%c vxid=%v ';

const countOf = (reports: readonly { profile: { statements: readonly unknown[] } }[]): number =>
  reports.reduce((sum, { profile }) => sum + profile.statements.length, 0);

test('noise of any kind is counted, line by line', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.string({ unit: 'binary', maxLength: 60 }), { minLength: 1, maxLength: 20 }),
      async (lines) => {
        for (const [, format] of FORMATS) await judgeLog(format, lines.join('\n'));
        const plain = lines.map((line) => line.replace(/[\s(]/g, 'x')).filter((line) => line !== '');
        const { reports, skips } = await judgeLog(csvlog, plain.map((line) => `x${line}\n`).join(''));
        expect(reports).toEqual([]);
        if (plain.length > 0) expect(skips[0]).toMatch(new RegExp(`^${plain.length} lines begin no record`));
      },
    ),
    { numRuns: 50 },
  );
});

/** As long as a line may be, full of what a pattern has to look at twice. */
const LONG = ['x', "''", '""', '\\\\', '%s,', '/*', '(', "',"].map((piece) =>
  piece.repeat(Math.floor(990_000 / piece.length)),
);

test.each(FORMATS)(
  '%s: a line of a million characters is read or counted, in no time to speak of',
  async (_name, format) => {
    const began = process.cpuUsage();
    for (const text of LONG) {
      const { skips } = await judgeLog(format, longLines(text).join('\n'), { logLinePrefix: '%m [%p] ' });
      expect(skips).not.toContainEqual(expect.stringContaining('longer'));
    }
    const { skips } = await judgeLog(format, 'x'.repeat(1_000_001));
    expect(skips).toEqual(['1 lines are longer than a million characters (first: 1.log line 1)']);
    expect(process.cpuUsage(began).user / 1_000).toBeLessThan(20_000);
  },
);

/** A record of each format around it. */
const longLines = (text: string): string[] => [
  `2026-11-26 11:30:22.517 UTC,"ada","shop",42,"127.0.0.1:1",6b08.3ed3,3,"SELECT",2026-11-26 11:30:22 UTC,3/7,0,LOG,00000,"statement: ${text}",,,,,,,,,"app","client backend",,0`,
  JSON.stringify({
    timestamp: '2026-11-26 11:30:22.517 UTC',
    session_id: '1.2',
    error_severity: 'LOG',
    message: `execute a: select ${text}`,
    detail: `Parameters: $1 = '${text}'`,
  }).slice(0, 1_000_000),
  `2026-11-26 11:30:22.517 UTC [42] LOG:  statement: select '${text}'`,
  `2026-11-26 11:30:22.517 UTC [42] DETAIL:  Parameters: $1 = '${text}'`,
  `2026-11-26 11:30:22,517 INFO sqlalchemy.engine.Engine select '${text}`,
  `2026-11-26 11:30:22,517 INFO sqlalchemy.engine.Engine [raw sql] ('${text}',)`,
  `(0.001) select ${text}; args=('${text.slice(0, 400_000)}',)`.slice(0, 1_000_000),
];
