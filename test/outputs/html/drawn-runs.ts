// Runs for what the examples do not have: everything that a page can show at least once, texts that mean harm, and very many statements.

import type { Profile, Statement } from '../../../src/profile/types.js';
import type { Report } from '../../../src/report/report.js';
import type { Run } from '../../../src/report/run.js';
import { randomOf } from '../../support/random-requests.js';
import { reportOf } from '../../support/timeline.js';
import * as drawn from '../console/reports.js';
import { runOf } from './run-of.js';

/** A test with two requests in it, on two connections, with waits, transactions of all ends, late statements and what was judged harmless. */
function testWithRequests(): Report {
  const first = reportOf(
    `begin                                              -- conn 1 took 1
     insert into orders (id, total) values ($1, $2)     -- conn 1 values 1, 20 affected 1 took 3 at orders.ts:12 placeOrder
     savepoint a                                        -- conn 1
     update stock set left = left - 1 where id = $1     -- conn 1 values 7 affected 1 took 2 at orders.ts:14 placeOrder
     rollback to a                                      -- conn 1
     commit                                             -- conn 1 took 4
     select id from orders                              -- conn 2 rows id=1..4 took 2 at orders.ts:20 listOrders
     select * from line where order_id = $1             -- conn 2 values 1 rows 2 took 2 at orders.ts:22 listOrders
     select * from line where order_id = $1             -- conn 2 values 2 rows 1 took 2 at orders.ts:22 listOrders
     select * from line where order_id = $1             -- conn 2 values 3 rows 0 took 2 at orders.ts:22 listOrders
     select * from line where order_id = $1             -- conn 2 values 4 rows 5 took 2 at orders.ts:22 listOrders
     begin                                              -- conn 2 pause 30 calls 'POST api.example.com'
     insert into audit (what) values ($1)               -- conn 2 values 'x' error 23505 took 1 at audit.ts:4 note
     rollback                                           -- conn 2
     select 1                                           -- late took 3 at orders.ts:30 after`,
    { id: 'request-1', parent: 'test-1', label: 'POST /orders', startedAt: new Date('2026-01-01T00:00:00.100Z') },
  );
  const second = reportOf(
    `select * from users where id = $1                  -- values 1 rows 1 took 1 at users.ts:3 user
     update users set name = $2 where id = $1           -- values 1, 'n' affected 1 took 1 at users.ts:5 rename
     select * from users where id = $1                  -- values 1 rows 1 took 1 at users.ts:3 user
     begin                                              -- conn 2 at users.ts:9 leave
     update users set seen = now() where id = $1        -- conn 2 values 1 affected 1 at users.ts:10 leave`,
    { id: 'request-2', parent: 'test-1', label: 'PATCH /users/:id', startedAt: new Date('2026-01-01T00:00:00.400Z') },
  );
  const around = reportOf('select 1 -- at orders.test.ts:3 before', {
    id: 'test-1',
    kind: 'test',
    label: 'orders can be placed',
    startedAt: new Date('2026-01-01T00:00:00.000Z'),
    durationMs: 900,
    unattributed: 2,
  });
  return { ...around, children: [first, second] };
}

/** A loop that was allowed with a reason. */
function allowedLoop(): Report {
  const report = reportOf(
    `select id from team                                -- rows id=1,2 at teams.ts:3 teams
     select * from member where team_id = $1            -- values 1 rows 3 at teams.ts:5 teams
     select * from member where team_id = $1            -- values 2 rows 3 at teams.ts:5 teams`,
    { id: 'request-3', label: 'GET /teams' },
  );
  const suppressed = report.findings.map((finding) => ({
    finding,
    reason: 'two teams at most, by a constraint',
    until: '2030-12-31',
  }));
  return { ...report, findings: [], suppressed };
}

const GALLERY = [
  drawn.story,
  drawn.joinPerChat,
  drawn.duplicate,
  drawn.writeLoop,
  drawn.likely,
  drawn.failedRequest,
  drawn.notices,
  drawn.longSql,
  drawn.wideCharacters,
  drawn.noCallSite,
  drawn.severalFiles,
  drawn.walk,
  drawn.budget,
  drawn.units,
  drawn.manyUnits,
  drawn.clean,
];

/** Reports that are written by hand all name their findings alike. */
function withOwnKeys(report: Report, index: number): Report {
  const { profile, findings } = report;
  return {
    ...report,
    profile: { ...profile, id: `gallery-${index}` },
    findings: findings.map((finding) => ({ ...finding, key: `${finding.key}:${profile.label}:${finding.id}` })),
  };
}

/** Everything that a page can show, at least once. */
export function galleryRun(): Run {
  const run = runOf([testWithRequests(), allowedLoop(), ...GALLERY.map(withOwnKeys)], {
    endedAt: null,
    unattributed: 3,
    unsampled: { requests: 40, statements: 120 },
    unjudged: { scopes: 1, statements: 4 },
    idleAllows: [
      { detector: 'n-plus-one', reason: 'fixed since', until: '2025-01-01', ended: true, outside: false },
      { detector: 'torn-write', reason: 'never reached', until: null, ended: false, outside: true },
    ],
  });
  const losses = [{ code: 'line-truncated' as const, message: 'the last line of api-1.jsonl was cut off', count: 1 }];
  const sources = Object.fromEntries(
    ['src/chats.ts', 'src/transfer.ts'].map((file) => [
      file,
      Object.fromEntries((drawn.read(file) ?? []).map((text, index) => [index + 1, text])),
    ]),
  );
  return { ...run, sources, losses };
}

/** As markup, as an end of every place where text can stand, and as what no parser is used to. */
export const HARM =
  '</script></template></style></title></textarea>--><img src=x onerror="window.harmed=1"><svg onload="window.harmed=1">\u2028\u2029\u0000\ud800"\'`\u0024{window.harmed=1}\u202e&lt;';

/** A run in which each text that an app has a hand in means harm. */
export function hostileRun(): Run {
  const report = reportOf(
    `select id from "a"                                 -- rows id=1,2 at x.ts:1 f
     select * from "b" where a_id = $1                  -- values 1 rows 1 at x.ts:2 f
     select * from "b" where a_id = $1                  -- values 2 rows 1 at x.ts:2 f`,
    { id: HARM, label: `GET /${HARM}` },
  );
  const harmed = JSON.parse(JSON.stringify(report), (key, value: unknown) => {
    if (key === 'sql' || key === 'text') return `select '${HARM}' from "${HARM}"`;
    if (['function', 'message', 'why', 'advice', 'replacement', 'database', 'proof', 'table'].includes(key))
      return HARM;
    if (key === 'file') return `src/${HARM}.ts`;
    return value;
  }) as Report;
  const run = runOf([harmed], { service: HARM, version: HARM, commit: HARM, drivers: [HARM] });
  const sources = { [`src/${HARM}.ts`]: { 1: HARM, 2: `${HARM} // 2` } };
  return { ...run, sources, losses: [{ code: 'file-unreadable', message: HARM, count: 1 }] };
}

const SHAPES = 40;

/** As many statements as asked for, in requests of 250, each with times of its own. */
export function largeRun(statements: number): Run {
  const random = randomOf(1);
  const kinds = Array.from({ length: SHAPES }, (_, kind) => largeReport(kind));
  const reports = Array.from({ length: statements / 250 }, (_, index) =>
    retimed(kinds[index % kinds.length] as Report, index, random),
  );
  return runOf(reports);
}

function largeReport(kind: number): Report {
  const lines = [`select id from source_${kind} -- rows id=1..240 at source-${kind}.ts:10 list took 2`];
  for (let row = 1; row <= 240; row += 1) {
    lines.push(
      `select name, value from detail_${kind} where source_id = $1 -- values ${row} rows 1 at source-${kind}.ts:12 list took 1`,
    );
  }
  for (let extra = 0; extra < 9; extra += 1) {
    lines.push(`select count(*) from other_${(kind + extra) % SHAPES} -- rows 1 at other-${extra}.ts:5 count took 1`);
  }
  return reportOf(lines.join('\n'), { label: `GET /kind-${kind}` });
}

function retimed(report: Report, index: number, random: () => number): Report {
  let now = random() * 3;
  const statements = report.profile.statements.map((statement): Statement => {
    const durationMs = 0.2 + random() * 3;
    const startMs = now + random() * 0.4;
    now = startMs + durationMs;
    return { ...statement, startMs, durationMs, waitMs: random() * 0.05, rows: Math.floor(random() * 20) };
  });
  const startedAt = new Date(Date.UTC(2026, 0, 1) + index * 1_237).toISOString();
  const profile: Profile = { ...report.profile, id: `request-${index}`, startedAt, durationMs: now + 1, statements };
  return { ...report, profile };
}
