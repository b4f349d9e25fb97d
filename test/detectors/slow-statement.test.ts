// Statements that took long: by the fake clock of a timeline, with what is said of the wait for a connection and of the share.

import { expect, it } from 'vitest';
import { slowStatement } from '../../src/detectors/slow-statement.js';
import { SLOW_MS } from '../../src/detectors/thresholds.js';
import { viewOf } from '../../src/profile/views.js';
import { testDetector } from '../support/test-detector.js';
import { profileOf, reportOf } from '../support/timeline.js';

testDetector(slowStatement, {
  invalid: {
    'half a second': `
      select * from message     -- took 500     !slow
      select * from chat        -- took 499`,
    'the slow ones of a repeat': `
      select * from message where chat_id = $1     -- values 1 took 700     !slow
      select * from message where chat_id = $1     -- values 2 took 3
      select * from message where chat_id = $1     -- values 3 took 900     !slow`,
    'a write, and one that failed': `
      update message set text = $1     -- values 'x' took 800             !slow
      select * from chat               -- took 30000 error 57014          !slow2`,
  },
  valid: {
    'fast ones, however many': Array.from({ length: 20 }, () => 'select * from chat -- took 400').join('\n'),
    'a look-up in the catalogue': 'select * from pg_type -- took 800',
    'a pause of the app': `
      select * from chat        -- took 5
      select * from message     -- took 5 pause 5000`,
  },
});

it('tells the time at the server from the wait for a connection, and its share', () => {
  const profile = profileOf(`
    select 1                  -- took 200
    select * from message     -- took 600
    select * from chat        -- pause 200`);
  (profile.statements[1] as { waitMs: number }).waitMs = 1234.56;
  const view = viewOf(profile);
  const [evidence] = slowStatement.detect(view).evidence;
  expect(slowStatement.word(evidence!, view)).toMatchObject({
    message: `1 statement of ${SLOW_MS} ms or more, the slowest 600 ms`,
    why: '600 ms at the server and on the way, 60 % of the request. The wait for a connection, 1,235 ms, is not counted in.',
  });
  expect(evidence!.data).toMatchObject({ slowestMs: 600, totalMs: 600, waitMs: 1234.6, sharePercent: 60 });
});

it('has no share where statements ran side by side for longer than the scope', () => {
  const view = viewOf(
    profileOf(`
      select * from message where chat_id = $1     -- values 1 took 600 conn 1 pending
      select * from message where chat_id = $1     -- values 2 took 700 conn 2 pending`),
  );
  const [evidence] = slowStatement.detect(view).evidence;
  expect(evidence!.data.sharePercent).toBeUndefined();
  expect(slowStatement.word(evidence!, view).why).toBe(
    '700 ms at the server and on the way, 1,300 ms in all. No connection was waited for.',
  );
});

it('judges by the clock, so it never fails anything', () => {
  expect(slowStatement.meta.clock).toBe(true);
  expect(reportOf('select * from message -- took 900').findings[0]).toMatchObject({ severity: 'info' });
});

it('goes by what the user sets', () => {
  const { detect } = slowStatement.settings!.apply({ ms: 40 });
  expect(detect(viewOf(profileOf('select * from message -- took 41'))).evidence).toHaveLength(1);
});
