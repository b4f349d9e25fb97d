// A batch function that outlives requests (a DataLoader of the whole process): its statement is in one of the requests that asked for it,
// and a later batch is nothing of an earlier request's.

import { beforeAll, expect, test } from 'vitest';
import { freshDatabase } from '../postgres.js';
import { type Installed, installApps } from './installed.js';
import { RunningApp } from './running-app.js';

let installed: Installed;
let database: string;

beforeAll(async () => {
  [installed, database] = await Promise.all([installApps(), freshDatabase()]);
}, 240_000);

test('a batch belongs to a request that asked for it', async () => {
  const app = await RunningApp.start(installed.apps, 'dataloader.cjs', { DATABASE: database });
  const visit = async (path: string) => (await fetch(`http://127.0.0.1:${app.port}${path}`)).json();
  const batches = async (count: number) =>
    (await app.reported(count)).map(({ profile }) => profile.statements.map(({ values }) => values)).sort();

  expect(await Promise.all([visit('/2/11'), visit('/2/12')])).toEqual([{ id: 11 }, { id: 12 }]);
  const [none, both] = await batches(2);
  expect(none).toEqual([]);
  expect(both).toHaveLength(1);
  expect(both?.[0]?.join()).toMatch(/11.*12|12.*11/);

  for (const id of [13, 14]) {
    expect(await visit(`/1/${id}`)).toEqual({ id });
    const [own, ...others] = await batches(1);
    expect(others).toEqual([]);
    expect(own).toHaveLength(1);
    expect(own?.join()).toContain(String(id));
  }
  expect(await app.counts()).toEqual({ open: 0, outside: 0 });
  await app.stop();
});
