// What an Express app of 23 statements a request still does when it is watched: requests a second at saturation, and how long the slowest in a hundred takes
// at half of that.

import type { Variant } from './cost.js';
import { type Figure, figureOf, median, quantile } from './statistics.js';
import { Worker } from './worker.js';

export const EXPRESS_VARIANTS = [
  'bare',
  'bare again',
  'no scope',
  'without call sites',
  'default',
  "sampleRate: 'auto'",
  'instrumentation-pg',
] as const satisfies readonly (Variant | 'bare again')[];

export type ExpressVariant = (typeof EXPRESS_VARIANTS)[number];

const CONNECTIONS = 10;
/** Until then more is compiled than run. */
const WARM_UP_REQUESTS = 3_000;
const WINDOW_MS = 1_000;
/** Until then an app that was idle spends what it has saved up to record a burst. */
const LEAD_IN_MS = 1_000;
const SATURATED_ROUNDS = 9;
const PACED_ROUNDS = 6;

/** One window of each app. */
type Round<T> = ReadonlyMap<ExpressVariant, T>;

interface Saturated {
  perSecond: number;
  /** Milliseconds of the app's own process for one request. */
  cpu: number;
  /** Of the requests, in percent. */
  recorded: number;
}

/** What an app says of itself so far: microseconds of CPU, and requests that were recorded and judged. */
interface Used extends NodeJS.CpuUsage {
  recorded: number;
}

export class ExpressCosts {
  readonly #saturated: readonly Round<Saturated>[];
  readonly #paced: readonly Round<readonly number[]>[];

  constructor(saturated: readonly Round<Saturated>[], paced: readonly Round<readonly number[]>[]) {
    this.#saturated = saturated;
    this.#paced = paced;
  }

  /** At saturation. */
  saturated(variant: ExpressVariant): Saturated {
    const all = this.#saturated.map((round) => of(round, variant));
    const middle = (part: keyof Saturated) => median(all.map((each) => each[part]));
    return { perSecond: middle('perSecond'), cpu: middle('cpu'), recorded: middle('recorded') };
  }

  /** Percent of the bare throughput that is left. */
  kept(variant: ExpressVariant): Figure {
    return figureOf(this.#saturated, (rounds) =>
      median(
        rounds.map((round) => {
          const bare = (of(round, 'bare').perSecond + of(round, 'bare again').perSecond) / 2;
          return (100 * of(round, variant).perSecond) / bare;
        }),
      ),
    );
  }

  /** Milliseconds below which 99 of 100 requests were answered. */
  p99(variant: ExpressVariant): Figure {
    return figureOf(this.#paced, (rounds) =>
      quantile(
        rounds.flatMap((round) => of(round, variant)),
        0.99,
      ),
    );
  }
}

function of<T>(round: Round<T>, variant: ExpressVariant): T {
  const measured = round.get(variant);
  if (measured === undefined) throw new Error(`"${variant}" was not measured.`);
  return measured;
}

export async function measureExpress(url: string): Promise<ExpressCosts> {
  const apps = await Promise.all(
    EXPRESS_VARIANTS.map((name) => Worker.start('express-worker.cjs', [name === 'bare again' ? 'bare' : name, url])),
  );
  const load = await Worker.start('load-worker.cjs', []);
  try {
    for (const app of apps) await load.ask({ port: portOf(app), connections: CONNECTIONS, requests: WARM_UP_REQUESTS });
    const saturated = await rounds(apps, SATURATED_ROUNDS, (app) => saturate(load, app));
    const perSecond = median(saturated.map((round) => of(round, 'bare').perSecond)) / 2;
    const paced = await rounds(apps, PACED_ROUNDS, (app) => pace(load, app, perSecond));
    return new ExpressCosts(saturated, paced);
  } finally {
    await Promise.all([...apps, load].map((worker) => worker.end()));
  }
}

/** Every other round runs backwards, so that no app always follows the same one. */
async function rounds<T>(
  apps: readonly Worker[],
  count: number,
  measure: (app: Worker) => Promise<T>,
): Promise<Round<T>[]> {
  const all: Round<T>[] = [];
  for (let i = 0; i < count; i++) {
    const round = new Map<ExpressVariant, T>();
    const order = i % 2 === 0 ? [...apps] : [...apps].reverse();
    for (const app of order) round.set(EXPRESS_VARIANTS[apps.indexOf(app)]!, await measure(app));
    all.push(round);
  }
  return all;
}

async function saturate(load: Worker, app: Worker): Promise<Saturated> {
  await load.ask({ port: portOf(app), connections: CONNECTIONS, ms: LEAD_IN_MS });
  const before = await app.ask<Used>({});
  const question = { port: portOf(app), connections: CONNECTIONS, ms: WINDOW_MS };
  const { answer: perSecond } = await load.ask<{ answer: number }>(question);
  const after = await app.ask<Used>({});
  const usedMs = (after.user + after.system - before.user - before.system) / 1_000;
  const requests = (perSecond * WINDOW_MS) / 1_000;
  return { perSecond, cpu: usedMs / requests, recorded: (100 * (after.recorded - before.recorded)) / requests };
}

async function pace(load: Worker, app: Worker, perSecond: number): Promise<readonly number[]> {
  const question = { port: portOf(app), connections: CONNECTIONS, perSecond, ms: WINDOW_MS };
  return (await load.ask<{ answer: number[] }>(question)).answer;
}

function portOf(app: Worker): number {
  return (app.greeting as { port: number }).port;
}
