// The last part of the demo: calls the app when all goes well and when the last write fails, and lets queryscope say what it sees; counts the money; and
// then has each write made to fail.

import type { Pool } from 'pg';
import { consoleOutput } from 'queryscope';
import { type Ask, type Visit, visit } from '../visit.js';
import { balance, createApp, createTables } from './app.js';
import { proofsTo, proveTransfers } from './proof.js';

const AMOUNT = 50;
/** Nobody's account: the second INSERT fails. */
const NOBODY = 999;

const transferTo = (path: string, to: number): Ask => ({ path, body: { to, amount: AMOUNT } });
const publishOn = (path: string, title: string): Ask => ({ path, body: { name: 'Ada', titles: ['First', title] } });

export async function transferDemo(pool: Pool, say: (text: string) => void): Promise<void> {
  await createTables(pool);

  say('A transfer is two INSERTs. What if the second one fails? What queryscope says:\n');
  const apart = await ask(pool, [
    transferTo('/transfers', 2),
    transferTo('/transfers', NOBODY),
    publishOn('/authors', 'Second'),
  ]);
  const lost = await balance(pool);

  say('\nThe same as one unit, on one client between BEGIN and COMMIT:\n');
  const whole = await ask(pool, [
    transferTo('/transfers/whole', 2),
    transferTo('/transfers/whole', NOBODY),
    publishOn('/authors/whole', ''),
  ]);
  for (const [way, visits, sum] of [
    ['apart', apart, lost],
    ['whole', whole, (await balance(pool)) - lost],
  ] as const) {
    const failed = visits.filter(({ status }) => status >= 500).length;
    const found = visits.reduce((count, { report }) => count + report.findings.length, 0);
    say(
      `  ${way}   ${visits.length} requests, ${failed} failed   ${found === 0 ? 'nothing to say' : `${found} findings`}   ${sum === 0 ? 'all transfers add up to 0' : `${-sum} has left an account and reached none`}`,
    );
  }

  say(
    '\nNobody has to wait for it to fail. Each write of both is made to fail, for real, on the connection that it is sent on:\n',
  );
  await proveTransfers(pool, [proofsTo(consoleOutput({ stream: process.stdout }))]);
}

function ask(pool: Pool, asks: readonly Ask[]): Promise<Visit[]> {
  return visit((profiler) => createApp(pool, profiler), asks, [consoleOutput({ stream: process.stdout })]);
}
