// What queryscope adds to a statement, in CPU time of the app's process, on a real PostgreSQL: each variant in a process of
// its own, all in turn within one run, so that only ratios between them are read.

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { median } from './statistics.js';

/** The worker's variant behind each name. */
const VARIANTS = {
  bare: 'bare',
  'bare again': 'bare',
  'no scope': 'no scope',
  'without call sites': 'without call sites',
  'everything on': 'everything on',
  'instrumentation-pg': 'instrumentation-pg',
} as const;

export type Variant = keyof typeof VARIANTS;

const NAMES = Object.keys(VARIANTS) as Variant[];

/** Statements of one request of the story: 1 + 2 + 20. */
const STATEMENTS = 23;
/** Two processes of one program differ by more than two rounds of one process do: so each set is measured in new ones. */
const SETS = 9;
const WARM_UP_REQUESTS = 3_000;
const ROUNDS = 10;
const REQUESTS = 40;

/** CPU microseconds of one statement. */
interface Cpu {
  /** While the request runs. */
  request: number;
  /** After it: the profile, its flows, the detectors, the report. */
  after: number;
}

export interface Cost {
  request: number;
  /** What it adds to the mean of the two bare variants of its set; medians over the sets. */
  added: Cpu;
  /** The largest distance of this variant's request from that mean, over the sets. */
  farthest: number;
}

/** Measures all variants against the chats database that `url` names. */
export async function measureCost(url: string): Promise<Map<Variant, Cost>> {
  const sets: Record<Variant, Cpu>[] = [];
  for (let set = 0; set < SETS; set++) sets.push(await measureSet(url));
  return new Map(NAMES.map((name) => [name, costOf(name, sets)]));
}

function costOf(name: Variant, sets: readonly Record<Variant, Cpu>[]): Cost {
  const added = sets.map((set) => ({
    request: set[name].request - (set.bare.request + set['bare again'].request) / 2,
    after: set[name].after - (set.bare.after + set['bare again'].after) / 2,
  }));
  return {
    request: median(sets.map((set) => set[name].request)),
    added: { request: median(added.map((cpu) => cpu.request)), after: median(added.map((cpu) => cpu.after)) },
    farthest: Math.max(...added.map((cpu) => Math.abs(cpu.request))),
  };
}

async function measureSet(url: string): Promise<Record<Variant, Cpu>> {
  const workers = await Promise.all(NAMES.map((name) => startWorker(VARIANTS[name], url)));
  try {
    await Promise.all(workers.map((worker) => run(worker, WARM_UP_REQUESTS)));
    const rounds: Cpu[][] = workers.map(() => []);
    for (let round = 0; round < ROUNDS; round++) {
      // Every other round runs backwards, so that no variant always follows the same one.
      const order = round % 2 === 0 ? workers : [...workers].reverse();
      for (const worker of order) rounds[workers.indexOf(worker)]?.push(await run(worker, REQUESTS));
    }
    const figures = NAMES.map((name, i) => {
      const figure = (part: keyof Cpu) => median((rounds[i] as Cpu[]).map((cpu) => cpu[part])) / REQUESTS / STATEMENTS;
      return [name, { request: figure('request'), after: figure('after') }];
    });
    return Object.fromEntries(figures) as Record<Variant, Cpu>;
  } finally {
    for (const worker of workers) worker.send({ requests: 0 });
    await Promise.all(workers.map((worker) => once(worker, 'exit')));
  }
}

async function startWorker(variant: string, url: string): Promise<ChildProcess> {
  const env = { ...process.env, NODE_ENV: '' };
  const worker = fork(join(__dirname, 'cost-worker.cjs'), [variant, url], { execArgv: [], env });
  await once(worker, 'message');
  return worker;
}

async function run(worker: ChildProcess, requests: number): Promise<Cpu> {
  worker.send({ requests });
  const [cpu] = (await once(worker, 'message')) as [Cpu];
  return cpu;
}
