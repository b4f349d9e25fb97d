// What detectors judge by and a user may set, with the reason for each figure. Apart from the detectors, because the options and
// their table of defaults name these too.

/**
 * From here on a statement is slow, in ms. An answer within a second keeps a person's train of thought (Nielsen, Usability Engineering,
 * 1993); one statement that takes half of it leaves too little for all else. Less than that is common by chance on a machine that is busy.
 */
export const SLOW_MS = 500;

/**
 * From here on a result is large, in rows. Nobody reads a thousand rows at once: pages and API answers carry tens to a hundred. As objects of
 * ten columns they take a quarter of a megabyte, and pg holds the event loop for about 5 ms to read them (measured on Node 20).
 */
export const LARGE_ROWS = 1_000;

/**
 * From here on a transaction stood idle for long, in ms: the time in one and the same place of it in which no statement of it ran. Whoever wants its rows or
 * its connection waits as long, and a tenth of a second is the least that a person notices (Nielsen, Usability Engineering, 1993).
 */
export const IDLE_MS = 100;

/**
 * What adds up to that, in ms. Shorter gaps are the app's own work between an answer and the next statement, and turns of the event loop that
 * other requests took: on a local server 99 of 100 took less than 0.1 ms, and the longest of 1,800 took 2.4 ms, with ten transactions at a time.
 */
export const IDLE_GAP_MS = 10;

/** How many statements a scope may send; no default, since what is too much for one is nothing for another. */
export interface Budget {
  /** For every scope. */
  max?: number;
  /** For scopes by their label, as `GET /reports/:id`; a `*` stands for any characters. The first that matches counts before `max`. */
  labels?: Readonly<Record<string, number>>;
}

/** Is it a number of milliseconds that a threshold can be? */
export function isMs(value: unknown): boolean {
  return typeof value === 'number' && Number.isFinite(value) && value > 0;
}

/**
 * A pause before each execution, in ms, that no work of the app explains: a loop sends its next statement in the same turn or after
 * a fast answer, a poll waits on a timer.
 */
export const POLL_PAUSE_MS = 50;
