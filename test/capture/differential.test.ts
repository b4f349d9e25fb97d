// The same drawn programs of statements with and without queryscope: an app cannot tell the difference. Results, errors, events, the order of them, unhandled
// rejections, and where its own code is run are the same, whatever is switched on.

import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { state } from '../../src/capture/state.js';
import { createProfiler, type ProfilerOptions } from '../../src/index.js';
import { installedDriver } from '../drivers/install.js';
import { freshDatabase } from '../postgres.js';
import fc from '../support/properties.js';
import { Machine, type Seen, textOf, type World } from './differential/machine.js';
import { type Program, programs } from './differential/programs.js';

/** Each is run without us and with; .ci/full draws 10,000. */
const PROGRAMS = Number(process.env.QUERYSCOPE_RUNS ?? 80);

/** Of a program that was seen to differ. What comes out one time in ten, or seldom while the machine has other work, is still seen on both sides then. */
const RERUNS = 20;

/** Null: patched, but in no scope. */
const MODES: Record<string, ProfilerOptions | null> = {
  'in no scope': null,
  'as it comes': {},
  'without call sites': { callSites: 'never' },
  'all stacks, and values sampled': { callSites: 'always', values: 'sample' },
};

let world: World;
let checker: pg.Client;
let machine: Machine | null = null;
const others = new Map<string, NodeJS.UncaughtExceptionListener[]>();

beforeAll(async () => {
  const url = `${await freshDatabase()}?options=${encodeURIComponent('-c synchronous_commit=off')}`;
  world = { ...(await installedDriver('pg')), url };
  checker = new pg.Client(url);
  await checker.connect();
  await checker.query('create table item (id int primary key, name text)');
  // What nobody hears of ends a process that does not listen; here it is one more thing to see.
  for (const event of ['unhandledRejection', 'uncaughtException'] as const) {
    others.set(event, process.listeners(event as 'uncaughtException'));
    process.removeAllListeners(event);
    process.on(event, (error: unknown) => machine?.see('process', `${event} ${textOf(error)}`));
  }
}, 240_000);

afterAll(async () => {
  for (const [event, listeners] of others) {
    process.removeAllListeners(event);
    for (const listener of listeners) process.on(event as 'uncaughtException', listener);
  }
  await checker?.end();
});

async function run(program: Program): Promise<Seen> {
  await checker.query("truncate item; insert into item values (1, 'one'), (2, 'two'), (3, 'three')");
  machine = new Machine(world, program);
  const seen = await machine.run();
  machine = null;
  // Floating promises may be rejected in any order.
  seen.process?.sort();
  return seen;
}

/** The same below a profiler. */
async function runWith(program: Program, options: ProfilerOptions | null): Promise<Seen> {
  const profiler = createProfiler({ outputs: [], enabled: true, ...options });
  profiler.instrument(world.pg);
  try {
    if (options === null) return await run(program);
    const { result, report } = await profiler.capture('program', () => run(program));
    statements += report.profile.statements.length;
    expect(report.profile.notices.map(({ code }) => code)).not.toContain('internal-error');
    return result;
  } finally {
    await profiler.close();
  }
}

let statements = 0;
let wavering = 0;

/** A program whose answers depend on the machine's mood tells nothing, as long as some of them are the same with and without us. */
async function isMood(program: Program, options: ProfilerOptions | null, first: readonly Seen[]): Promise<boolean> {
  const bare = new Set([JSON.stringify(first[0])]);
  const ours = new Set([JSON.stringify(first[1])]);
  for (let i = 0; i < RERUNS; i++) {
    bare.add(JSON.stringify(await run(program)));
    ours.add(JSON.stringify(await runWith(program, options)));
    if ([...ours].some((seen) => bare.has(seen))) return true;
  }
  return false;
}

it(`an app cannot tell, on ${PROGRAMS} programs`, { timeout: 7_200_000 }, async () => {
  const modes = fc.constantFrom(...Object.keys(MODES));
  await fc.assert(
    fc.asyncProperty(programs, modes, async (program, mode) => {
      const options = MODES[mode] ?? null;
      const bare = await run(program);
      const seen = await runWith(program, options);
      if (JSON.stringify(seen) === JSON.stringify(bare)) return;
      if (await isMood(program, options, [bare, seen])) wavering++;
      else expect(seen).toEqual(bare);
    }),
    { numRuns: PROGRAMS },
  );
  expect(state.caught).toBe(0);
  expect(statements).toBeGreaterThan(PROGRAMS * 3);
  // On a busy machine more of them waver; nine of ten still have to tell something.
  expect(wavering).toBeLessThanOrEqual(PROGRAMS / 10);
});
