// Results that nothing bounds: found from a number of rows on, silent where a LIMIT bounds them, and what is said of their use.

import { expect, it } from 'vitest';
import { largeResult } from '../../src/detectors/large-result.js';
import { LARGE_ROWS } from '../../src/detectors/thresholds.js';
import { testDetector } from '../support/test-detector.js';
import { reportOf } from '../support/timeline.js';

testDetector(largeResult, {
  invalid: {
    'a thousand rows': `
      select * from message where chat_id = $1     -- values 1 rows 1000     !large
      select * from message where chat_id = $1     -- values 2 rows 999`,
    'by several lines: a finding each': `
      select * from message     -- at a.ts:1 a rows 1000     !large
      select * from chat        -- at b.ts:1 b rows 2500     !large2`,
    'with a LIMIT in a condition, which bounds other rows': `
      select * from message where chat_id in (select id from chat limit 3)     -- rows 5000     !large`,
    'with a column that is called limit': `
      select "limit", rate_limit from quota     -- rows 5000     !large`,
  },
  valid: {
    'fewer rows': 'select * from message     -- rows 999',
    'a LIMIT': `
      select * from message limit 5000         -- rows 5000
      select * from message limit $1           -- values 5000 rows 5000`,
    'FETCH FIRST': 'select * from message fetch first 5000 rows only     -- rows 5000',
    'a LIMIT in a subquery of FROM, as ORMs write': `
      select * from (select * from chat limit 2000) c left join message m on m.chat_id = c.id     -- rows 4000`,
    'rows of writes, of catalogues and of no table': `
      delete from message returning id       -- rows 2000
      select oid from pg_class               -- rows 2000
      select * from generate_series(1, 9)    -- rows 2000`,
    'a statement that failed': 'select * from message     -- error 57014',
  },
});

const found = (timeline: string) => reportOf(timeline).findings.find(({ detector }) => detector === 'large-result')!;

it('says how many rows, and that nobody was seen to use them', () => {
  expect(found('select * from message -- rows 4200')).toMatchObject({
    severity: 'info',
    confidence: 'proven',
    message: '4,200 rows of message, and no LIMIT',
    why: 'Nothing in the text bounds the result, so it grows with the table. None of their values was bound by a later statement; what else became of them is not seen.',
    data: { rows: 4200, thresholdRows: LARGE_ROWS },
  });
});

it('says which of their values were bound later', () => {
  const finding = found(`
    select id from chat                               -- rows id=1..1500
    select * from message where chat_id = any($1)     -- values [1..1500]`);
  expect(finding.why).toContain('1,500 values of id were bound by later statements.');
  expect(finding.advice).toMatch(/^Where the rows only lead to other rows, join/);
});

it('adds up the rows of all executions', () => {
  const finding = found(`
    select * from message where chat_id = $1     -- values 1 rows 2000
    select * from message where chat_id = $1     -- values 2 rows 3000`);
  expect(finding.message).toBe('5,000 rows of message by 2 statements, up to 3,000 each, and no LIMIT');
});

it('has the loops over its rows beside it, never inside', () => {
  const lines = Array.from({ length: 1200 }, (_, i) => `select * from message where chat_id = $1 -- values ${i + 1}`);
  const { findings } = reportOf(['select id from chat -- rows id=1..1200', ...lines].join('\n'));
  expect(findings.map(({ detector, parent }) => [detector, parent])).toEqual([
    ['n-plus-one', null],
    ['large-result', null],
  ]);
});
