// The profiles of a log, as its lines come in: memory holds what waits for the end of its scope, and no more.

import type { RecorderLimits } from '../profile/recorder.js';
import { runAtOnce } from '../profile/slices.js';
import type { Profile } from '../profile/types.js';
import { profileOfLog } from './log-profile.js';
import type { LogReader, Told } from './log-reader.js';
import { type Division, type LogScope, LogScopes } from './log-scopes.js';

export interface LogOptions {
  limits: RecorderLimits;
  /** From here on a session without a statement is at another request, in ms. */
  pauseMs: number;
  /** Keep values and literals in the profiles. */
  sample: boolean;
  /** Told of each line that was not understood. */
  skipped(reason: string): void;
}

/**
 * The default. Between two statements of one request lies the app's own work, mostly below 10 ms, and a call to another service at times; between two requests on
 * one session mostly a second and more, and less only under load. Too short a pause cuts a request in two, of which each part is judged; too long a one joins
 * two requests. So it is as long as most calls to other services take.
 */
export const PAUSE_MS = 200;

export class LogJudge {
  /** How the scopes were divided so far. */
  readonly divisions: Record<Division, number> = { trace: 0, session: 0, tags: 0, pause: 0 };
  /** Statements understood so far. */
  statements = 0;
  readonly #reader: LogReader;
  readonly #options: LogOptions;
  readonly #scopes: LogScopes;
  #made = 0;

  constructor(reader: LogReader, options: LogOptions) {
    this.#reader = reader;
    this.#options = options;
    this.#scopes = new LogScopes({ statements: options.limits.statements, pauseMs: options.pauseMs });
  }

  *take(line: string): Generator<Profile> {
    for (const told of this.#reader.take(line)) yield* this.#heed(told);
  }

  *end(): Generator<Profile> {
    for (const told of this.#reader.end()) yield* this.#heed(told);
    for (const scope of this.#scopes.end()) yield this.#profileOf(scope);
  }

  *#heed(told: Told): Generator<Profile> {
    if ('skipped' in told) return this.#options.skipped(told.skipped);
    if ('statement' in told) this.statements++;
    const over = 'statement' in told ? this.#scopes.take(told.statement) : this.#scopes.over(told.ended, told.seen);
    for (const scope of over) yield this.#profileOf(scope);
  }

  #profileOf(scope: LogScope): Profile {
    const { limits, sample } = this.#options;
    this.divisions[scope.division]++;
    this.#made++;
    return runAtOnce(profileOfLog(scope, { id: `log-${this.#made}`, limits, sample }));
  }
}
