// The budget: off without a number, by label where one is given, and told with the shapes that spent it.

import { describe, expect, it } from 'vitest';
import { statementBudget } from '../../src/detectors/statement-budget.js';
import type { Budget } from '../../src/detectors/thresholds.js';
import { viewOf } from '../../src/profile/views.js';
import { testDetector } from '../support/test-detector.js';
import { profileOf } from '../support/timeline.js';

const budget = (given: Budget) => statementBudget.settings!.apply({ ...given });

testDetector(budget({ max: 3 }), {
  invalid: {
    'one more than the budget': `
      select * from users where id = $1     -- values 7     !over
      select * from chat                    --              !over
      select * from users where id = $1     -- values 8     !over
      select * from settings                --              !over`,
    'the most repeated shapes are shown': `
      select * from a     --     !over
      select * from a     --     !over
      select * from b     --     !over
      select * from b     --     !over
      select * from c     --     !over
      select * from d     --     !over
      select * from e     --     !over
      select * from f     --`,
  },
  valid: {
    'as many as the budget': `
      begin
      select * from users where id = $1     -- values 7
      commit`,
    'what an ORM adds to as many': `
      set search_path to app
      select version()
      select * from users where id = $1     -- values 7
      begin
      insert into log (text) values ($1)    -- values 'a'
      commit
      select * from users where id = $1     -- values 8
      discard all`,
    nothing: 'select 1',
  },
});

const TWENTY = Array.from({ length: 20 }, (_, i) => `select * from users where id = $1 -- at a.ts:16 a values ${i}`);

const wordsOf = (given: Budget, lines: readonly string[], label = 'GET /reports/7') => {
  const view = viewOf(profileOf(lines.join('\n'), { label }));
  const detector = budget(given);
  const [evidence] = detector.detect(view).evidence;
  return evidence && { ...detector.word(evidence, view), data: evidence.data };
};

it('says the count, the budget, the most repeated shapes and their lines', () => {
  const tables = ['chat', 'tag', 'post', 'photo', 'team', 'region'];
  const lines = [
    ...TWENTY,
    ...tables.map((table) => `select * from ${table} -- at b.ts:2 b`),
    'insert into log (a) values ($1) -- at c.ts:3 c values 1',
  ];
  expect(wordsOf({ max: 10 }, lines)).toMatchObject({
    message: '27 statements where the budget is 10',
    why: '20 × select users at a.ts:16, 1 × select chat at b.ts:2, 1 × select tag at b.ts:2, 1 × select post at b.ts:2, 1 × select photo at b.ts:2 and 3 other shapes.',
    data: { count: 27, budget: 10, over: 17, shapes: 8 },
  });
});

it('counts what was dropped over the cap', () => {
  const profile = { ...profileOf('select * from chat'), dropped: 5 };
  const detector = budget({ max: 5 });
  const view = viewOf(profile);
  expect(detector.word(detector.detect(view).evidence[0]!, view).message).toBe('6 statements where the budget is 5');
});

describe('by label', () => {
  it.each<[string, Budget, boolean]>([
    ['its own is larger', { max: 10, labels: { 'GET /reports/7': 20 } }, false],
    ['its own is smaller', { max: 30, labels: { 'GET /reports/7': 19 } }, true],
    ['a pattern', { max: 10, labels: { 'GET /reports/*': 20 } }, false],
    ['the first that matches', { labels: { 'GET *': 19, 'GET /reports/*': 20 } }, true],
    ['of another one', { labels: { 'GET /reports': 5, 'GET /report?/7': 5, 'get /*': 5 } }, false],
  ])('%s', (_, given, over) => {
    expect(wordsOf(given, TWENTY) !== undefined).toBe(over);
  });
});

it('has no default: without a number it finds nothing', () => {
  expect(statementBudget.detect(viewOf(profileOf(TWENTY.join('\n')))).evidence).toEqual([]);
});
