// What a command is: a value with its help, its flags and what it does, which is loaded when it is asked for.

import type { Flag, Given } from './arguments.js';

export interface Command {
  /** One line for the list of commands. */
  summary: string;
  /** How it is written: `check [DIR…]`. */
  usage: string;
  /** What it does, in a few lines. */
  text: string;
  flags: Readonly<Record<string, Flag>>;
  /** Lines that can be copied, each with what it is for. */
  examples: readonly (readonly [line: string, purpose: string])[];
  load(): Promise<Act>;
}

/** Does it; answers the exit code. */
export type Act = (given: Given) => Promise<number>;

export const CLEAN = 0;
export const FINDINGS = 1;
export const FAILED = 2;
