// Which requests are recorded: drawn as a request begins, before anything is noted of it, so that one that is left out costs next to nothing.

import type { IncomingMessage } from 'node:http';
import { caught, messageOf } from './capture/guard.js';
import { kindOf } from './errors.js';
import { timeBudget } from './time-budget.js';

/**
 * The share of requests that are recorded, 0 to 1; `'auto'`: as many as can be recorded and judged in a fiftieth of one core's time, which is all of them in a calm process; or a function that
 * answers either for a request, or whether to record that.
 */
export type SampleRate = number | 'auto' | ((req: IncomingMessage) => number | boolean | 'auto');

/** One number for each request: whoever asks for it, its outcome is the same at the same rate. Shared by all copies of queryscope. */
const KEY = Symbol.for('queryscope.draws.v1');
const home = globalThis as { [KEY]?: WeakMap<object, number> };
home[KEY] ??= new WeakMap();
const draws: WeakMap<object, number> = home[KEY];

/** Is the request to be recorded? A function of the app's that fails, or answers neither, leaves it out; that is told once. */
export function isSampled(rate: SampleRate, req: IncomingMessage): boolean {
  if (rate === 1) return true;
  if (typeof rate === 'number') return drawn(req) < rate;
  if (rate === 'auto') return isAffordable(req);
  try {
    const answer = rate(req);
    if (typeof answer === 'boolean') return answer;
    if (answer === 'auto') return isAffordable(req);
    if (isRate(answer)) return answer === 1 || drawn(req) < answer;
    throw new TypeError(`it is to answer a number from 0 to 1, 'auto', true or false; ${kindOf(answer)} came`);
  } catch (error) {
    caught(error, null, 'sampleRate, so that the request is left out,', messageOf);
    return false;
  }
}

export function isRate(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= 1;
}

/** Decided once for each request: what can be afforded may be another share when a second middleware asks. */
const affordable = new WeakMap<IncomingMessage, boolean>();

function isAffordable(req: IncomingMessage): boolean {
  const known = affordable.get(req);
  if (known !== undefined) return known;
  const rate = timeBudget.rate();
  const taken = rate === 1 || drawn(req) < rate;
  affordable.set(req, taken);
  return taken;
}

function drawn(req: IncomingMessage): number {
  const known = draws.get(req);
  if (known !== undefined) return known;
  const draw = Math.random();
  draws.set(req, draw);
  return draw;
}
