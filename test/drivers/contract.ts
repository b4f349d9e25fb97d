// Runs the table of contract-cases.ts on one driver: without us, patched but outside any scope, and in a scope. What the app sees has to be the same.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { releasePatches } from '../../src/capture/patches.js';
import { driverOfModule, patchDriver } from '../../src/capture/pg-module.js';
import { state } from '../../src/capture/state.js';
import { RecordingKeeper } from '../capture/recording.js';
import { freshDatabase } from '../postgres.js';
import { type Case, casesOf, type Subject, type World } from './contract-cases.js';

/**
 * Defines the tests of one driver. `driver` answers it when they begin: its module, and how to load what the app has beside it. `not`: names of cases that it does not
 * support at all.
 */
export function testContract(name: string, driver: () => Promise<Pick<World, 'pg' | 'load'>>, not?: RegExp): void {
  const world = {} as World;

  beforeAll(async () => {
    Object.assign(world, await driver(), { url: await freshDatabase() });
  }, 240_000);

  afterAll(() => expect(state.openScopes).toBe(0));

  const cases = Object.entries(casesOf(world)).filter(([title]) => !not?.test(title));
  describe.each(cases)(`${name}, %s`, (_name, run) => {
    it('is as without queryscope', async () => {
      const bare = await withSubject(world, run);
      const holder = {};
      patchDriver(driverOfModule(world.pg)!, holder);
      try {
        const outside = await withSubject(world, run);
        expect(outside).toEqual(bare);
        const keeper = new RecordingKeeper({ settleMs: 200 });
        let inside: unknown;
        const recorded = await keeper.record('the case', async () => {
          inside = await withSubject(world, run);
        });
        expect(inside).toEqual(bare);
        expect(recorded.notices).not.toContain('internal-error');
      } finally {
        releasePatches(holder);
      }
    });
  });
}

async function withSubject({ pg, url }: World, run: Case): Promise<unknown> {
  const subject: Subject = { client: new pg.Client(url), pool: new pg.Pool({ connectionString: url }) };
  await subject.client.connect();
  try {
    return await run(subject);
  } finally {
    // An old client that was cut off never says that it has ended.
    await Promise.race([subject.client.end(), pause(500)]);
    await subject.pool.end();
  }
}

const pause = (ms: number) => new Promise((resume) => setTimeout(resume, ms));
