// What notes have on the heap, and what of a request is still there when it is over. To be run with --expose-gc and the address of a database; tells both as
// JSON.

import { setImmediate as turn } from 'node:timers/promises';
import pg from 'pg';
import { createProfiler, type Report } from '../../src/index.js';
import { defaults } from '../../src/options.js';
import { Recorder } from '../../src/profile/recorder.js';

export interface Retained {
  /** Bytes of a statement that looks one row up, in scopes of so many statements. */
  bytes: Record<23 | 2_300, number>;
  /** Results of requests that are over, and those of them that were collected while `reports` were kept. */
  results: { made: number; collected: number; reports: number };
}

const collect = globalThis.gc as () => void;

const TEXT = 'select id, username from users where id = $1';
const FIELDS = [
  { name: 'id', tableID: 7, dataTypeID: 23 },
  { name: 'username', tableID: 7, dataTypeID: 25 },
];
const CONNECTION = { host: '', port: 0, database: '', pool: null, native: false, statusSource: 'protocol' } as const;
/** Texts that the app has as well. */
const NAMES = ['ada', 'bob', 'cyd'];

function recorded(statements: number): Recorder {
  const recorder = new Recorder({ clock: () => performance.now(), limits: defaults.limits });
  for (let i = 0; i < statements; i++) {
    const note = recorder.note(TEXT, [i], {
      connection: CONNECTION,
      stack: null,
      waitMs: 0.5,
      via: 'pool',
      late: false,
      allowed: null,
    }) as number;
    recorder.status(note, 'I', 'I');
    const rows = [{ id: i, username: NAMES[i % NAMES.length] }];
    recorder.answer(note, { command: 'SELECT', rowCount: 1, rows, fields: FIELDS });
  }
  return recorder;
}

function bytesIn(statements: number): number {
  const scopes = Math.ceil(100_000 / statements);
  for (let i = 0; i < 1_000; i++) recorded(23);
  collect();
  const before = process.memoryUsage().heapUsed;
  const open = Array.from({ length: scopes }, () => recorded(statements));
  collect();
  return (process.memoryUsage().heapUsed - before) / open.length / statements;
}

async function collected(url: string): Promise<Retained['results']> {
  const pool = new pg.Pool({ connectionString: url, max: 1 });
  const profiler = createProfiler({ outputs: [], enabled: true });
  profiler.instrument(pg);
  let count = 0;
  const registry = new FinalizationRegistry(() => {
    count++;
  });
  let made = 0;
  async function lookUp(id: number): Promise<void> {
    const { rows } = await pool.query('select $1::int as id, $2::text as name', [id, `user ${id}`]);
    registry.register(rows, null);
    registry.register(rows[0], null);
    made += 2;
  }
  const reports: Report[] = [];
  for (let i = 0; i < 20; i++) {
    const { report } = await profiler.capture('request', async () => {
      for (let id = 0; id < 23; id++) await lookUp(id);
    });
    reports.push(report);
  }
  // The driver itself holds the result of its last statement.
  await pool.end();
  // Finalizers are called by a task of their own, some time after their objects were collected.
  for (const until = Date.now() + 20_000; count < made && Date.now() < until; ) {
    await turn();
    collect();
  }
  await profiler.close();
  return { made, collected: count, reports: reports.length };
}

async function main(url: string): Promise<void> {
  const retained: Retained = { bytes: { 23: bytesIn(23), 2300: bytesIn(2_300) }, results: await collected(url) };
  process.stdout.write(JSON.stringify(retained));
}

main(process.argv[2] as string);
