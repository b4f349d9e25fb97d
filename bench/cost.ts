// What a statement costs: each variant in a process of its own, all in turn within one run, so that only ratios between them are read.

import { type Figure, figureOf, lowerQuartile, median } from './statistics.js';
import { Worker } from './worker.js';
import { STATEMENTS } from './workloads.cjs';

/** What runs in a process, by its name in the tables. */
export type Variant =
  | 'outside als.run'
  | 'bare'
  | 'no scope'
  | 'the least that notes'
  | 'without call sites'
  | 'default'
  | "values: 'sample'"
  | "sampleRate: 'auto'"
  | 'instrumentation-pg'
  | 'no statement'
  | 'C10'
  | 'C10, waiting';

/** What a user can have, beside what they have without and what OpenTelemetry adds. */
export const USED = [
  'bare',
  'no scope',
  'without call sites',
  'default',
  "values: 'sample'",
  'instrumentation-pg',
] as const satisfies readonly Variant[];

/** `replayed`: the bytes of a real server, answered without a system call. `null`: messages, without bytes. */
export type Server = 'real' | 'replayed' | 'null';

/** `knex` and `drizzle`: the story through them, as test/orms has it. */
export type Workload = 'story' | 'shapes' | 'knex' | 'drizzle';

/** What costs are told in. */
export type Reference = 'C10' | 'C10, waiting' | 'instrumentation-pg';

export interface Plan {
  server: Server;
  workload: Workload;
  variants: readonly Variant[];
  /** Two processes of one program differ by more than two rounds of one process do: so each set is measured in new ones. */
  sets: number;
  rounds: number;
  warmUpRequests: number;
  /**
   * Requests before each round that are not counted. A process that waits while others have their turn gives its young generation back, and until that has grown again it is no warmed one: on Node 22
   * queryscope took 0.41 × C10 after none, 0.25 after 400.
   */
  rewarmRequests: number;
}

/** A multiple of the worker's batch. */
const REQUESTS = 80;

/** Microseconds of one statement. */
export interface Took {
  /** CPU while the request runs. */
  request: number;
  /** CPU after it: the profile, its flows, the detectors, the report. */
  after: number;
  /** What passed while the request ran. */
  wall: number;
}

/** One process of each variant, `bare` twice. */
type Measured = ReadonlyMap<Variant | 'bare again', Took>;

export class Costs {
  readonly #sets: readonly Measured[];

  constructor(sets: readonly Measured[]) {
    this.#sets = sets;
  }

  /** Medians over the sets. */
  of(variant: Variant | 'bare again'): Took {
    const part = (name: keyof Took) => median(this.#sets.map((set) => tookIn(set, variant)[name]));
    return { request: part('request'), after: part('after'), wall: part('wall') };
  }

  /** Microseconds that a variant has above another, or above the mean of the two bare ones. */
  added(variant: Variant | 'bare again', part: keyof Took = 'request', above?: Variant): Figure {
    return figureOf(this.#sets, (sets) => addedIn(sets, variant, part, above));
  }

  /** The same as a share of what a reference adds. */
  ratio(variant: Variant, reference: Reference, part: keyof Took = 'request'): Figure {
    return figureOf(
      this.#sets,
      (sets) =>
        addedIn(sets, variant, part) /
        addedIn(sets, reference, part, reference === 'instrumentation-pg' ? undefined : 'no statement'),
    );
  }
}

function tookIn(set: Measured, variant: Variant | 'bare again'): Took {
  const took = set.get(variant);
  if (took === undefined) throw new Error(`"${variant}" was not measured.`);
  return took;
}

function addedIn(
  sets: readonly Measured[],
  variant: Variant | 'bare again',
  part: keyof Took,
  above?: Variant,
): number {
  return median(
    sets.map((set) => {
      const base =
        above === undefined
          ? (tookIn(set, 'bare')[part] + tookIn(set, 'bare again')[part]) / 2
          : tookIn(set, above)[part];
      return tookIn(set, variant)[part] - base;
    }),
  );
}

/** Measures all variants of a plan against the chats database that `url` names. */
export async function measureCost(plan: Plan, url: string): Promise<Costs> {
  const sets: Measured[] = [];
  for (let set = 0; set < plan.sets; set++) sets.push(await measureSet(plan, url));
  return new Costs(sets);
}

async function measureSet(
  { variants, server, workload, rounds, warmUpRequests, rewarmRequests }: Plan,
  url: string,
): Promise<Measured> {
  const names = [...variants, 'bare again'] as const;
  const workers = await Promise.all(
    names.map((name) =>
      Worker.start('cost-worker.cjs', [name === 'bare again' ? 'bare' : name, server, workload, url]),
    ),
  );
  try {
    for (const worker of workers) await worker.ask<Took>({ requests: warmUpRequests });
    const tooks: Took[][] = workers.map(() => []);
    for (let round = 0; round < rounds; round++) {
      // Every other round runs backwards, so that no variant always follows the same one.
      const order = round % 2 === 0 ? workers : [...workers].reverse();
      for (const worker of order)
        tooks[workers.indexOf(worker)]?.push(await worker.ask<Took>({ requests: REQUESTS, uncounted: rewarmRequests }));
    }
    return new Map(names.map((name, i) => [name, quietest(tooks[i] as Took[])]));
  } finally {
    await Promise.all(workers.map((worker) => worker.end()));
  }
}

function quietest(tooks: readonly Took[]): Took {
  const part = (name: keyof Took) => lowerQuartile(tooks.map((took) => took[name])) / REQUESTS / STATEMENTS;
  return { request: part('request'), after: part('after'), wall: part('wall') };
}
