// What `log_line_prefix` puts before an entry: as it was set, and as it is found out.

import { expect, test } from 'vitest';
import { linePrefix, USUAL_PREFIXES, usualPrefix } from '../../../src/logs/postgres/line-prefix.js';
import { momentOf } from '../../../src/logs/postgres/server-entry.js';

const AT = Date.UTC(2026, 10, 26, 11, 30, 22, 517);

/** A session's line by each of the usual prefixes. */
const LINES: Record<string, string> = {
  '%t [%p]: [%l-1] user=%u,db=%d,app=%a,client=%h ':
    '2026-11-26 11:30:22 UTC [42]: [3-1] user=ada,db=shop,app=my app,client=127.0.0.1 ',
  '%t [%p]: user=%u,db=%d,app=%a,client=%h ':
    '2026-11-26 11:30:22 UTC [42]: user=ada,db=shop,app=my app,client=[local] ',
  '%t [%p]: db=%d,user=%u,app=%a,client=%h ': '2026-11-26 11:30:22 UTC [42]: db=shop,user=ada,app=,client=::1 ',
  '%t [%p]: [%l-1] user=%u,db=%d ': '2026-11-26 11:30:22 UTC [42]: [3-1] user=ada,db=shop ',
  '%t [%p]: user=%u,db=%d ': '2026-11-26 11:30:22 UTC [42]: user=ada,db=shop ',
  '%t:%r:%u@%d:[%p]:': '2026-11-26 11:30:22 UTC:10.0.0.7(56628):ada@shop:[42]:',
  '%m [%p]: [%l-1] db=%d,user=%u ': '2026-11-26 11:30:22.517 UTC [42]: [3-1] db=shop,user=ada ',
  '%t [%p-%l] %q%u@%d ': '2026-11-26 11:30:22 UTC [42-3] ada@shop ',
  '%m [%p] %q%u@%d/%a ': '2026-11-26 11:30:22.517 UTC [42] ada@shop/my app ',
  '%m [%p] %q%u@%d ': '2026-11-26 11:30:22.517 UTC [42] ada@shop ',
  '%t [%p] %q%u@%d ': '2026-11-26 11:30:22 UTC [42] ada@shop ',
  '%m [%p] ': '2026-11-26 11:30:22.517 UTC [42] ',
  '%t [%p]: ': '2026-11-26 11:30:22 UTC [42]: ',
  '%t [%p] ': '2026-11-26 11:30:22 UTC [42] ',
};

test.each(USUAL_PREFIXES)('%s', (setting) => {
  const line = `${LINES[setting]}LOG:  duration: 0.1 ms  statement: select 1`;
  const read = linePrefix(setting).read(line);
  // Of one that is also right for lines of sessions, the line of none tells the same.
  expect(linePrefix(usualPrefix([line, line]) as string).read(line)).toEqual(read);
  expect(read?.rest).toBe('LOG:  duration: 0.1 ms  statement: select 1');
  expect(Math.floor((read?.facts.atMs ?? 0) / 1_000)).toBe(Math.floor(AT / 1_000));
  expect(read?.facts.session).toBe('42');
  expect([null, 'ada']).toContain(read?.facts.user);
  expect([null, 'shop']).toContain(read?.facts.database);
});

test('every escape, padded or not, and lines that belong to no session', () => {
  const { read } = linePrefix('%m [%-6p] %q%10u %c %v %e %l %x %Q %b 100%% ');
  expect(
    read(
      '2026-11-26 11:30:22.517 UTC [42    ]        ada 6b08184e.3ed3 3/14 23505 7 731 -99 client backend 100% ERROR:  x',
    )?.facts,
  ).toEqual({
    atMs: AT,
    session: '6b08184e.3ed3',
    place: 7,
    sqlState: '23505',
    virtualTransaction: '3/14',
    user: 'ada',
    database: null,
    application: null,
  });
  expect(read('2026-11-26 11:30:22.517 UTC [42    ] LOG:  checkpoint starting: time')?.facts.session).toBe('42');
  expect(read('something else LOG:  x')).toBeNull();
});

test('a line that does not go on as it should costs no time, however long it is', () => {
  const { read } = linePrefix('%m [%p] %q%u@%d/%a %r %c %v ');
  const began = process.cpuUsage();
  for (let i = 0; i < 20; i++) expect(read(`2026-11-26 11:30:22.517 UTC [42] ${'a@b/c '.repeat(100_000)}`)).toBeNull();
  const { user } = process.cpuUsage(began);
  expect(user / 1_000).toBeLessThan(2_000);
});

test('what a prefix has of a pattern stands for itself', () => {
  expect(linePrefix('(.*)+? [%p] ').read('(.*)+? [42] LOG:  x')?.facts.session).toBe('42');
  expect(linePrefix('(.*)+? [%p] ').read('xxxx [42] LOG:  x')).toBeNull();
});

test.each([
  ['2026-11-26 11:30:22.517 UTC', AT],
  ['2026-11-26 13:30:22.517 +02', AT],
  ['2026-11-26 06:00:22.517 -05:30', AT],
  ['2026-11-26 11:30:22', AT - 517],
  ['not a moment', null],
])('%s', (text, moment) => {
  expect(momentOf(text)).toBe(moment);
});
