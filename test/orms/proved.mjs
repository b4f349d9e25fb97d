// A proof of what a library's transactions are worth, in a process where queryscope was handed nothing but the library's handle. After each run the table
// is asked how many rows there are.

import pg from 'pg';
import { createProfiler } from 'queryscope';

const program = await import(`./${process.env.LIBRARY}/program.mjs`);
// slonik never gives the place of a lost connection back to its pool: room for all that are cut here.
const db = await program.open({ url: process.env.DATABASE, max: 40 });
const profiler = createProfiler({ outputs: [], enabled: true });
profiler.wrap(program.handleOf?.(db) ?? db);
const table = new pg.Client({ connectionString: process.env.DATABASE });
await table.connect();

const plays = {
  commit: () => program.commit(db),
  isolated: () => program.isolated(db),
  retried: () => program.retried(db),
  ...(program.nested === undefined ? {} : { nested: () => program.nested(db) }),
  apart: async () => {
    await program.commit(db);
    await program.isolated(db);
  },
};

// A pool that has been used, as an app under test has one; and what fails once has failed.
await program.retried(db);
await table.query('truncate entry');

const proofs = {};
for (const [name, play] of Object.entries(plays)) {
  const found = [];
  const reset = async () => {
    const { rows } = await table.query('select count(*)::int as count from entry');
    found.push(rows[0].count);
    await table.query('truncate entry');
  };
  const { atomic, stopped, untried, writes, runs } = await profiler.proveAtomic(play, {
    label: name,
    reset,
    timeoutMs: 5_000,
  });
  const inTime = runs.toSorted((a, b) => a.report.profile.startedAt.localeCompare(b.report.profile.startedAt));
  const rowsOf = (all) => all.reduce((sum, { rows }) => sum + rows, 0);
  // Where the process would have ended, what it sent after that is in the table, and does not count.
  const said = [rowsOf(writes), ...inTime.map(({ stayed, crashed }) => (crashed ? null : rowsOf(stayed)))];
  for (const [i, rows] of said.entries()) if (rows === null) found[i] = null;
  const told = runs.map(({ failed, at, how, outcome, stayed }) => {
    const left = stayed.map(({ write }) => write ?? 'new').join();
    return `${at} ${failed} ${how}: ${outcome}${left === '' ? '' : ` ${left}`}`;
  });
  proofs[name] = { atomic, stopped, untried, said, found, told };
}
console.log(JSON.stringify(proofs));
// slonik says at its end what it lost.
await program.close(db).catch(() => {});
await table.end();
await profiler.close();
