// The report as a reader gets it: which findings, in what order and tree, under what names; and what happens to the rest when
// a detector fails.

import { describe, expect, it } from 'vitest';
import type { Detector } from '../../src/detectors/detector.js';
import { detectors } from '../../src/detectors/index.js';
import { runAtOnce } from '../../src/profile/slices.js';
import type { Profile } from '../../src/profile/types.js';
import type { Allowed } from '../../src/report/allowed.js';
import { buildReport } from '../../src/report/build-report.js';
import type { Report } from '../../src/report/report.js';
import { profileOf, reportOf } from '../support/timeline.js';

/** Lists each chat's messages and each message's sender, as an app with helpers does. */
function chats(senders: readonly (readonly number[])[]): string {
  const lines = [`select id from chat -- rows id=1..${senders.length} at db.ts:3 query < chats.ts:12 list`];
  senders.forEach((ofChat, i) => {
    const stack = 'at db.ts:3 query < messages.ts:4 messagesOf < chats.ts:14 list';
    lines.push(`select * from message where chat_id = $1 -- values ${i + 1} rows sender_id=${ofChat} ${stack}`);
    for (const sender of ofChat) {
      lines.push(
        `select * from users where id = $1 -- values ${sender} at db.ts:3 query < users.ts:5 user < chats.ts:16 list`,
      );
    }
  });
  return lines.join('\n');
}

/** One line for each finding, loops inside loops indented. */
function treeOf({ findings }: Report): string[] {
  return findings.map(({ id, parent, detector, confidence, message, callSite }) => {
    const indent = parent === null ? '' : `  in ${parent}: `;
    return `${indent}${id} ${detector} ${confidence} ${message} ${callSite?.file}:${callSite?.line}`;
  });
}

const ten = (sender: (i: number) => number): number[] => Array.from({ length: 10 }, (_, i) => sender(i));

describe('chats, their messages, their senders', () => {
  it('are one tree of two loops, told for 1,000 chats', () => {
    const report = reportOf(chats([ten((i) => 50 + ((i * 7) % 10)), ten((i) => 50 + ((i * 3) % 10))]));
    expect(treeOf(report)).toEqual([
      '1 n-plus-one proven 23 statements where 3 do chats.ts:14',
      '  in 1: 2 n-plus-one proven 20 statements where 1 does chats.ts:16',
    ]);
    expect(report.findings[0]?.data).toMatchObject({
      count: 2,
      totalStatements: 23,
      minimalStatements: 3,
      root: 'chat',
      growsTo1000: 11_001,
      grows: '1,000 chats → 11,001 statements',
      proof: '2 of 2 chat_id are chat.id',
      order: 'in row order',
    });
    expect(report.findings[1]?.data).toMatchObject({
      count: 20,
      sourceRows: 20,
      perSourceStatement: 10,
      proof: '20 of 20 users.id are message.sender_id',
      order: 'in row order',
    });
    expect(report.findings.map(({ source }) => source.length)).toEqual([1, 2]);
    expect(report.dismissals).toEqual([]);
  });

  it('are the same tree with two senders for all messages', () => {
    expect(treeOf(reportOf(chats([ten((i) => 7 + (i % 2)), ten((i) => 8 - (i % 2))])))).toEqual([
      '1 n-plus-one proven 23 statements where 3 do chats.ts:14',
      '  in 1: 2 n-plus-one proven 20 statements where 1 does chats.ts:16',
    ]);
  });

  it('with a single sender ask for the same once a row', () => {
    const report = reportOf(chats([ten(() => 7), ten(() => 7)]));
    expect(treeOf(report)).toEqual([
      '1 n-plus-one proven 3 statements where 2 do chats.ts:14',
      '  in 1: 2 duplicate-statement proven 20 statements where 1 does: the same values each time chats.ts:16',
    ]);
    expect(report.findings[1]?.why).toContain('once for each of 20 rows of message');
  });

  it('batched are no finding', () => {
    const report = reportOf(`
      select id from chat                               -- rows id=1,2
      select * from message where chat_id = any($1)     -- values [1,2] rows sender_id=7,8,9
      select * from users where id = any($1)            -- values [7,8,9]`);
    expect(report.findings).toEqual([]);
  });

  it('joined per chat are 3 statements as well, and still grow', () => {
    const report = reportOf(`
      select id from chat     -- rows id=1,2
      select m.*, u.username from message m join users u on u.id = m.sender_id where m.chat_id = $1     -- values 1
      select m.*, u.username from message m join users u on u.id = m.sender_id where m.chat_id = $1     -- values 2`);
    expect(treeOf(report)).toEqual(['1 n-plus-one proven 3 statements where 2 do app.ts:2']);
    expect(report.findings[0]?.data.grows).toBe('1,000 chats → 1,001 statements');
  });
});

describe('the order', () => {
  it('has last what is only possible, and never inside a loop', () => {
    const { findings } = reportOf(`
      select id from product                            -- rows id=1,2
      select * from product where id = $1               -- values 1 rows id=1 price=10
      update product set price = $1 where id = $2       -- values 11, 1
      select * from product where id = $1               -- values 2 rows id=2 price=20
      update product set price = $1 where id = $2       -- values 21, 2
      select 1                                          -- took 600`);
    expect(findings.map(({ detector, confidence, parent }) => `${detector} ${confidence} ${parent}`)).toEqual([
      'n-plus-one proven null',
      'write-loop proven null',
      'slow-statement proven null',
      'lost-update possible null',
    ]);
  });

  const order = ({ findings }: Report) =>
    findings.map(({ detector, confidence, data }) => `${detector} ${confidence} ${data.table}`);

  it('is the worst first, then what sends more, then what began earlier; no time decides', () => {
    const timeline = (took: readonly number[]) => `
      select * from settings                            -- took ${took[0]}
      select * from settings                            -- took ${took[0]}
      select * from users where id = $1                 -- values 7
      select * from users where id = $1                 -- values 8
      select * from users where id = $1                 -- values 12
      select id from chat                               -- rows id=1,2
      select * from message where chat_id = $1          -- values 1 took ${took[1]}
      select * from message where chat_id = $1          -- values 2 took ${took[1]}
      select * from participant where chat_id = $1      -- values 1 took ${took[2]}
      select * from participant where chat_id = $1      -- values 2 took ${took[2]}
      select id from post                               -- rows id=31,32,33
      select * from comment where post_id = $1          -- values 31
      select * from comment where post_id = $1          -- values 32
      select * from comment where post_id = $1          -- values 33`;
    const expected = [
      'n-plus-one proven comment',
      'n-plus-one proven message',
      'n-plus-one proven participant',
      'n-plus-one likely users',
      'duplicate-statement proven settings',
    ];
    expect(order(reportOf(timeline([90, 5, 30])))).toEqual(expected);
    expect(order(reportOf(timeline([1, 30, 5])))).toEqual(expected);
  });

  it('of what hangs below one parent is that in which it began', () => {
    const chat = (id: number) => `
      select * from message where chat_id = $1               -- values ${id} rows sender_id=${id}1,${id}2
      select * from users where id = $1                      -- values ${id}1
      select * from avatar where sender_id = $1              -- values ${id}1 took 40
      select * from users where id = $1                      -- values ${id}2
      select * from avatar where sender_id = $1              -- values ${id}2 took 40`;
    const { findings } = reportOf(`select id from chat -- rows id=1,2,3 ${[1, 2, 3].map(chat).join('')}`);
    expect(findings.map(({ parent, data }) => [parent, data.table])).toEqual([
      [null, 'message'],
      [1, 'users'],
      [1, 'avatar'],
    ]);
  });
});

it('does not file a loop under the duplicate that its source is', () => {
  const report = reportOf(`
    select id from chat                               -- rows id=1,2 at chats.ts:3 list
    select id from chat                               -- rows id=1,2 at chats.ts:9 count
    select * from message where chat_id = $1          -- values 1 at chats.ts:5 list
    select * from message where chat_id = $1          -- values 2 at chats.ts:5 list`);
  expect(report.findings.map(({ id, parent, detector }) => [id, parent, detector])).toEqual([
    [1, null, 'n-plus-one'],
    [2, null, 'duplicate-statement'],
  ]);
});

describe('growth', () => {
  const facts = (timeline: string) => reportOf(timeline).findings.map(({ data }) => [data.growsTo1000, data.grows]);

  it('is told per row of the source', () => {
    expect(
      facts(`
        select id, kind from category                     -- rows id=31,32,33,34
        select * from product where category_id = $1      -- values 31
        select * from product where category_id = $1      -- values 33`),
    ).toEqual([[501, '1,000 categories → 501 statements']]);
  });

  it.each<[string, Partial<Profile['outcome']>]>([
    ['threw', { error: 'Error' }],
    ['answered with an error', { status: 500 }],
    ['was given up by its client', { aborted: true }],
  ])('is not told of a loop that went part of the way in a request that %s', (_, outcome) => {
    const partly = `
      select id from chat                          -- rows id=31,32,33,34
      select * from message where chat_id = $1     -- values 31
      select * from message where chat_id = $1     -- values 32`;
    const rest = `
      select * from message where chat_id = $1     -- values 33
      select * from message where chat_id = $1     -- values 34`;
    const grows = (timeline: string) =>
      reportOf(timeline, { outcome: { status: null, error: null, aborted: false, ...outcome } }).findings[0]?.data
        .grows;
    expect([grows(partly), grows(partly + rest)]).toEqual([undefined, '1,000 chats → 1,001 statements']);
  });

  it('is not told where no source is known', () => {
    expect(
      facts(`
        select * from users where id = $1     -- values 7
        select * from users where id = $1     -- values 8
        select * from users where id = $1     -- values 12`),
    ).toEqual([[undefined, undefined]]);
  });
});

describe('the key', () => {
  const keys = (timeline: string) => reportOf(timeline).findings.map(({ key }) => key);
  const loop = (line: number, file = 'src/chats.ts', rows = '1,2') => `
    select id from chat                          -- rows id=${rows} at ${file}:${line} list
    ${rows
      .split(',')
      .map((id) => `select * from message where chat_id = $1     -- values ${id} at ${file}:${line + 2} list`)
      .join('\n')}`;

  it('stays when lines, folders, counts and values change', () => {
    const [key] = keys(loop(10));
    expect(key).toMatch(/^n-plus-one:\w+:\w+:list:chats\.ts$/);
    expect(keys(loop(80, 'lib/deep/chats.ts', '5,6,9'))).toEqual([key]);
  });

  it('changes with the file and the statement', () => {
    const [key] = keys(loop(10));
    expect(keys(loop(10, 'src/rooms.ts'))).not.toEqual([key]);
    expect(keys(loop(10).replaceAll('message', 'letter'))).not.toEqual([key]);
  });

  it('is numbered where two findings would share it', () => {
    const [first, second] = keys(loop(10) + loop(20));
    expect(second).toBe(`${first}#2`);
  });
});

describe('an allowance', () => {
  const allowed = (until: string | null = null): Allowed => ({
    detector: 'n-plus-one',
    reason: 'two sides at most',
    until,
  });
  const timeline = `
    select id from chat                               -- rows id=1,2
    select * from message where chat_id = $1          -- values 1 allow 0
    select * from message where chat_id = $1          -- values 2 allow 0`;

  it('sets the finding apart, with its reason', () => {
    const report = reportOf(timeline, {}, { allow: [allowed()] });
    expect(report.findings).toEqual([]);
    expect(report.suppressed).toMatchObject([
      { finding: { detector: 'n-plus-one', parent: null }, reason: 'two sides at most', until: null },
    ]);
  });

  it.each([
    ['another detector', timeline, { ...allowed(), detector: 'write-loop' }],
    ['not around all of its statements', timeline.replace('values 2 allow 0', 'values 2'), allowed()],
    ['ended the day before', timeline, allowed('2025-12-31')],
    ['ended the minute before', timeline, allowed('2025-12-31T23:59:00Z')],
  ])('does not count: %s', (_, lines, allowance) => {
    const report = reportOf(lines, {}, { allow: [allowance] });
    expect([report.findings.length, report.suppressed.length]).toEqual([1, 0]);
  });

  it.each(['2026-01-01', '2026-01-01T00:00:01Z'])('counts until %s', (until) => {
    expect(reportOf(timeline, {}, { allow: [allowed(until)] }).suppressed).toHaveLength(1);
  });

  describe('that has ended', () => {
    const notices = (lines: string, allow: ReturnType<typeof allowed>[]) =>
      reportOf(lines, {}, { allow }).profile.notices.filter(({ code }) => code === 'allow-expired');

    it('is said beside the finding that it no longer covers', () => {
      const lines = timeline.replaceAll('chat_id', 'room_id').replaceAll('chat', 'room') + timeline;
      expect(notices(lines, [allowed('2024-01-01')])).toEqual([
        { code: 'allow-expired', message: 'an allow for n-plus-one ended on 2024-01-01', count: 2 },
      ]);
    });

    it.each([
      ['there is nothing to cover', 'select id from chat -- rows id=1,2 allow 0', [allowed('2024-01-01')]],
      ['it was for something else', timeline, [{ ...allowed('2024-01-01'), detector: 'write-loop' }]],
      [
        'another one holds',
        timeline.replaceAll('allow 0', 'allow 0 allow 1'),
        [allowed('2024-01-01'), { ...allowed(), reason: 'renewed' }],
      ],
    ])('is not said where %s', (_, lines, allow) => {
      expect(notices(lines, allow)).toEqual([]);
    });
  });

  describe('that had nothing to allow', () => {
    const notices = (lines: string, allow: Allowed[], children: Report[] = []) =>
      reportOf(lines, {}, { allow, children }).profile.notices;
    const said = (detector = 'n-plus-one') => [
      {
        code: 'allow-unused',
        message: `an allow for ${detector} had nothing to allow here: two sides at most`,
        count: 1,
      },
    ];
    const clean = 'select id from chat -- rows id=1,2 allow 0';

    it.each<[string, string, Allowed[], object[]]>([
      ['where nothing was found', clean, [allowed()], said()],
      ['where something else was', timeline, [{ ...allowed(), detector: 'write-loop' }], said('write-loop')],
      ['though it has ended', clean, [allowed('2024-01-01')], said()],
      [
        'beside one that had',
        timeline.replaceAll('allow 0', 'allow 0 allow 1'),
        [allowed(), { ...allowed(), detector: 'write-loop' }],
        said('write-loop'),
      ],
    ])('is said %s', (_, lines, allow, expected) => {
      expect(notices(lines, allow)).toEqual(expected);
    });

    it.each<[string, string, Allowed[]]>([
      ['where it covered a finding', timeline, [allowed()]],
      [
        'where another one did too',
        timeline.replaceAll('allow 0', 'allow 0 allow 1'),
        [allowed(), { ...allowed(), reason: 'both' }],
      ],
      ['of one around no statement of the scope', 'select id from chat', [allowed()]],
      ['of one that stands around everything', clean, [{ ...allowed(), everywhere: true }]],
    ])('is not said %s', (_, lines, allow) => {
      expect(notices(lines, allow)).toEqual([]);
    });

    it('is not said where a scope inside had something', () => {
      const inner = reportOf(timeline, {}, { allow: [allowed()] });
      expect(notices(clean, [allowed()], [inner])).toEqual([]);
      expect(notices(clean, [allowed()], [reportOf('select 1', { kind: 'test' }, { children: [inner] })])).toEqual([]);
    });
  });

  it('leaves the loops inside to stand by themselves', () => {
    const report = reportOf(
      `
      select id from chat                          -- rows id=1,2
      select * from message where chat_id = $1     -- values 1 rows sender_id=21,22 allow 0
      select * from users where id = $1            -- values 21
      select * from users where id = $1            -- values 22
      select * from message where chat_id = $1     -- values 2 rows sender_id=22,21 allow 0
      select * from users where id = $1            -- values 22
      select * from users where id = $1            -- values 21`,
      {},
      { allow: [allowed()] },
    );
    expect(report.findings.map(({ parent, data }) => [parent, data.table])).toEqual([[null, 'users']]);
    expect(report.suppressed).toHaveLength(1);
  });
});

describe('a detector that throws', () => {
  const broken: Detector = {
    ...(detectors[0] as Detector),
    detect: () => {
      throw new TypeError('with a secret in it');
    },
  };

  it('is a notice, and the others report', () => {
    const profile = profileOf(`
      select * from settings
      select * from settings`);
    const report = runAtOnce(buildReport(profile, [broken, ...detectors.slice(1)]));
    expect(report.findings).toHaveLength(1);
    expect(report.profile.notices).toEqual([
      {
        code: 'internal-error',
        message: 'the detector n-plus-one failed (TypeError), so its findings are missing',
        count: 1,
      },
    ]);
    expect(profile.notices).toEqual([]);
  });
});

it('gives the caller a turn between the detectors, and between the findings of one', () => {
  const turns = (timeline: string) => [...buildReport(profileOf(timeline), detectors)].length;
  const duplicate = (table: string) => `select * from ${table}\nselect * from ${table}\n`;
  const all = ['begin', 'insert into log default values', 'insert into log default values', 'commit'].join('\n');
  expect(turns(`${all}\n${duplicate('users')}`)).toBeGreaterThan(detectors.length);
  expect(turns(duplicate('users') + duplicate('chat')) - turns(duplicate('users'))).toBeGreaterThanOrEqual(1);
});

it('is plain data: it survives JSON, and holds the reports of inner scopes', () => {
  const child = reportOf(chats([[7, 8], [9]]));
  const report = reportOf(chats([[7, 8], [9]]), { kind: 'test' }, { children: [child] });
  expect(JSON.parse(JSON.stringify(report))).toEqual(report);
  expect(report.children).toEqual([child]);
});

it('shows dismissals with the reason and the call site', () => {
  const { dismissals } = reportOf(`
    select id from message order by id limit 3 offset $1     -- values 0
    select id from message order by id limit 3 offset $1     -- values 3`);
  expect(dismissals).toMatchObject([
    {
      detector: 'n-plus-one',
      kind: 'pagination',
      why: 'only LIMIT and OFFSET change',
      statements: [0, 1],
      callSite: { line: 1 },
    },
  ]);
});

it('holds no value of any statement', () => {
  const text = JSON.stringify(reportOf(chats([[918273, 918274], [918275]])));
  expect(text).not.toMatch(/91827[345]/);
});
