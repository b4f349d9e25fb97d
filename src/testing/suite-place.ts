// What the workers of a suite are told by the process that starts them: plain data, so that it can go through an environment or a channel.

import type { JudgePlace } from './apart/messages.js';

export interface SuitePlace {
  /** `jsonOutput`'s; null: its default. */
  dir: string | null;
  run: string;
  /** The baseline's file. It need not be there. */
  baseline: string;
  /** Who judges for them; null: they do it themselves. */
  judge: JudgePlace | null;
}

/** The variable that hands it on, as JSON, where a runner has no way of its own. */
export const SUITE_VARIABLE = 'QUERYSCOPE_SUITE';
