// Reports written by hand, one for each thing the console has to draw, so that its golden files change only when the
// drawing does.

import type { CallSite, Profile, Statement, Transaction, Verb } from '../../../src/profile/types.js';
import type { ReadSource } from '../../../src/report/code-frame.js';
import type { Finding, Report } from '../../../src/report/report.js';

/** The file that call sites of these reports name. */
const CHATS = `import { pool } from './database.js';

const messagesOf = async (chat: number) =>
  (await pool.query('select * from message where chat_id = $1', [chat])).rows;
const user = async (id: number) =>
  (await pool.query('select id, username from users where id = $1', [id])).rows[0];

/** Every chat with its messages, every message with its sender. */
export async function listChats() {
  const chats = await query<Chat>('select id from chat');

  for (const chat of chats) {
    chat.messages = await messagesOf(chat.id);
    for (const message of chat.messages)
      message.sender = await user(message.sender_id);
  }
  return chats;
}
`;

const TRANSFER = `export async function transfer(from: number, to: number, amount: number) {
\tconst insert = 'insert into transfer (account, amount) values ($1, $2)';
\tawait pool.query(insert, [from, -amount]);
\tawait pool.query(insert, [to, amount]); // 二番目が失敗したら、どうなる？ The money has left one account and never reached the other, whoever reads this.
}
`;

const FILES: Record<string, string> = { 'src/chats.ts': CHATS, 'src/transfer.ts': TRANSFER };

export const read: ReadSource = (file) => FILES[file]?.split('\n') ?? null;

export function site(file: string, line: number, name = 'listChats'): CallSite {
  return { file, line, column: 1, function: name, frames: [{ file, line, column: 1, function: name }] };
}

interface Run {
  sql: string;
  times?: number;
  at?: CallSite | null;
  failed?: string;
  verb?: Verb;
  /** Rows that it wrote, and where to. */
  wrote?: [table: string, rows: number];
  /** Ordinal of its transaction. */
  within?: number;
}

/** Statements one after the other, 1.5 ms each. */
function statementsOf(runs: readonly Run[]): Statement[] {
  return runs
    .flatMap(({ times = 1, ...run }) => Array.from({ length: times }, () => run))
    .map(({ sql, at = null, failed, verb = 'select', wrote, within = null }, index) => ({
      index,
      sql,
      shape: {
        id: sql,
        text: sql,
        verb,
        reads: [],
        writes: wrote === undefined ? [] : [wrote[0]],
        locks: false,
        slots: [],
      },
      valuesKey: null,
      slotKeys: null,
      batch: null,
      connection: null,
      via: null,
      transaction: within,
      startMs: index * 2,
      durationMs: 1.5,
      waitMs: 0,
      rows: 1,
      affected: wrote?.[1] ?? null,
      command: null,
      error: failed === undefined ? null : { code: failed },
      late: false,
      allowed: [],
      callSite: at,
    }));
}

export function profile(label: string, runs: readonly Run[], over: Partial<Profile> = {}): Profile {
  return {
    format: 1,
    shapeVersion: 1,
    id: 'p',
    parent: null,
    kind: 'request',
    label,
    source: 'pg',
    visible: { values: true, rows: true, connections: true, callSites: true },
    startedAt: '2026-01-01T00:00:00.000Z',
    durationMs: 58,
    outcome: { status: 200, error: null, aborted: false },
    statements: statementsOf(runs),
    transactions: [],
    checkouts: [],
    flows: [],
    ties: [],
    connections: [],
    catalogue: null,
    activities: [],
    dropped: 0,
    unattributed: 0,
    notices: [],
    ...over,
  };
}

export function report(of: Profile, findings: readonly Finding[] = [], over: Partial<Report> = {}): Report {
  return {
    format: 1,
    profile: of,
    children: [],
    findings: [...findings],
    dismissals: [],
    suppressed: [],
    infrastructure: [],
    ...over,
  };
}

export function finding(over: Partial<Finding> & Pick<Finding, 'id' | 'statements'>): Finding {
  return {
    parent: null,
    detector: 'n-plus-one',
    category: 'reads',
    severity: 'warning',
    confidence: 'proven',
    message: '',
    why: '',
    advice: '',
    replacement: null,
    page: '',
    source: [],
    callSite: null,
    data: {},
    key: `key ${over.id}`,
    ...over,
  };
}

function range(from: number, times: number): number[] {
  return Array.from({ length: times }, (_, index) => from + index);
}

const TRANSFER_SQL = 'insert into transfer (account, amount) values ($1, $2)';
const CHAT = 'select id from chat';
const MESSAGE = 'select id, chat_id, sender_id, text from message where chat_id = $1';
const USER = 'select id, username from users where id = $1';

export const clean = report(profile('GET /health', [{ sql: 'select 1' }]));

export const story = report(
  profile('GET /chats', [
    { sql: CHAT, at: site('src/chats.ts', 10) },
    { sql: MESSAGE, times: 2, at: site('src/chats.ts', 13) },
    { sql: USER, times: 20, at: site('src/chats.ts', 15) },
  ]),
  [
    finding({
      id: 1,
      source: [0],
      statements: range(1, 2),
      callSite: site('src/chats.ts', 13),
      message: '3 statements where 2 do',
      replacement: 'select id, chat_id, sender_id, text from message where chat_id = any($1)',
      data: {
        proof: '2 of 2 chat_id are chat.id',
        order: 'in row order',
        totalStatements: 23,
        minimalStatements: 3,
        grows: '1,000 chats → 11,001 statements',
      },
    }),
    finding({
      id: 2,
      parent: 1,
      source: range(1, 2),
      statements: range(3, 20),
      callSite: site('src/chats.ts', 15),
      message: '22 statements where 3 do',
      replacement: 'select id, username from users where id = any($1)',
      data: {
        proof: '20 of 20 users.id are message.sender_id',
        order: 'in row order',
        totalStatements: 20,
        minimalStatements: 1,
      },
    }),
  ],
);

export const joinPerChat = report(
  profile('GET /chats/joined', [
    { sql: CHAT, at: site('src/chats.ts', 10) },
    {
      sql: `select m.id, m.text, u.username
    from message m
    join users u on u.id = m.sender_id
   where m.chat_id = $1
   order by m.id`,
      times: 2,
      at: site('src/chats.ts', 13),
    },
  ]),
  [
    finding({
      id: 1,
      source: [0],
      statements: range(1, 2),
      callSite: site('src/chats.ts', 13),
      message: '3 statements where 2 do',
      replacement:
        'select m.chat_id, m.id, m.text, u.username from message m join users u on u.id = m.sender_id where m.chat_id = any($1) order by m.chat_id, m.id',
      data: {
        proof: '2 of 2 chat_id are chat.id',
        order: 'in row order',
        totalStatements: 3,
        minimalStatements: 2,
        grows: '1,000 chats → 1,001 statements',
      },
    }),
  ],
);

export const duplicate = report(
  profile('GET /chats/:id', [
    { sql: MESSAGE, at: site('src/chats.ts', 13) },
    { sql: USER, times: 20, at: site('src/chats.ts', 15) },
  ]),
  [
    finding({
      id: 1,
      detector: 'duplicate-statement',
      severity: 'info',
      source: [0],
      statements: range(1, 20),
      callSite: site('src/chats.ts', 15),
      message: '20 times the same statement with the same values',
      why: 'It ran once for each of the 20 rows of message, which all name one sender; nothing wrote to users in between.',
      advice: 'Ask once before the loop and keep the row.',
    }),
  ],
);

export const writeLoop = report(
  profile('POST /imports', [
    { sql: 'select id, name from staged', at: site('src/import.ts', 7) },
    {
      sql: 'INSERT INTO "audit" ("account_id", "amount", "created_at", "note")\n VALUES ($1, $2, now(), $3) RETURNING id',
      times: 1200,
      at: site('src/import.ts', 9),
    },
  ]),
  [
    finding({
      id: 1,
      detector: 'write-loop',
      source: [0],
      statements: range(1, 1200),
      callSite: site('src/import.ts', 9),
      message: '1,200 inserts where 1 does',
      replacement:
        'INSERT INTO "audit" ("account_id", "amount", "created_at", "note") SELECT account_id, amount, now(), note FROM unnest($1::int[], $2::numeric[], $3::text[]) AS rows (account_id, amount, note) RETURNING id',
      data: {
        proof: '1,200 of 1,200 account_id are staged.id',
        totalStatements: 1201,
        minimalStatements: 2,
        grows: '1,000 staged → 1,001 statements',
      },
    }),
  ],
);

export const likely = report(
  profile('GET /basket', [{ sql: 'select * from product where sku = $1', times: 3, at: site('src/basket.ts', 31) }]),
  [
    finding({
      id: 1,
      confidence: 'likely',
      statements: range(0, 3),
      callSite: site('src/basket.ts', 31),
      message: '3 statements where 1 does',
      why: '3 different values were asked for one at a time from one line; where they come from was not seen in any row.',
      replacement: 'select * from product where sku = any($1)',
    }),
  ],
);

export const failedRequest = report(
  profile(
    'POST /transfers',
    [
      { sql: CHAT, at: site('src/chats.ts', 10) },
      { sql: MESSAGE, times: 2, at: site('src/chats.ts', 13) },
      { sql: 'select count(*) from member where chat_id = $1', times: 2, at: site('src/chats.ts', 15) },
      { sql: TRANSFER_SQL, verb: 'insert', wrote: ['transfer', 1], at: site('src/transfer.ts', 3) },
      { sql: TRANSFER_SQL, verb: 'insert', wrote: ['transfer', 0], at: site('src/transfer.ts', 4), failed: '23514' },
      { sql: 'select role from member where id = $1', at: site('src/chats.ts', 15) },
    ],
    { outcome: { status: 500, error: 'DatabaseError 23514', aborted: false }, unattributed: 3 },
  ),
  [
    finding({
      id: 1,
      detector: 'torn-write',
      category: 'atomicity',
      severity: 'error',
      statements: [5, 6],
      callSite: site('src/transfer.ts', 4),
      message: 'write 1 stayed, write 2 failed (23514)',
      why: 'Each write was committed on its own: one table, one function, amounts that cancel out.',
      advice: 'Send both on one client between begin and commit.',
    }),
    finding({
      id: 2,
      source: [0],
      statements: range(1, 2),
      callSite: site('src/chats.ts', 13),
      message: '3 statements where 2 do',
      replacement: 'select id, chat_id, sender_id, text from message where chat_id = any($1)',
      data: {
        proof: '2 of 2 message.chat_id are chat.id',
        order: 'in row order',
        totalStatements: 3,
        minimalStatements: 2,
        growsTo1000: 1001,
        root: 'chat',
        grows: '1,000 chats → 1,001 statements',
      },
    }),
    finding({
      id: 3,
      source: [0],
      statements: range(3, 2),
      callSite: site('src/chats.ts', 15),
      message: '3 statements where 2 do',
      replacement: 'select chat_id, count(*) from member where chat_id = any($1) group by chat_id',
      data: {
        proof: '2 of 2 member.chat_id are chat.id',
        totalStatements: 3,
        minimalStatements: 2,
        growsTo1000: 1001,
        root: 'chat',
        grows: '1,000 chats → 1,001 statements',
      },
    }),
    finding({
      id: 4,
      detector: 'lost-update',
      category: 'atomicity',
      confidence: 'possible',
      statements: [7],
      callSite: site('src/chats.ts', 15),
      message: 'a row was read, then written with a value computed from it',
    }),
  ],
  {
    dismissals: [{ detector: 'n-plus-one', kind: 'pagination', why: '', statements: [7], callSite: null }],
    suppressed: [{ finding: finding({ id: 9, statements: [7] }), reason: 'a session touch', until: null }],
  },
);

export const notices = report(
  profile('GET /export/:id', [{ sql: 'select * from row where export_id = $1', times: 3 }], {
    dropped: 12_000,
    durationMs: 4_210,
    outcome: { status: null, error: null, aborted: true },
    notices: [
      {
        code: 'statements-dropped',
        message: 'more statements were sent than a scope keeps (limits.statements)',
        count: 12_000,
      },
      { code: 'unreadable-sql', message: 'a text has a quote or comment that never ends', count: 1 },
    ],
  }),
);

export const longSql = report(
  profile('GET /organisations/:organisation/reports/:report/sections/:section/comments/:comment/reactions', [
    {
      sql: 'select distinct o.id, o.name from organisation o',
      at: site('packages/server/src/modules/reports/report.service.ts', 1204),
    },
    {
      sql: `with recursive thread as (select id, parent_id from comment where id = $1 union all select c.id, c.parent_id from comment c
        join thread t on c.parent_id = t.id) select r.id, r.kind, count(*) over (partition by r.kind) from reaction r join thread on thread.id = r.comment_id
        where r.organisation_id = $2 and r.deleted_at is null order by r.created_at desc limit $3`,
      times: 40,
      at: site('packages/server/src/modules/reports/reaction.repository.ts', 88),
    },
  ]),
  [
    finding({
      id: 1,
      source: [0],
      statements: range(1, 40),
      callSite: site('packages/server/src/modules/reports/reaction.repository.ts', 88),
      message: '41 statements where 2 do',
      advice:
        'Ask for all organisations at once: r.organisation_id = any($2), and group the rows by organisation in the app.',
      data: {
        proof: '40 of 40 reaction.organisation_id are organisation.id',
        order: 'in row order',
      },
    }),
  ],
);

export const wideCharacters = report(
  profile('GET /聊天/:id', [
    { sql: 'select 編號 from 聊天室', at: site('src/聊天.ts', 12) },
    { sql: 'select 編號, 內容, 發送者編號 from 訊息 where 聊天室編號 = $1', times: 2, at: site('src/聊天.ts', 14) },
    { sql: 'select "名前👩‍👩‍👧‍👦" from "ユーザー" where "番号" = $1', times: 20, at: site('src/利用者.ts', 160) },
  ]),
  [
    finding({
      id: 1,
      source: [0],
      statements: range(1, 2),
      callSite: site('src/聊天.ts', 14),
      message: '',
      replacement: 'select 編號, 內容, 發送者編號 from 訊息 where 聊天室編號 = any($1)',
      data: {
        proof: '2 of 2 訊息.聊天室編號 are 聊天室.編號',
        totalStatements: 23,
        minimalStatements: 3,
        grows: '1,000 聊天室 → 11,001 statements',
      },
    }),
    finding({
      id: 2,
      parent: 1,
      source: range(1, 2),
      statements: range(3, 20),
      callSite: site('src/利用者.ts', 160),
      message: '',
      replacement: 'select "名前👩‍👩‍👧‍👦" from "ユーザー" where "番号" = any($1)',
      data: { proof: '20 of 20 ユーザー.番号 are 訊息.發送者編號', totalStatements: 20, minimalStatements: 1 },
    }),
  ],
);

export const noCallSite = report(
  profile('after GET /chats', [{ sql: CHAT }, { sql: MESSAGE, times: 2 }], {
    kind: 'job',
    outcome: { status: null, error: null, aborted: false },
  }),
  [
    finding({
      id: 1,
      source: [0],
      statements: range(1, 2),
      message: '3 statements where 2 do',
      replacement: 'select * from message where chat_id = any($1)',
      data: {
        proof: '2 of 2 chat_id are chat.id',
        order: 'in row order',
        totalStatements: 3,
        minimalStatements: 2,
        grows: '1,000 chats → 1,001 statements',
      },
    }),
  ],
);

export const hostile = report(
  profile('GET /\u001b[2J\u0007evil\r\nGET /fine', [
    {
      sql: 'select 1 -- \u001b[31m\u202e\n from "a\u001b]8;;http://x\u0007b" where id = $1',
      times: 3,
      at: site('src/\u001b[1mx.ts', 1),
    },
  ]),
  [
    finding({
      id: 1,
      detector: 'n-plus-one\u001b[0m',
      statements: range(0, 3),
      callSite: site('src/\u001b[1mx.ts', 1),
      message: 'a message\nwith \u009b31m in it',
      why: 'because\u0000 of it',
      replacement: 'select\u001b[31m 1',
    }),
  ],
);

export const severalFiles = report(
  profile('GET /chats', [
    { sql: MESSAGE, at: site('src/chats.ts', 4) },
    { sql: USER, times: 2, at: site('src/chats.ts', 15) },
    { sql: 'select amount from transfer where account = $1', times: 2, at: site('src/transfer.ts', 4) },
  ]),
  [
    finding({ id: 1, source: [0], statements: range(1, 2), callSite: site('src/chats.ts', 15), message: 'a loop' }),
    finding({ id: 2, parent: 1, source: range(1, 2), statements: range(3, 2), callSite: site('src/transfer.ts', 4) }),
    finding({ id: 3, parent: 2, source: range(3, 2), statements: [0], callSite: site('src/chats.ts', 4) }),
  ],
);

export const oneSender = report(
  profile('GET /chats', [
    { sql: CHAT, at: site('src/chats.ts', 10) },
    { sql: MESSAGE, times: 2, at: site('src/chats.ts', 13) },
    { sql: USER, times: 20, at: site('src/chats.ts', 15) },
  ]),
  [
    story.findings[0] as Finding,
    { ...(duplicate.findings[0] as Finding), id: 2, parent: 1, source: range(1, 2), statements: range(3, 20) },
  ],
);

const CHILDREN = 'select id, name from folder where parent_id = $1';

export const walk = report(
  profile('GET /folders/:id', [
    { sql: 'select id from folder where parent_id is null', at: site('src/chats.ts', 10) },
    { sql: CHILDREN, times: 14, at: site('src/chats.ts', 13) },
  ]),
  [
    finding({
      id: 1,
      detector: 'recursive-walk',
      source: [0],
      statements: range(1, 14),
      callSite: site('src/chats.ts', 13),
      message: '15 statements where 2 do',
      replacement:
        'with recursive walk as (select parent_id as key from folder where parent_id = $1 union select id from folder, walk where parent_id = walk.key) ' +
        'select id, name from folder where parent_id in (select key from walk)',
      data: {
        proof: '13 of 14 parent_id are folder.id of its own earlier rows, the other one is from another statement',
        order: 'in row order',
        totalStatements: 15,
        minimalStatements: 2,
        growsTo1000: 1_002,
        grows: '1,000 folders → 1,002 statements',
      },
    }),
  ],
);

export const single = report(
  profile('GET /export', [
    { sql: 'select * from message where text like $1', at: site('src/chats.ts', 4) },
    { sql: 'select 1' },
  ]),
  [
    finding({
      id: 1,
      detector: 'large-result',
      severity: 'info',
      statements: [0],
      callSite: site('src/chats.ts', 4),
      message: '4,200 rows of message, and no LIMIT',
      why: 'Nothing in the text bounds the result, so it grows with the table. None of their values was bound by a later statement; what else became of them is not seen.',
      advice:
        'Read a page (LIMIT, and the last key of the page before), let the server count and sum, or take the rows as a stream.',
      data: { rows: 4_200 },
    }),
    finding({
      id: 2,
      detector: 'slow-statement',
      severity: 'info',
      statements: [0],
      callSite: site('src/chats.ts', 4),
      message: '1 statement of 500 ms or more, the slowest 1,240 ms',
      why: '1,240 ms at the server and on the way, 82 % of the request. The wait for a connection, 31 ms, is not counted in.',
      advice:
        'EXPLAIN (ANALYZE, BUFFERS) says where the server spends it: a missing index, rows that are read and thrown away, a lock. If it is fast there, the rows are many or the network is slow.',
      data: { slowestMs: 1_240 },
    }),
  ],
);

export const budget = report(
  profile(
    'GET /reports/:id',
    [
      { sql: USER, times: 20, at: site('src/chats.ts', 15) },
      { sql: MESSAGE, times: 8, at: site('src/chats.ts', 13) },
      { sql: CHAT, at: site('src/chats.ts', 10) },
    ],
    {
      notices: [
        { code: 'allow-unused', message: 'an allow for n-plus-one had nothing to allow here: two at most', count: 1 },
      ],
    },
  ),
  [
    finding({
      id: 1,
      detector: 'statement-budget',
      statements: range(0, 29),
      callSite: site('src/chats.ts', 15),
      message: '31 statements where the budget is 10',
      why: '20 × select users at src/chats.ts:15, 8 × select message at src/chats.ts:13, 1 × select chat at src/chats.ts:10 and 2 other shapes.',
      advice: 'Look at the most repeated ones first; where so many are right, give this label a budget of its own.',
      data: { count: 31, budget: 10 },
    }),
  ],
  {
    suppressed: [
      {
        finding: finding({ id: 2, statements: [1, 2] }),
        reason: 'two sides of a transfer, never more',
        until: '2030-12-31',
      },
      {
        finding: finding({ id: 3, detector: 'write-loop', statements: [3] }),
        reason: 'an audit row each',
        until: null,
      },
    ],
  },
);

function transaction(index: number, outcome: Transaction['outcome']): Transaction {
  return {
    index,
    connection: 0,
    outcome,
    isolation: null,
    readOnly: null,
    implicit: false,
    begunBy: null,
    endedBy: null,
    failedBy: null,
    startMs: 0,
    endMs: 1,
    undone: [],
    savepoints: [],
    ambient: false,
  };
}

const ORDER_SQL = 'insert into orders (customer_id, total) values ($1, $2) returning id';
const LINE_SQL = 'insert into order_line (order_id, product_id, quantity) values ($1, $2, $3)';

/** Two transactions where one would do, a write after them, and a loop of writes. */
export const units = report(
  profile(
    'POST /orders',
    [
      { sql: 'begin', verb: 'begin', within: 0, at: site('src/orders.ts', 8) },
      { sql: ORDER_SQL, verb: 'insert', wrote: ['orders', 1], within: 0, at: site('src/orders.ts', 9) },
      { sql: 'commit', verb: 'commit', within: 0, at: site('src/orders.ts', 10) },
      { sql: 'select name from product where id = $1', at: site('src/orders.ts', 11) },
      { sql: 'begin', verb: 'begin', within: 1, at: site('src/orders.ts', 12) },
      { sql: LINE_SQL, times: 3, verb: 'insert', wrote: ['order_line', 1], within: 1, at: site('src/orders.ts', 14) },
      { sql: 'rollback', verb: 'rollback', within: 1, at: site('src/orders.ts', 15) },
      { sql: 'begin', verb: 'begin', within: 2, at: site('src/orders.ts', 17) },
      {
        sql: 'update stock set count = count - $1 where product_id = $2',
        verb: 'update',
        wrote: ['stock', 1],
        within: 2,
        at: site('src/orders.ts', 18),
      },
      {
        sql: 'update customer set orders = orders + 1 where id = $1',
        verb: 'update',
        wrote: ['customer', 1],
        at: site('src/orders.ts', 21),
      },
    ],
    { transactions: [transaction(0, 'committed'), transaction(1, 'rolled back'), transaction(2, 'left open')] },
  ),
  [
    finding({
      id: 1,
      detector: 'missing-transaction',
      category: 'atomicity',
      severity: 'error',
      statements: [1, 5, 6, 7, 10, 11],
      callSite: site('src/orders.ts', 14),
      message: '4 units where 1 should be',
      why: 'order_line.order_id is the id that the INSERT into orders returned.',
      advice: 'Send them on one client between one begin and one commit.',
    }),
    finding({
      id: 2,
      detector: 'silent-rollback',
      category: 'atomicity',
      severity: 'error',
      statements: range(1, 1),
      callSite: site('src/orders.ts', 10),
      message: 'one unit alone',
      why: 'A single transaction is not numbered.',
      advice: '',
    }),
  ],
);

/** More writes than anybody reads. */
export const manyUnits = report(
  profile(
    'POST /seed',
    range(1, 30).map((number) => ({
      sql: `insert into table_${number} (name) values ($1)`,
      verb: 'insert' as const,
      wrote: [`table_${number}`, 1] as [string, number],
      at: site('src/seed.ts', number),
    })),
  ),
  [
    finding({
      id: 1,
      detector: 'missing-transaction',
      category: 'atomicity',
      severity: 'error',
      confidence: 'likely',
      statements: range(0, 30),
      callSite: site('src/seed.ts', 1),
      message: '30 writes, each committed on its own',
      why: 'They were written from one function.',
      advice: 'Send them on one client between begin and commit.',
    }),
  ],
);
