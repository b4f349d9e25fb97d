// Node's own clock and timers, taken when queryscope is loaded: tests put fakes in their place, under which a scope would
// never close.

const { setImmediate, setTimeout, clearTimeout, performance } = globalThis;
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
