// Which requests are recorded: drawn as a request begins, before anything is noted of it, so that one that is left out costs next to nothing.

import type { IncomingMessage } from 'node:http';
import { caught, messageOf } from './capture/guard.js';
import { kindOf } from './errors.js';

/** The share of requests that are recorded, 0 to 1; or a function that answers it for a request, or whether to record that. */
export type SampleRate = number | ((req: IncomingMessage) => number | boolean);

/** One number for each request: whoever asks for it, its outcome is the same at the same rate. Shared by all copies of queryscope. */
const KEY = Symbol.for('queryscope.draws.v1');
const home = globalThis as { [KEY]?: WeakMap<object, number> };
home[KEY] ??= new WeakMap();
const draws: WeakMap<object, number> = home[KEY];

/** Is the request to be recorded? A function of the app's that fails, or answers neither, leaves it out; that is told once. */
export function isSampled(rate: SampleRate, req: IncomingMessage): boolean {
  if (rate === 1) return true;
  if (typeof rate === 'number') return drawn(req) < rate;
  try {
    const answer = rate(req);
    if (typeof answer === 'boolean') return answer;
    if (isRate(answer)) return answer === 1 || drawn(req) < answer;
    throw new TypeError(`it is to answer a number from 0 to 1, true or false; ${kindOf(answer)} came`);
  } catch (error) {
    caught(error, null, 'sampleRate, so that the request is left out,', messageOf);
    return false;
  }
}

export function isRate(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= 1;
}

function drawn(req: IncomingMessage): number {
  const known = draws.get(req);
  if (known !== undefined) return known;
  const draw = Math.random();
  draws.set(req, draw);
  return draw;
}
