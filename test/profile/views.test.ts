// Which statements are one repeat: each timeline's lines carry the repeat they belong to, as a letter.

import { describe, expect, it } from 'vitest';
import { viewOf } from '../../src/profile/views.js';
import { profileOf } from '../support/timeline.js';

/** The repeats as text: one line each, with its letter's statements, executions with different values, sites, and flows. */
function repeatsOf(timeline: string): string[] {
  const view = viewOf(profileOf(timeline));
  return view.repeats.map(({ statements, distinct, sites, captured, flows }) => {
    for (const { index } of statements) expect(view.repeatOf(index).statements).toBe(statements);
    const from = flows.map((flow) => ` < ${flow.from.table}.${flow.from.column} ${flow.strength}`).join('');
    const indexes = statements.map((statement) => statement.index).join(',');
    return `${indexes}: ${distinct} distinct, ${sites} sites, ${captured ? 'captured' : 'not captured'}${from}`;
  });
}

describe('a repeat is', () => {
  it('one shape from one call site', () => {
    expect(
      repeatsOf(`
        select * from users where id = $1     -- values 1
        select * from chat where id = $1      -- values 1
        select * from users where id = $1     -- values 2
        SELECT * FROM users WHERE id = 2`),
    ).toEqual(['0,2,3: 2 distinct, 1 sites, captured', '1: 1 distinct, 1 sites, captured']);
  });

  it('told apart by any frame of the call site', () => {
    expect(
      repeatsOf(`
        select * from users where id = $1     -- values 1 at db.ts:3 query < a.ts:1 a
        select * from users where id = $1     -- values 2 at db.ts:3 query < b.ts:1 b
        select * from users where id = $1     -- values 3 at db.ts:3 query < a.ts:1 a`),
    ).toEqual(['0,2: 2 distinct, 1 sites, captured', '1: 1 distinct, 1 sites, captured']);
  });

  it('one group of its own where no call site is known', () => {
    expect(
      repeatsOf(`
        select * from users where id = $1     -- values 1 at ?
        select * from users where id = $1     -- values 2 at ?`),
    ).toEqual(['0,1: 2 distinct, 0 sites, not captured']);
  });

  it('joined by an assumed site', () => {
    expect(
      repeatsOf(`
        select * from users where id = $1     -- values 1 at ?
        select * from users where id = $1     -- values 2 at a.ts:1 a`),
    ).toEqual(['0,1: 2 distinct, 1 sites, captured']);
  });

  it('what one source feeds, from whatever call sites', () => {
    expect(
      repeatsOf(`
        select id from chat                          -- rows id=1,2   at a.ts:1 a
        select * from message where chat_id = $1     -- values 1      at a.ts:2 a
        select * from message where chat_id = $1     -- values 2      at a.ts:3 a`),
    ).toEqual(['0: 1 distinct, 1 sites, captured', '1,2: 2 distinct, 2 sites, captured < chat.id certain']);
  });

  it('not joined by a source without the values of both', () => {
    expect(
      repeatsOf(`
        select id from chat                          -- rows id=1     at a.ts:1 a
        select * from message where chat_id = $1     -- values 1      at a.ts:2 a
        select * from message where chat_id = $1     -- values 2      at a.ts:3 a`),
    ).toHaveLength(3);
  });

  it('given its flows, the strongest first', () => {
    const profile = profileOf(`
      select id from chat                          -- rows id=1,2
      select * from message where chat_id = $1     -- values 1
      select * from message where chat_id = $1     -- values 2`);
    const [flow] = profile.flows;
    const weak = { ...flow!, strength: 'strong' as const, values: 9 };
    const few = { ...flow!, values: 1 };
    const view = viewOf({ ...profile, flows: [weak, few, flow!] });
    expect(view.repeatOf(1).flows).toEqual([flow, few, weak]);
  });
});

it('hidden values count as none', () => {
  const profile = profileOf(`
    select * from users where id = $1     -- values 1
    select * from users where id = $1     -- values 2`);
  const statements = profile.statements.map((statement) => ({ ...statement, valuesKey: null, slotKeys: null }));
  expect(viewOf({ ...profile, statements }).repeats[0]?.distinct).toBe(0);
});

it('an empty profile has no repeats', () => {
  expect(viewOf(profileOf('')).repeats).toEqual([]);
});
