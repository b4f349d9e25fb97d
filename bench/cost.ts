// What queryscope adds to a statement, in CPU time of the app's process: each variant in a process of its own, all in turn within one run, so that only
// ratios between them are read. Against a real PostgreSQL, and against one that answers out of memory, where the driver's work is all there is.

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { type Interval, intervalOf, lowerQuartile, median } from './statistics.js';

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

/** `replayed`: the bytes of a real server, answered without a system call. */
export type Server = 'real' | 'replayed';

const NAMES = Object.keys(VARIANTS) as Variant[];

/** Statements of one request of the story: 1 + 2 + 20. */
const STATEMENTS = 23;
/**
 * Two processes of one program differ by more than two rounds of one process do: so each set is measured in new ones. Against a real server a set
 * takes 40 s, and what the kernel does hides what more of them would show.
 */
const SETS: Record<Server, number> = { replayed: 15, real: 5 };
const WARM_UP_REQUESTS = 2_000;
const ROUNDS = 10;
/** A multiple of the worker's batch. */
const REQUESTS = 80;

/** CPU microseconds of one statement. */
interface Cpu {
  /** While the request runs. */
  request: number;
  /** After it: the profile, its flows, the detectors, the report. */
  after: number;
}

/** One set: every variant once. */
type Measured = Record<Variant, Cpu>;

export interface Cost {
  /** CPU microseconds of a statement, medians over the sets. */
  cpu: Cpu;
  /** What the request's part is above the mean of the two bare variants of its set; median over the sets. */
  added: number;
  /** That as a share of what instrumentation-pg adds, and where it may lie. */
  ratio: number;
  interval: Interval;
  /** As `ratio`, what follows the request included. */
  together: number;
  /** The largest distance of this variant's request from the mean of the bare ones, over the sets. */
  farthest: number;
}

/** Measures all variants against the chats database that `url` names. */
export async function measureCost(server: Server, url: string): Promise<Map<Variant, Cost>> {
  const sets: Measured[] = [];
  for (let set = 0; set < SETS[server]; set++) sets.push(await measureSet(server, url));
  return new Map(NAMES.map((name) => [name, costOf(name, sets)]));
}

function costOf(name: Variant, sets: readonly Measured[]): Cost {
  const ratioOf = (some: readonly Measured[]) =>
    median(addedIn(name, some)) / median(addedIn('instrumentation-pg', some));
  const followed = (of: Variant) =>
    median(sets.map((set) => set[of].after - (set.bare.after + set['bare again'].after) / 2));
  const added = addedIn(name, sets);
  const peer = median(addedIn('instrumentation-pg', sets));
  return {
    cpu: { request: median(sets.map((set) => set[name].request)), after: median(sets.map((set) => set[name].after)) },
    added: median(added),
    ratio: ratioOf(sets),
    interval: intervalOf(sets, ratioOf),
    together: (median(added) + followed(name)) / (peer + followed('instrumentation-pg')),
    farthest: Math.max(...added.map(Math.abs)),
  };
}

function addedIn(name: Variant, sets: readonly Measured[]): number[] {
  return sets.map((set) => set[name].request - (set.bare.request + set['bare again'].request) / 2);
}

async function measureSet(server: Server, url: string): Promise<Measured> {
  const workers = await Promise.all(NAMES.map((name) => startWorker(VARIANTS[name], server, url)));
  try {
    for (const worker of workers) await run(worker, WARM_UP_REQUESTS);
    const rounds: Cpu[][] = workers.map(() => []);
    for (let round = 0; round < ROUNDS; round++) {
      // Every other round runs backwards, so that no variant always follows the same one.
      const order = round % 2 === 0 ? workers : [...workers].reverse();
      for (const worker of order) rounds[workers.indexOf(worker)]?.push(await run(worker, REQUESTS));
    }
    const figures = NAMES.map((name, i) => {
      const figure = (part: keyof Cpu) =>
        lowerQuartile((rounds[i] as Cpu[]).map((cpu) => cpu[part])) / REQUESTS / STATEMENTS;
      return [name, { request: figure('request'), after: figure('after') }];
    });
    return Object.fromEntries(figures) as Measured;
  } finally {
    for (const worker of workers) worker.send({ requests: 0 });
    await Promise.all(workers.map((worker) => once(worker, 'exit')));
  }
}

async function startWorker(variant: string, server: Server, url: string): Promise<ChildProcess> {
  const env = { ...process.env, NODE_ENV: '' };
  const worker = fork(join(__dirname, 'cost-worker.cjs'), [variant, server, url], { execArgv: [], env });
  await answerOf(worker);
  return worker;
}

async function run(worker: ChildProcess, requests: number): Promise<Cpu> {
  worker.send({ requests });
  return (await answerOf(worker)) as Cpu;
}

async function answerOf(worker: ChildProcess): Promise<unknown> {
  const over = new AbortController();
  const { signal } = over;
  const died = once(worker, 'exit', { signal }).then(([code]) => {
    throw new Error(`a worker of the bench ended with ${code}`);
  });
  const answered = once(worker, 'message', { signal }).then(([message]) => message as unknown);
  try {
    return await Promise.race([answered, died]);
  } finally {
    over.abort();
    died.catch(() => {});
  }
}
