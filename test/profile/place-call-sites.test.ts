// Which call site a statement gets: `at` is what its stack said, `at ?` that none was captured.

import { describe, expect, it } from 'vitest';
import { profileOf } from '../support/timeline.js';

/** Each statement's site: `a.ts:1`, with `~` where it is assumed, `~?` where it is doubtful; `-` where there is none. */
function sitesOf(timeline: string): string {
  return profileOf(timeline)
    .statements.map(({ callSite: site }) => {
      if (site === null) return '-';
      return `${site.file}:${site.line}${site.assumed ? '~' : ''}${site.doubtful ? '?' : ''}`;
    })
    .join(' ');
}

describe('the call site', () => {
  it.each([
    [
      'is assumed where this scope saw no other',
      `select 1 from a where id = 1      -- at a.ts:1
       select 1 from a where id = 2      -- at ?`,
      'a.ts:1 a.ts:1~',
    ],
    [
      'is of the longer stack where one is the beginning of the other',
      `select 1 from a where id = 1      -- at a.ts:1 f
       select 1 from a where id = 2      -- at a.ts:1 f < async b.ts:2 g`,
      'a.ts:1 a.ts:1',
    ],
    [
      'is unknown where this scope saw two',
      `select 1 from a where id = 1      -- at a.ts:1
       select 1 from a where id = 2      -- at a.ts:2
       select 1 from a where id = 3      -- at ?`,
      'a.ts:1 a.ts:2 -',
    ],
    [
      'is doubtful where this scope saw two, and those around it came from one',
      `select 1 from a where id = 1      -- at a.ts:1
       select 1 from a where id = 2      -- at a.ts:2
       select 1 from a where id = 3      -- at ?
       select 1 from a where id = 4      -- at a.ts:2
       select 1 from a where id = 5      -- at ?
       select 1 from a where id = 6      -- at a.ts:1`,
      'a.ts:1 a.ts:2 a.ts:2~? a.ts:2 - a.ts:1',
    ],
    [
      'is doubtful where this scope saw two, and the last three before the end came from one',
      `select 1 from a where id = 1      -- at a.ts:1
       select 1 from a where id = 2      -- at a.ts:2
       select 1 from a where id = 3      -- at a.ts:2
       select 1 from a where id = 4      -- at a.ts:2
       select 1 from a where id = 5      -- at ?`,
      'a.ts:1 a.ts:2 a.ts:2 a.ts:2 a.ts:2~?',
    ],
    [
      'is unknown where this scope saw two, and those around it are not among the eight nearest',
      `select 1 from a where id = 0      -- at a.ts:1
       select 1 from a where id = 1      -- at a.ts:2
       ${Array.from({ length: 8 }, (_, i) => `select 1 from a where id = ${i + 2} -- at ?`).join('\n')}
       select 1 from a where id = 10     -- at a.ts:2`,
      `a.ts:1 a.ts:2 ${'- '.repeat(8)}a.ts:2`,
    ],
    [
      "is shown at the caller of the app's own query function, which sends all kinds of statements",
      `select 1 from a                   -- at db.ts:1 q < a.ts:1 list
       select 1 from b where id = 1      -- at db.ts:1 q < a.ts:2 list
       select 1 from b where id = 2      -- at ?`,
      'a.ts:1 a.ts:2 a.ts:2~',
    ],
    [
      'is the innermost line where only one statement comes from it',
      'select 1 from b where id = 1      -- at db.ts:1 find < a.ts:1 list',
      'db.ts:1',
    ],
    [
      'is where the turns after the first were begun: by the loop, not by what it calls nor by who called it',
      `select 1 from b where id = 1      -- at db.ts:1 find < a.ts:1 list < app.ts:1 handler
       select 1 from b where id = 2      -- at db.ts:1 find < a.ts:1 list < async app.ts:1 handler`,
      'a.ts:1 a.ts:1',
    ],
    [
      'is the same where only a later turn was captured',
      `select 1 from b where id = 1      -- at ?
       select 1 from b where id = 2      -- at db.ts:1 find < a.ts:1 list < async app.ts:1 handler`,
      'a.ts:1~ a.ts:1',
    ],
    [
      'is the innermost line of a function that waited for something else before it sent',
      `select 1 from b where id = 1      -- at db.ts:1 find < async a.ts:1 list
       select 1 from b where id = 2      -- at db.ts:1 find < async a.ts:1 list`,
      'db.ts:1 db.ts:1',
    ],
    [
      'is in the callback where all were sent at once',
      `select 1 from b where id = 1      -- pending at db.ts:1 find < a.ts:2 < a.ts:1 list
       select 1 from b where id = 2      -- pending at db.ts:1 find < a.ts:2 < a.ts:1 list`,
      'a.ts:2 a.ts:2',
    ],
    [
      "is the innermost line where all were sent at once and no callback is in between, but for a handler's",
      `select 1 from b where id = 1      -- pending at db.ts:1 find < app.ts:1
       select 1 from b where id = 2      -- pending at db.ts:1 find < app.ts:1`,
      'db.ts:1 db.ts:1',
    ],
    ['is unknown where nothing was captured', 'select 1 from a where id = 1 -- at ?', '-'],
  ])('%s', (_, timeline, sites) => {
    expect(sitesOf(timeline)).toBe(sites);
  });
});
