// How a proof is drawn: the verdict, the table at any width, and what had to be left out.

import { expect, test } from 'vitest';
import { proofText } from '../../../src/outputs/console/proof-text.js';
import type { Proof, ProofRun, ProvenWrite, StayedWrite } from '../../../src/report/proof.js';
import type { Report } from '../../../src/report/report.js';

const REPORT = {} as Report;

const writeOf = (number: number, facts: Partial<ProvenWrite> = {}): ProvenWrite => ({
  number,
  deed: 'INSERT INTO orders',
  sql: 'insert into orders (customer_id, total) values ($1, $2)',
  rows: 1,
  transaction: null,
  callSite: null,
  ...facts,
});

const stayedOf = (write: number | null, facts: Partial<StayedWrite> = {}): StayedWrite => ({
  write,
  deed: 'INSERT INTO orders',
  sql: '',
  rows: 1,
  when: 'before',
  callSite: null,
  ...facts,
});

const runOf = (failed: number, facts: Partial<ProofRun> = {}): ProofRun => ({
  failed,
  at: 'write',
  how: 'error',
  outcome: 'rolled back',
  atomic: true,
  stayed: [],
  compensated: null,
  invariant: null,
  answered: { status: null, error: 'error (57014)' },
  crashed: false,
  report: REPORT,
  ...facts,
});

const proofOf = (facts: Partial<Proof>): Proof => ({
  format: 1,
  label: 'placeOrder',
  atomic: false,
  writes: [writeOf(1), writeOf(2)],
  runs: [],
  untried: [],
  stopped: null,
  report: REPORT,
  ...facts,
});

const draw = (proof: Proof, width = 80): string => proofText(proof, { width, color: false });

test('outcomes of all kinds, what stayed beside and after, and what was taken back', () => {
  const runs = [
    runOf(1, { outcome: 'retried', stayed: [stayedOf(1), stayedOf(2)], answered: { status: null, error: null } }),
    runOf(2, {
      outcome: 'torn',
      atomic: false,
      stayed: [stayedOf(1, { when: 'beside' })],
      answered: { status: 500, error: null },
    }),
    runOf(2, {
      how: 'cut',
      outcome: 'compensated',
      stayed: [stayedOf(1), stayedOf(null, { deed: 'DELETE FROM orders', when: 'after' })],
      compensated: 'likely',
    }),
    runOf(2, {
      how: 'answer lost',
      outcome: 'done twice',
      atomic: false,
      stayed: [stayedOf(1, { rows: 3 }), stayedOf(null, { rows: 2 }), stayedOf(2, { rows: null })],
    }),
    runOf(2, { at: 'commit', outcome: 'swallowed', answered: { status: 200, error: null } }),
  ];
  expect(draw(proofOf({ runs }))).toMatchInlineSnapshot(`
    "placeOrder   not atomic · 2 writes, 5 failures tried

       write 1    insert into orders (…) values (…)  ✓ 1 row
       write 2    insert into orders (…) values (…)  ✓ 1 row

       failed    how          outcome      stayed                           answered
     ✓ write 1   error        retried      everything                       all well
     ✖ write 2   error        torn         INSERT INTO orders (1 row),      500
                                           sent beside it
     ✓ write 2   cut          compensated  INSERT INTO orders (1 row),      57014
                                           DELETE FROM orders (1 row),
                                           taken back (likely)
     ✖ write 2   answer lost  done twice   INSERT INTO orders               57014
     ▲ commit 2  error        swallowed    nothing                          200

       advice   Send the writes on one client between begin and commit, roll back on
                any error, and pass the error on.

    "
  `);
});

test('many writes and many runs: what was not whole is shown, and the rest is counted', () => {
  const writes = Array.from({ length: 40 }, (_, i) => writeOf(i + 1));
  const runs = writes.map(({ number }) =>
    number === 33 ? runOf(33, { outcome: 'torn', atomic: false, stayed: [stayedOf(1)] }) : runOf(number),
  );
  const drawn = draw(proofOf({ writes, runs }));
  expect(drawn).toContain('   … and 25 writes more\n');
  expect(drawn).toContain(' ✖ write 33  error  torn');
  expect(drawn).toContain('   … and 16 failures more, after which the data was whole\n');
});

test('what could not be tried, and why it stopped', () => {
  const why = 'its connection was there before and nobody would replace it';
  const stopped = 'insert into orders failed by itself (23505). An earlier run has changed the data.';
  const untried = [
    { failed: 1, at: 'write' as const, how: 'cut' as const, why },
    { failed: 2, at: 'write' as const, how: 'cut' as const, why },
    { failed: 2, at: 'write' as const, how: 'error' as const, why: stopped },
  ];
  expect(draw(proofOf({ runs: [runOf(1)], untried, stopped }))).toMatchInlineSnapshot(`
    "placeOrder   not proven · 2 writes, 1 failure tried

       write 1    insert into orders (…) values (…)  ✓ 1 row
       write 2    insert into orders (…) values (…)  ✓ 1 row

       failed   how    outcome      stayed   answered
     ✓ write 1  error  rolled back  nothing  57014

       stopped  insert into orders failed by itself (23505). An earlier run has
                changed the data.
       untried  2 failures: its connection was there before and nobody would replace
                it.

    "
  `);
});

test.each([40, 60, 120])('at %i cells no line is wider', (width) => {
  const runs = [
    runOf(2, {
      outcome: 'torn',
      atomic: false,
      stayed: [stayedOf(1), stayedOf(null, { deed: `UPDATE ${'wide '.repeat(30)}` })],
    }),
    runOf(2, { how: 'answer lost', crashed: true }),
  ];
  const text = draw(proofOf({ label: 'x'.repeat(200), runs }), width);
  // Below 60 the columns themselves take more than there is.
  expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(Math.max(width, 72));
});

test('colour is only added, and nothing of it can steer a terminal', () => {
  const hostile = {
    label: 'a\u001b[2Jb',
    writes: [writeOf(1, { sql: 'select \u001b[31m', deed: 'INSERT INTO \u001bt' })],
  };
  const runs = [
    runOf(1, {
      outcome: 'torn',
      atomic: false,
      stayed: [stayedOf(1, { deed: 'INSERT INTO \u001bt' }), stayedOf(null)],
    }),
  ];
  const proof = proofOf({ ...hostile, runs });
  const plain = draw(proof);
  expect(plain).not.toContain('\u001b');
  const painted = proofText(proof, { width: 80, color: true });
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
  expect(painted.replace(/\u001b\[\d+m/g, '')).toBe(plain);
});
