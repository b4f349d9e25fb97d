// The profiles of a log, as its lines come in: memory holds what waits for the end of its scope, and no more.

import type { RecorderLimits } from '../profile/recorder.js';
import { runAtOnce } from '../profile/slices.js';
import type { Profile } from '../profile/types.js';
import { profileOfLog } from './log-profile.js';
import type { LogReader, Told } from './log-reader.js';
import { type LogScope, LogScopes } from './log-scopes.js';

export interface LogOptions {
  limits: RecorderLimits;
  /** From here on a session without a statement is at another request, in ms; null: not said. */
  pauseMs: number | null;
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
  /** Scopes of several statements so far of which nothing says where they begin and end. */
  guessed = 0;
  readonly #reader: LogReader;
  readonly #options: LogOptions;
  readonly #scopes: LogScopes;
  #made = 0;

  constructor(reader: LogReader, options: LogOptions) {
    this.#reader = reader;
    this.#options = options;
    this.#scopes = new LogScopes({ statements: options.limits.statements, pauseMs: options.pauseMs ?? PAUSE_MS });
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
    for (const scope of this.#overWith(told)) yield this.#profileOf(scope);
  }

  #overWith(told: Exclude<Told, { skipped: string }>): Iterable<LogScope> {
    if ('statement' in told) return this.#scopes.take(told.statement);
    if ('answered' in told) return this.#scopes.answered(told.answered);
    return this.#scopes.over(told.ended, told.seen);
  }

  #profileOf(scope: LogScope): Profile {
    const { limits, sample, pauseMs } = this.#options;
    this.#made++;
    const profile = runAtOnce(
      profileOfLog(scope, { id: `log-${this.#made}`, limits, sample, divisionIsGiven: pauseMs !== null }),
    );
    if (profile.visible.bounds === false && profile.statements.length > 1) this.guessed++;
    return profile;
  }
}
