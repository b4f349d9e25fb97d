// What the workers of a suite are told by the process that starts them: plain data, so that it can go through an environment or a channel.

export interface SuitePlace {
  /** `jsonOutput`'s; null: its default. */
  dir: string | null;
  run: string;
  /** The baseline's file. It need not be there. */
  baseline: string;
}

/** The variable that hands it on, as JSON, where a runner has no way of its own. */
export const SUITE_VARIABLE = 'QUERYSCOPE_SUITE';
