// Reports, and lines of a run file, in which everything occurs that can: for tests of the format that need no database.

import { scopeLineOf } from '../../../src/outputs/json/encode-report.js';
import type { Line } from '../../../src/outputs/json/line.js';
import { runAtOnce } from '../../../src/profile/slices.js';
import type { Report } from '../../../src/report/report.js';
import { reportOf } from '../../support/timeline.js';

/** A request with a loop over `rows` rows, begun `second` seconds after midnight. */
export function loopReport(second: number, rows = 3, label = 'GET /chats'): Report {
  const { profile, ...rest } = loopOf(rows);
  const startedAt = new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString();
  return { ...rest, profile: { ...profile, id: `scope-${second}`, label, startedAt } };
}

const loops = new Map<number, Report>();

function loopOf(rows: number): Report {
  let report = loops.get(rows);
  if (report === undefined) {
    const turns = Array.from(
      { length: rows },
      (_, i) =>
        `select text from message where chat_id = $1 -- values ${i + 1} rows text='some' at chats.ts:14 list < async app.ts:5`,
    );
    report = reportOf(
      [`select id from chat -- rows id=1..${rows} at chats.ts:12 list < async app.ts:5`, ...turns].join('\n'),
    );
    loops.set(rows, report);
  }
  return report;
}

/** A request with everything in it, sampled or not. */
export function fullReport(): Report {
  const report = reportOf(
    `
    select id from chat                                              -- rows id=11,12,13 at chats.ts:12 list < async app.ts:5 through objection,knex resolver took 3
    select text from message where chat_id = $1                      -- values 11 rows text='a' at chats.ts:14 list < async app.ts:5
    select text from message where chat_id = $1                      -- values 12 rows text='b' at chats.ts:14 list < async app.ts:5
    select text from message where chat_id = $1                      -- values 13 rows text='c' at ?
    select text from message where chat_id = any($1)                 -- values [11,12,13] rows 3 via pool
    select text from message where chat_id = $1 limit 10 offset $2   -- values 11,0 rows 10 late
    select count(*) from message where chat_id = $1                  -- values 99 rows count=0
                                                                     -- conn 2 take
    begin isolation level serializable read only                     -- conn 2
    insert into chat default values returning id                     -- conn 2 rows id=77 affected 1
    savepoint one                                                    -- conn 2
    insert into message (chat_id) values ($1)                        -- conn 2 values 77 affected 1
    rollback to one                                                  -- conn 2
    commit                                                           -- conn 2 pause 200 calls 'POST api.example.com'
                                                                     -- conn 2 release
    update account set amount = amount - $1 where id = $2            -- values 5,1 affected 1 via pool
    update account set amount = amount + $1 where id = $2            -- values 5,2 error 23514 via pool
    select 1; select 2`,
    { sample: true, unattributed: 2 },
    { children: [{ ...loopReport(7), profile: { ...loopReport(7).profile, parent: 'scope-1' } }] },
  );
  const [finding] = report.findings;
  if (finding === undefined) throw new Error('the example is to have a finding');
  const { statements, callSite } = finding;
  return {
    ...report,
    dismissals: [{ detector: 'n-plus-one', kind: 'chunked', why: 'for the test', statements, callSite }],
    suppressed: [{ finding, reason: 'for the test', until: '2030-12-31' }],
    profile: {
      ...report.profile,
      catalogue: [{ table: 'chat', connections: [0], columns: ['id'], unique: [{ columns: ['id'], plain: true }] }],
      notices: [{ code: 'rows-cut', message: 'rows were cut', count: 2 }],
    },
  };
}

/** One of each kind, and some more. */
export function exampleLines(): Line[] {
  return [
    {
      is: 'process',
      format: 1,
      id: 'f00dface',
      service: 'shop',
      version: null,
      commit: null,
      runtime: 'node 22.12.0',
      queryscope: '0.1.0',
      pid: 1,
      startedAt: '2026-01-01T00:00:00.000Z',
    },
    { is: 'sources', files: { 'chats.ts': { '14': 'for (const chat of chats) {' } } },
    {
      is: 'state',
      endedAt: '2026-01-01T00:01:00.000Z',
      drivers: ['pg 8.23.1'],
      unattributed: 2,
      unsampled: { requests: 3, statements: 4 },
      unjudged: { scopes: 1, statements: 2 },
      idleAllows: [{ detector: 'n-plus-one', reason: 'none', until: null, ended: false, outside: true }],
      losses: [{ code: 'write-failed', message: 'scopes could not be written (ENOSPC)', count: 1 }],
    },
    runAtOnce(scopeLineOf(fullReport())),
    runAtOnce(scopeLineOf(loopReport(1))),
  ];
}
