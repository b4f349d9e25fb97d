// The bench: what queryscope costs, as ratios within this one run, and how often it is right. Ends with 1 where a bound is not held.

import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { openDatabase } from '../examples/database.js';
import { figuresText, measureFlows } from '../test/support/flow-figures.js';
import { KEYS } from '../test/support/random-requests.js';
import { measureAnalysis, SIZES } from './analysis.js';
import { type Cost, measureCost, type Variant } from './cost.js';

/** Of what instrumentation-pg adds to a statement while the request runs: half with everything on, and 0.3 without call sites. */
const BOUNDS: Partial<Record<Variant, number>> = { 'everything on': 0.5, 'without call sites': 0.3 };
/** Judging ten times the statements may cost this many times as much: linear, with room for what caches lose. */
const GROWTH = 12;
const REQUESTS = 10_000;

const failures: string[] = [];

function check(held: boolean, what: string): string {
  if (!held) failures.push(what);
  return held ? '' : '   ✖ not held';
}

const lines: string[] = [];

function print(line = ''): void {
  lines.push(line);
  process.stdout.write(`${line}\n`);
}

async function seed(url: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  await client.query(`
    create table users (id int primary key, username text not null);
    create table chat (id int primary key);
    create table message (id int primary key, chat_id int not null references chat, sender_id int not null references users, text text not null);
    create index on message (chat_id);
    insert into users select n, 'user ' || n from generate_series(1, 7) n;
    insert into chat values (1), (2);
    insert into message select n, 1 + (n - 1) / 10, 1 + n * 3 % 7, 'message ' || n from generate_series(1, 20) n;
    analyze`);
  await client.end();
}

function costLines(costs: ReadonlyMap<Variant, Cost>): void {
  const costOf = (name: Variant): Cost => costs.get(name) as Cost;
  print('                      in the request        × instrumentation-pg   90 % within       after it   together');
  for (const [name, { cpu, added, ratio, interval, together }] of costs) {
    const bound = BOUNDS[name];
    const broken = `${name}: ${ratio.toFixed(2)} × instrumentation-pg, at most ${bound}`;
    // A bound is broken where the figure is above it and chance does not explain that.
    const verdict = bound === undefined ? '' : `   at most ${bound}${check(interval.low <= bound, broken)}`;
    print(
      [
        `  ${name.padEnd(18)}${micros(cpu.request)}, adds${micros(added)}   ${ratio.toFixed(2).padStart(5)}`,
        `${interval.low.toFixed(2).padStart(15)} … ${interval.high.toFixed(2).padEnd(5)}`,
        `${micros(cpu.after)}   ${together.toFixed(2).padStart(5)} ×${verdict}`,
      ].join('   '),
    );
  }
  const idle = Math.abs(costOf('no scope').added);
  const spread = 2 * Math.max(costOf('bare').farthest, costOf('bare again').farthest);
  const held = check(idle <= spread, 'no scope: outside the spread of bare against bare');
  print(
    `  no scope lies ${idle.toFixed(2)} µs from bare; two bare processes lay up to ${spread.toFixed(2)} µs apart${held}`,
  );
}

function micros(us: number): string {
  return `${us.toFixed(2).padStart(8)} µs`;
}

function analysisLines(times: ReadonlyMap<number, number>): void {
  print('Judging a scope, by its statements');
  for (const size of SIZES) {
    const ms = times.get(size) ?? Number.NaN;
    print(
      `  ${String(size).padStart(7)} ${ms.toFixed(1).padStart(8)} ms   ${((1000 * ms) / size).toFixed(2).padStart(6)} µs a statement`,
    );
  }
  const growth = (times.get(100_000) ?? Number.NaN) / (times.get(10_000) ?? Number.NaN);
  print(
    `  100,000 cost ${growth.toFixed(1)} × what 10,000 cost, at most ${GROWTH}${check(growth <= GROWTH, `analysis grows by ${growth.toFixed(1)}`)}`,
  );
}

async function main(): Promise<void> {
  print(`Node ${process.version}, ${process.platform} ${process.arch}, ${cpus().length} cores`);
  const database = await openDatabase();
  try {
    await seed(database.url);
    print();
    print('CPU of one statement of the story (1 + 2 + 20), the driver alone: a real PostgreSQL answers out of memory');
    costLines(await measureCost('replayed', database.url));
    print();
    print('The same on a real PostgreSQL, system calls included');
    costLines(await measureCost('real', database.url));
  } finally {
    await database.stop();
  }
  print();
  analysisLines(measureAnalysis());
  print();
  print('How often the flow rule is right, on random requests');
  for (const keys of KEYS) print(figuresText(measureFlows(keys, REQUESTS, 1)));
  for (const failure of failures) print(`✖ ${failure}`);
  writeFileSync(
    join(__dirname, 'RESULTS.md'),
    `# Results\n\nWritten by \`npm run bench\`.\n\n\`\`\`\n${lines.join('\n')}\n\`\`\`\n`,
  );
  process.exitCode = failures.length > 0 ? 1 : 0;
}

void main();
