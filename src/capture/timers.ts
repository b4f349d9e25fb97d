// Node's own clock and timers, taken when queryscope is loaded, and not from the global object: tests put fakes there, some before anything
// is loaded, under which a scope would never close.

import { performance } from 'node:perf_hooks';
import timers from 'node:timers';

const { setImmediate, setTimeout, clearTimeout } = timers;
const now = performance.now.bind(performance);

/** Monotonic, in ms. */
export const clock = (): number => now();

/** Calls a function one turn of the event loop later. */
export const nextTurn = (fn: () => void): void => void setImmediate(fn);

export type Deadline = NodeJS.Timeout;

/** Calls a function after some ms, unless the process has nothing else to wait for. */
export const deadlineIn = (ms: number, fn: () => void): Deadline => setTimeout(fn, ms).unref();

/** The same, and the process waits for it. */
export const alarmIn = (ms: number, fn: () => void): Deadline => setTimeout(fn, ms);

export const dropDeadline = (deadline: Deadline): void => clearTimeout(deadline);
