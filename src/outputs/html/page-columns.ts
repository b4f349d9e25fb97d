// The columns of the page's tables: written on this side and read in the page, which knows nothing else of how they were made.

export const SCOPE_COLUMNS = [
  /** Index into the labels. */
  'label',
  /** Index into `SCOPE_KINDS`. */
  'kind',
  'parent',
  /** Milliseconds since 1970. */
  'startedAt',
  /** All times in hundredths of a millisecond. */
  'duration',
  'database',
  /** The app's own, also those that were not kept. */
  'statements',
  'infrastructure',
  /** Statements that are in the page. */
  'kept',
  'status',
  /** Index into the words. */
  'error',
  'aborted',
  'unattributed',
  'dismissals',
  'suppressed',
  /** Index into the sets of cards: the findings that it has. */
  'cards',
] as const;

export type ScopeColumn = (typeof SCOPE_COLUMNS)[number];

export const SCOPE_KINDS = ['request', 'job', 'test'] as const;

/** Hundredths of a millisecond: finer than anything that is drawn. */
export const TICKS_PER_MS = 100;

export const ticks = (ms: number): number => Math.round(ms * TICKS_PER_MS);

export const STATEMENT_COLUMNS = [
  'text',
  'site',
  'connection',
  'transaction',
  /** Hundredths of a millisecond after the start of the one before it in its scope; null where it is not known. */
  'start',
  'duration',
  'wait',
  'rows',
  'affected',
  'error',
  /** Bits of `FLAGS`. */
  'flags',
] as const;

export type StatementColumn = (typeof STATEMENT_COLUMNS)[number];

export const FLAGS = { late: 1, infrastructure: 2, allowed: 4, doubtful: 8 } as const;
