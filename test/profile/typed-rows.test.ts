// Rows that say which table they speak of, on random requests over fresh serial ids: each type's loop is found, and a loop that
// has nothing to do with them is hardly ever called proven, however many types there are to guess from.

import { expect, it } from 'vitest';
import { randomOf } from '../support/random-requests.js';
import { profileOf } from '../support/timeline.js';

const REQUESTS = 1_500;
const TABLES = ['post', 'photo', 'video', 'album'];

/** Comments on rows of several tables, whose types are written so. */
function commentsOf(
  random: () => number,
  types: readonly string[],
): { line: string; rows: [type: string, id: number][] } {
  const count = 3 + Math.floor(random() * 8);
  const rows = Array.from({ length: count }, (): [string, number] => [
    types[Math.floor(random() * types.length)] as string,
    1 + Math.floor(random() * 6),
  ]);
  const columns = `id=1..${count} subject_type=${rows.map(([type]) => type)} subject_id=${rows.map(([, id]) => id)}`;
  return { line: `select id, subject_type, subject_id from comment -- rows ${columns} at list.ts:3 list`, rows };
}

const different = (values: readonly number[]): boolean => new Set(values).size > 1;

it('finds the loop of each type that names its table', () => {
  const random = randomOf(1);
  let loops = 0;
  for (let i = 0; i < REQUESTS / 5; i++) {
    const { line, rows } = commentsOf(random, TABLES);
    const lookUps = rows.map(([type, id]) => `select * from ${type} where id = $1 -- values ${id} at list.ts:5 list`);
    const { flows } = profileOf([line, ...lookUps].join('\n'));
    for (const table of TABLES) {
      const own = rows.flatMap(([type], at) => (type === table ? [at + 1] : []));
      if (!different(own.map((at) => rows[at - 1]?.[1] as number))) continue;
      loops++;
      const found = flows.filter(({ to }) => to.statements.join() === own.join());
      expect(found.map(({ strength, from }) => `${from.column} ${strength}`)).toEqual(['subject_id certain']);
    }
  }
  expect(loops).toBeGreaterThan(REQUESTS / 5);
});

it.each([
  ['names of other tables', TABLES, 0.005],
  ['codes', ['a', 'b', 'c'], 0.005],
])('does not take an unrelated loop for one of theirs, with %s as types', (_, types, share) => {
  const random = randomOf(2);
  let unrelated = 0;
  let accused = 0;
  for (let i = 0; i < REQUESTS; i++) {
    const { line } = commentsOf(random, types);
    const ids = Array.from({ length: 2 + Math.floor(random() * 5) }, () => 1 + Math.floor(random() * 6));
    if (!different(ids)) continue;
    unrelated++;
    const lookUps = ids.map((id) => `select * from setting where id = $1 -- values ${id} at show.ts:5 show`);
    if (profileOf([line, ...lookUps].join('\n')).flows.some(({ strength }) => strength === 'certain')) accused++;
  }
  expect(unrelated).toBeGreaterThan(REQUESTS / 2);
  expect(accused / unrelated).toBeLessThanOrEqual(share);
});
