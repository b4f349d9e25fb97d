// A route that looks one row up and then asks for rows of the same statement in a loop: found whole on the very visit on which the
// loop first runs, whatever the process knew of its lines by then. Real stacks, a real PostgreSQL.

import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { forgetSites } from '../../src/capture/site-memory.js';
import { findingsOf, type Handler, type Scene, Stage } from './stage.js';

const userOf = async ({ pool }: Scene, id: number) =>
  (await pool.query('select id, username from users where id = $1', [id])).rows[0];

const chatsOf = async ({ pool, body }: Scene) =>
  (await pool.query('select id, owner_id from chat order by id limit $1', [body.chats])).rows;

const who: Handler = async (scene) => {
  await userOf(scene, 2);
  for (const { owner_id } of await chatsOf(scene)) await userOf(scene, owner_id); // #owners
};

/** What went before, in the same process. */
const HISTORIES: Record<string, (visit: (chats: number) => Promise<unknown>, stage: Stage) => Promise<void>> = {
  'a new process': async () => {},
  'one visit without a row': async (visit) => void (await visit(0)),
  'four visits without a row': async (visit) => {
    for (let i = 0; i < 4; i++) await visit(0);
  },
  'forty visits without a row': async (visit) => {
    for (let i = 0; i < 40; i++) await visit(0);
  },
  'so many that its line is trusted': async (visit) => {
    for (let i = 0; i < 200; i++) await visit(0);
  },
  'visits of other routes': async (_visit, stage) => {
    const other = stage.route((scene) => userOf(scene, 1));
    for (let i = 0; i < 20; i++) await other();
  },
};

let stage: Stage;
beforeAll(async () => {
  stage = await Stage.open();
  await stage.seed(200);
});
afterAll(() => stage?.close());
beforeEach(forgetSites);

test.each(Object.keys(HISTORIES).flatMap((history) => [2, 3, 20, 200].map((rows) => [history, rows] as const)))(
  'after %s, a loop over %i rows is found at once',
  async (history, rows) => {
    const visit = stage.route(who);
    await HISTORIES[history]?.((chats) => visit({ chats }), stage);
    for (let i = 0; i < 3; i++) {
      const { report } = await visit({ chats: rows });
      expect(findingsOf(report)).toEqual([`n-plus-one proven: 1 of chat.owner_id → ${rows} of users.id at #owners`]);
    }
  },
);

test('a loop that moves to another line after hundreds of visits is found there at once', async () => {
  const visit = stage.route(async (scene: Scene) => {
    const chats = await chatsOf(scene);
    if (scene.body.moved)
      for (const { owner_id } of chats) await userOf(scene, owner_id); // #moved
    else for (const { owner_id } of chats) await userOf(scene, owner_id); // #stayed
  });
  for (let i = 0; i < 200; i++) await visit({ chats: 20 });
  const found: string[] = [];
  for (let i = 0; i < 8; i++) found.push(...findingsOf((await visit({ chats: 20, moved: 1 })).report));
  const at = (line: string) => `n-plus-one proven: 1 of chat.owner_id → 20 of users.id at ${line}`;
  expect(found).toEqual(Array(8).fill(at('#moved')));
});
