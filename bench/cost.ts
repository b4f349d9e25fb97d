// What queryscope adds to a statement, in CPU time of the app's process, on a real PostgreSQL: each variant in a process of
// its own, all in turn within one run, so that only ratios between them are read.

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { median, spread } from './statistics.js';

const VARIANTS = [
  ['bare', 'bare'],
  ['bare again', 'bare'],
  ['no scope', 'no scope'],
  ['without call sites', 'without call sites'],
  ['everything on', 'everything on'],
  ['instrumentation-pg', 'instrumentation-pg'],
] as const;

export type Variant = (typeof VARIANTS)[number][0];

/** Statements of one request of the story: 1 + 2 + 20. */
const STATEMENTS = 23;
const WARM_UP_REQUESTS = 300;
const REQUESTS = 40;
const ROUNDS = 40;

export interface Cost {
  /** CPU microseconds of one statement, median over the rounds. */
  statementUs: number;
  /** Median of what it adds to the bare run of the same round. */
  addedUs: number;
  /** Half of the distance between the quartiles of that. */
  spreadUs: number;
}

/** Measures all variants against the chats database that `url` names. */
export async function measureCost(url: string): Promise<Map<Variant, Cost>> {
  const workers = await Promise.all(VARIANTS.map(([, variant]) => startWorker(variant, url)));
  try {
    for (const worker of workers) await cpuOf(worker, WARM_UP_REQUESTS);
    const rounds: number[][] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const times: number[] = [];
      // Every other round runs backwards, so that no variant always follows the same one.
      const order = round % 2 === 0 ? workers : [...workers].reverse();
      for (const worker of order)
        times[workers.indexOf(worker)] = (await cpuOf(worker, REQUESTS)) / REQUESTS / STATEMENTS;
      rounds.push(times);
    }
    return new Map(
      VARIANTS.map(([name], i) => {
        const added = rounds.map((times) => (times[i] as number) - (times[0] as number));
        return [
          name,
          {
            statementUs: median(rounds.map((times) => times[i] as number)),
            addedUs: median(added),
            spreadUs: spread(added),
          },
        ];
      }),
    );
  } finally {
    for (const worker of workers) worker.send({ requests: 0 });
    await Promise.all(workers.map((worker) => once(worker, 'exit')));
  }
}

async function startWorker(variant: string, url: string): Promise<ChildProcess> {
  const worker = fork(join(__dirname, 'cost-worker.cjs'), [variant, url], {
    execArgv: [],
    env: { ...process.env, NODE_ENV: '' },
  });
  await once(worker, 'message');
  return worker;
}

async function cpuOf(worker: ChildProcess, requests: number): Promise<number> {
  worker.send({ requests });
  const [{ user, system }] = (await once(worker, 'message')) as [NodeJS.CpuUsage];
  return user + system;
}
