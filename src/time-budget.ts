// How many requests a busy process can afford to have recorded: what queryscope does after them is measured, and held against a share of the time that passes.

import { clock } from './capture/timers.js';
import { timeInSlices } from './profile/slices.js';

/**
 * Of one core's time, for what is recorded and judged. What the requests that are left out cost is beside it, and an app that shares its cores with its database, and so has little more than half of one, feels twice
 * the share.
 */
const SHARE = 0.02;

/** Noting a request's statements takes about as long as judging them, which alone is measured; the bench has both, under `adds` and `after it`. Half as much again is for what is freed later. */
const WHOLE_OF_JUDGING = 2.5;

/** What a calm process saves up, in ms: of a burst the first hundred or so are recorded. */
const SAVINGS_MS = 100;

/** Below this part of its savings it begins to leave requests out, the more the less is left. */
const CALM = 0.5;

/** Clocks in ms that only go forward: the time that passes, and what of it was spent on judging. */
export interface Meters {
  passed(): number;
  judging(): number;
}

/** Savings that grow with the time that passes, and that each judged request takes from. */
export class TimeBudget {
  readonly #meters: Meters;
  #savedMs = SAVINGS_MS;
  #passed: number;
  #judging: number;

  constructor(meters: Meters) {
    this.#meters = meters;
    this.#passed = meters.passed();
    this.#judging = meters.judging();
  }

  /** The share of requests that can be afforded now, 0 to 1: all of them in a calm process. */
  rate(): number {
    const passed = this.#meters.passed();
    const judging = this.#meters.judging();
    const gained = SHARE * (passed - this.#passed);
    const spent = WHOLE_OF_JUDGING * (judging - this.#judging);
    this.#savedMs = Math.min(SAVINGS_MS, this.#savedMs + gained - spent);
    this.#passed = passed;
    this.#judging = judging;
    return Math.min(1, Math.max(0, this.#savedMs / (SAVINGS_MS * CALM)));
  }
}

/** Of this process. */
export const timeBudget = new TimeBudget({ passed: clock, judging: timeInSlices });
