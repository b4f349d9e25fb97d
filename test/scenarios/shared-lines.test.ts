// One repository function that many lines call, as in every app: each line is named right on each visit, and what that costs is
// counted in stacks. Real stacks, a real PostgreSQL.

import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { forgetSites } from '../../src/capture/site-memory.js';
import type { Report } from '../../src/report/report.js';
import { findingsOf, type Handler, type Scene, Stage } from './stage.js';

const userOf = async ({ pool }: Scene, id: number) =>
  (await pool.query('select id, username from users where id = $1', [id])).rows[0];

const chatsOf = async ({ pool }: Scene) => (await pool.query('select id, owner_id from chat order by id')).rows;

const ROUTES: Record<string, { handler: Handler; finds: (rows: number) => string[] }> = {
  'one user': {
    handler: (scene) => userOf(scene, 1),
    finds: () => [],
  },
  'a loop': {
    async handler(scene) {
      for (const { owner_id } of await chatsOf(scene)) await userOf(scene, owner_id); // #owners
    },
    finds: (rows) => [`n-plus-one proven: 1 of chat.owner_id → ${rows} of users.id at #owners`],
  },
  'who asks, and then a loop': {
    async handler(scene) {
      await userOf(scene, 2);
      for (const { owner_id } of await chatsOf(scene)) await userOf(scene, owner_id); // #viewed
    },
    finds: (rows) => [`n-plus-one proven: 1 of chat.owner_id → ${rows} of users.id at #viewed`],
  },
  'two loops, one after the other': {
    async handler(scene) {
      const chats = await chatsOf(scene);
      for (const { owner_id } of chats) await userOf(scene, owner_id); // #first
      await scene.pool.query('select count(*) from message');
      for (const { owner_id } of chats) await userOf(scene, owner_id); // #second
    },
    finds: (rows) =>
      ['#first', '#second'].map((mark) => `n-plus-one proven: 1 of chat.owner_id → ${rows} of users.id at ${mark}`),
  },
};

let stage: Stage;
beforeAll(async () => {
  stage = await Stage.open();
});
afterAll(() => stage?.close());
beforeEach(forgetSites);

/** Statements of users whose stacks were taken. */
const capturedIn = ({ profile }: Report) =>
  profile.statements.filter(({ shape, callSite }) => shape.reads.includes('users') && !callSite?.assumed).length;

/** `41 41 19×3`: visit by visit. */
const inRuns = (counts: readonly number[]) =>
  counts.join(' ').replace(/\b(\d+)(?: \1\b){2,}/g, (run, count) => `${count}×${run.split(' ').length}`);

test.each<[number, Record<string, string>]>([
  [
    3,
    {
      'one user': '1×4 0×27 1 0×8',
      // The second in each; the sixteenth capture was one, and from then on it is the third.
      'a loop': '3×4 1×3 2 1×23 3 1×8',
      'who asks, and then a loop': '4×40',
      'two loops, one after the other': '6×40',
    },
  ],
  [
    40,
    {
      'one user': '1×4 0×27 1 0×8',
      'a loop': '40×4 2×27 40 2×8',
      // After who asks it was the loop in each of three visits; then the first sixteen and every eighth will do.
      'who asks, and then a loop': '41×3 19×28 41 19×8',
      // One loop ends and another begins after the sixteenth, each time.
      'two loops, one after the other': '80×40',
    },
  ],
])('with %i rows, the line of each caller is named on every visit, from so many stacks', async (rows, stacks) => {
  await stage.seed(rows);
  const visits = Object.entries(ROUTES).map(([name, route]) => ({ name, ...route, visit: stage.route(route.handler) }));
  const captured: Record<string, number[]> = {};
  for (let turn = 0; turn < 40; turn++) {
    for (const { name, visit, finds } of visits) {
      const { report, status } = await visit();
      expect([name, turn, status, ...findingsOf(report)]).toEqual([name, turn, 200, ...finds(rows)]);
      captured[name] ??= [];
      captured[name].push(capturedIn(report));
    }
  }
  expect(Object.fromEntries(Object.entries(captured).map(([name, counts]) => [name, inRuns(counts)]))).toEqual(stacks);
});
