// Walks over trees and lists, in every order in which code goes through them; and what looks like one and is a loop.

import { describe, expect, it } from 'vitest';
import { detectors } from '../../src/detectors/index.js';
import { recursiveWalk } from '../../src/detectors/recursive-walk.js';
import { viewOf } from '../../src/profile/views.js';
import { testDetector } from '../support/test-detector.js';
import { profileOf, reportOf } from '../support/timeline.js';

const DOWN = 'select id, name from folder where parent_id = $1';
const UP = 'select id, parent_id from folder where id = $1';

testDetector(recursiveWalk, {
  invalid: {
    'down a tree, breadth-first': `
      ${DOWN}     -- values 1 rows id=2,3     !walk
      ${DOWN}     -- values 2 rows id=4,5     !walk
      ${DOWN}     -- values 3 rows id=6       !walk
      ${DOWN}     -- values 4 rows id=        !walk
      ${DOWN}     -- values 5 rows id=        !walk
      ${DOWN}     -- values 6 rows id=        !walk`,
    'down a tree, depth-first': `
      ${DOWN}     -- values 1 rows id=2,3     !walk
      ${DOWN}     -- values 2 rows id=4,5     !walk
      ${DOWN}     -- values 4 rows id=        !walk
      ${DOWN}     -- values 5 rows id=        !walk
      ${DOWN}     -- values 3 rows id=6       !walk
      ${DOWN}     -- values 6 rows id=        !walk`,
    'down a tree with a stack, the last child first': `
      ${DOWN}     -- values 1 rows id=2,3     !walk
      ${DOWN}     -- values 3 rows id=6       !walk
      ${DOWN}     -- values 6 rows id=        !walk
      ${DOWN}     -- values 2 rows id=4,5     !walk
      ${DOWN}     -- values 5 rows id=        !walk
      ${DOWN}     -- values 4 rows id=        !walk`,
    'down a tree, the children of one in parallel': `
      ${DOWN}     -- values 1 rows id=2,3 conn 1                  !walk
      ${DOWN}     -- values 2 rows id=4,5 conn 1 pending          !walk
      ${DOWN}     -- values 3 rows id=6 conn 2 pending            !walk
      select 1    -- conn 3
      ${DOWN}     -- values 4 conn 1 pending rows id=             !walk
      ${DOWN}     -- values 5 conn 2 pending rows id=             !walk
      ${DOWN}     -- values 6 conn 3 pending rows id=             !walk`,
    'two levels, all of the second': `
      ${DOWN}     -- values 1 rows id=2,3,4   !walk
      ${DOWN}     -- values 2 rows id=        !walk
      ${DOWN}     -- values 3 rows id=        !walk
      ${DOWN}     -- values 4 rows id=        !walk`,
    'a function that calls itself, another stack at each depth': `
      ${DOWN}     -- values 1 rows id=2,3 at tree.ts:3 walk < async app.ts:9 handler                                          !walk
      ${DOWN}     -- values 2 rows id=4 at tree.ts:3 walk < tree.ts:5 walk < async app.ts:9 handler                           !walk
      ${DOWN}     -- values 4 at tree.ts:3 walk < tree.ts:5 walk < async tree.ts:5 walk < async app.ts:9 handler rows id=     !walk
      ${DOWN}     -- values 3 at tree.ts:3 walk < tree.ts:5 walk < async app.ts:9 handler rows id=                            !walk`,
    'through a helper, the stacks not captured after the first': `
      ${DOWN}     -- values 1 rows id=2,3 at db.ts:3 query < tree.ts:4 childrenOf < tree.ts:9 walk     !walk
      ${DOWN}     -- values 2 rows id=4 at ?        !walk
      ${DOWN}     -- values 3 at ? rows id=         !walk
      ${DOWN}     -- values 4 at ? rows id=         !walk`,
    'from the roots that another statement gave': `
      select id from folder where parent_id is null     -- rows id=1,7     !source
      ${DOWN}     -- values 1 rows id=2,3     !walk
      ${DOWN}     -- values 2 rows id=        !walk
      ${DOWN}     -- values 3 rows id=        !walk
      ${DOWN}     -- values 7 rows id=8       !walk
      ${DOWN}     -- values 8 rows id=        !walk`,
    'up a tree': `
      ${UP}       -- values 90 rows id=90 parent_id=40      !walk
      ${UP}       -- values 40 rows id=40 parent_id=12      !walk
      ${UP}       -- values 12 rows id=12 parent_id=null    !walk`,
    'up a tree until something is found': `
      ${UP}       -- values 90 rows id=90 parent_id=40      !walk
      ${UP}       -- values 40 rows id=40 parent_id=12      !walk
      ${UP}       -- values 12 rows id=12 parent_id=7       !walk`,
    'up a tree from each row of a result': `
      select id, folder_id from file    -- rows id=1..3 folder_id=90,40,95     !source
      ${UP}       -- values 90 rows id=90 parent_id=41      !walk
      ${UP}       -- values 41 rows id=41 parent_id=12      !walk
      ${UP}       -- values 12 rows id=12 parent_id=null    !walk
      ${UP}       -- values 40 rows id=40 parent_id=12      !walk
      ${UP}       -- values 12 rows id=12 parent_id=null    !walk
      ${UP}       -- values 95 rows id=95 parent_id=40      !walk
      ${UP}       -- values 40 rows id=40 parent_id=12      !walk
      ${UP}       -- values 12 rows id=12 parent_id=null    !walk`,
    'a linked list': `
      select id, next_id from step where id = $1     -- values 5 rows id=5 next_id=9        !walk
      select id, next_id from step where id = $1     -- values 9 rows id=9 next_id=2        !walk
      select id, next_id from step where id = $1     -- values 2 rows id=2 next_id=null     !walk`,
    'a linked list by the pointer back': `
      select id from version where previous_id = $1     -- values 3 rows id=4     !walk
      select id from version where previous_id = $1     -- values 4 rows id=8     !walk
      select id from version where previous_id = $1     -- values 8 rows id=      !walk`,
    'managers, whose key is named after them': `
      select id, manager_id from employee where id = $1     -- values 31 rows id=31 manager_id=7     !walk
      select id, manager_id from employee where id = $1     -- values 7 rows id=7 manager_id=2       !walk
      select id, manager_id from employee where id = $1     -- values 2 rows id=2 manager_id=null    !walk`,
    'a table of edges': `
      select child_id from edge where parent_id = $1     -- values 1 rows child_id=2,3     !walk
      select child_id from edge where parent_id = $1     -- values 2 rows child_id=4       !walk
      select child_id from edge where parent_id = $1     -- values 3 rows child_id=4       !walk
      select child_id from edge where parent_id = $1     -- values 4 rows child_id=        !walk`,
    'round a cycle, with a memory of what was seen': `
      select child_id from edge where parent_id = $1     -- values 1 rows child_id=2,3     !walk
      select child_id from edge where parent_id = $1     -- values 2 rows child_id=1       !walk
      select child_id from edge where parent_id = $1     -- values 3 rows child_id=2,1     !walk`,
    'with a condition that stays, and values in the text': `
      select id from folder where parent_id = 1 and not deleted     -- rows id=2,3     !walk
      select id from folder where parent_id = 2 and not deleted     -- rows id=4       !walk
      select id from folder where parent_id = 3 and not deleted     -- rows id=        !walk
      select id from folder where parent_id = 4 and not deleted     -- rows id=        !walk`,
    'uuids, where no name speaks': `
      select id from item where container = $1     -- values 'a1b2c3d4-0000-4000-8000-000000000001' rows id='a1b2c3d4-0000-4000-8000-000000000002'     !walk
      select id from item where container = $1     -- values 'a1b2c3d4-0000-4000-8000-000000000002' rows id='a1b2c3d4-0000-4000-8000-000000000003'     !walk
      select id from item where container = $1     -- values 'a1b2c3d4-0000-4000-8000-000000000003' rows id=     !walk`,
    'keys that no name ties, each followed: likely': `
      select id, mgr_id from employee where id = $1     -- values 31 rows id=31 mgr_id=7       !walk?
      select id, mgr_id from employee where id = $1     -- values 7 rows id=7 mgr_id=2         !walk?
      select id, mgr_id from employee where id = $1     -- values 2 rows id=2 mgr_id=5         !walk?
      select id, mgr_id from employee where id = $1     -- values 5 rows id=5 mgr_id=null      !walk?`,
    'level by level, each level one statement': `
      select id from folder where parent_id = any($1)     -- values [1] rows id=2,3,4     !walk
      select id from folder where parent_id = any($1)     -- values [2,3,4] rows id=5,6   !walk
      select id from folder where parent_id = any($1)     -- values [5,6] rows id=        !walk`,
  },

  valid: {
    'one step: a row and its parent': `
      ${UP}       -- values 90 rows id=90 parent_id=40
      ${UP}       -- values 40 rows id=40 parent_id=12`,
    'the children of one, and no further': `
      ${DOWN}     -- values 1 rows id=2,3
      ${DOWN}     -- values 2 rows id=4,5
      ${DOWN}     -- values 3 rows id=6`,
    'a loop over rows that were there before, in their order': `
      select id from folder     -- rows id=1..6
      ${DOWN}     -- values 1 rows id=2,3
      ${DOWN}     -- values 2 rows id=4,5
      ${DOWN}     -- values 3 rows id=6
      ${DOWN}     -- values 4 rows id=
      ${DOWN}     -- values 5 rows id=
      ${DOWN}     -- values 6 rows id=`,
    'children of several ids from elsewhere': `
      ${DOWN}     -- values 1 rows id=2
      ${DOWN}     -- values 11 rows id=12
      ${DOWN}     -- values 21 rows id=22
      ${DOWN}     -- values 31 rows id=32`,
    'keyset pages': `
      select id from message where id > $1 order by id limit 3      -- values 0 rows id=1,2,3
      select id from message where id > $1 order by id limit 3      -- values 3 rows id=4,5,9
      select id from message where id > $1 order by id limit 3      -- values 9 rows id=12`,
    'small integers that meet by accident': `
      select id from message where chat_id = $1     -- values 1 rows id=1,2,3
      select id from message where chat_id = $1     -- values 2 rows id=4,5
      select id from message where chat_id = $1     -- values 3 rows id=6`,
  },
});

describe('a walk', () => {
  const CASES = {
    'down a tree': [
      `${DOWN} -- values 1 rows id=2,3`,
      `${DOWN} -- values 2 rows id=4,5`,
      `${DOWN} -- values 4 rows id=`,
      `${DOWN} -- values 5 rows id=`,
      `${DOWN} -- values 3 rows id=`,
    ],
    'up a tree': [
      `${UP} -- values 90 rows id=90 parent_id=40`,
      `${UP} -- values 40 rows id=40 parent_id=12`,
      `${UP} -- values 12 rows id=12 parent_id=null`,
    ],
    'level by level': [
      'select id from folder where parent_id = any($1) -- values [1] rows id=2,3',
      'select id from folder where parent_id = any($1) -- values [2,3] rows id=5',
      'select id from folder where parent_id = any($1) -- values [5] rows id=6,7',
      'select id from folder where parent_id = any($1) -- values [6,7] rows id=',
    ],
  };

  it.each(Object.entries(CASES))('%s is one finding, and nothing else of any kind', (_, lines) => {
    const view = viewOf(profileOf(lines.join('\n')));
    const found = detectors.flatMap((detector) =>
      detector.detect(view).evidence.map(({ statements }) => [detector.meta.id, statements.length]),
    );
    expect(found).toEqual([['recursive-walk', lines.length]]);
    expect(detectors.flatMap((detector) => detector.detect(view).dismissals)).toEqual([]);
  });

  it('that goes level by level is information: it grows with the depth only', () => {
    const severities = Object.values(CASES).map((lines) => reportOf(lines.join('\n')).findings[0]?.severity);
    expect(severities).toEqual(['warning', 'warning', 'info']);
  });

  it('has the loops over its rows below it', () => {
    const files = (folder: number) => `select * from file where folder_id = $1 -- values ${folder}`;
    const lines = CASES['down a tree'].toSpliced(1, 0, files(2), files(3));
    const { findings } = reportOf([...lines, files(4), files(5)].join('\n'));
    expect(findings.map(({ detector, parent, source }) => [detector, parent, source.length > 0])).toEqual([
      ['recursive-walk', null, false],
      ['n-plus-one', 1, true],
    ]);
  });
});
