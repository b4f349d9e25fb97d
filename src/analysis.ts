// From a closed scope to its report, outside the request: profile, findings, hand-out. Whatever fails on the way is in the
// report as a notice; there always is one.

import { type Audience, announce, deliver } from './audience.js';
import { Catalogue } from './capture/catalogue.js';
import { allowancesOutside } from './capture/context.js';
import { caught } from './capture/guard.js';
import { closingOf, type Keeper, type Scope } from './capture/scope.js';
import { AppSites } from './capture/sites.js';
import { clock } from './capture/timers.js';
import type { Settings } from './options.js';
import { buildProfile, type Closing, type Sites } from './profile/build-profile.js';
import { questionsOf } from './profile/catalogue-questions.js';
import type { Noted } from './profile/note.js';
import { Recorder, type RecorderLimits } from './profile/recorder.js';
import { runAtOnce, runSlices } from './profile/slices.js';
import type { Profile } from './profile/types.js';
import { AllowanceLedger, type LedgerEntry } from './report/allowance-ledger.js';
import { buildReport } from './report/build-report.js';
import type { IdleAllow, Report } from './report/report.js';

/** What a profiler asks of whatever judges its scopes. */
export interface Judging extends Keeper {
  /** Where statements come from, as the app's files are named, and what is remembered of that outside any entry. */
  readonly sites: AppSites;
  /** The allowances that had no effect in any scope so far, and those that no scope had. */
  idleAllows(): readonly IdleAllow[];
}

export class Analysis implements Judging {
  readonly limits: Settings['limits'];
  readonly callSites: Settings['callSites'];
  readonly #settings: Settings;
  readonly #audience: Audience;
  readonly #sites: AppSites;
  readonly #catalogue = new Catalogue();
  readonly #allowances = new AllowanceLedger();

  constructor(settings: Settings, audience: Audience) {
    this.limits = settings.limits;
    this.callSites = settings.callSites;
    this.#settings = settings;
    this.#audience = audience;
    this.#sites = new AppSites(settings);
  }

  opened(): unknown {
    return announce(this.#audience);
  }

  /** `children`: the reports of the scopes inside it. */
  async conclude(scope: Scope, children = reportsIn(scope)): Promise<Report> {
    const seen = await this.#profileOf(scope);
    const profile = this.#settings.catalogue === 'none' ? seen : await this.#withCatalogue(seen);
    const report = await runSlices(
      buildReport(profile, this.#settings.detectors, { allow: scope.allowances, children }),
    );
    this.#allowances.note(scope.allowances, report);
    // What was made to fail is no fault of the app's: whoever asked for the proof is told.
    if (scope.trial === null || scope.trial.target === null) deliver(report, scope, this.#audience);
    return report;
  }

  /** A {@link Judging}'s. */
  get sites(): AppSites {
    return this.#sites;
  }

  /** What is known of the allowances that stood around statements. */
  get allowances(): readonly LedgerEntry[] {
    return this.#allowances.entries;
  }

  /** A {@link Judging}'s. */
  idleAllows(): readonly IdleAllow[] {
    return this.#allowances.idle(allowancesOutside());
  }

  /** With what the catalogue says of its tables. */
  async #withCatalogue(profile: Profile): Promise<Profile> {
    try {
      const questions = await runSlices(questionsOf(profile));
      return { ...profile, catalogue: await this.#catalogue.answers(questions) };
    } catch (error) {
      caught(error, null, 'the look-up in the catalogue');
      return profile;
    }
  }

  #profileOf(scope: Scope): Promise<Profile> {
    const closing = closingOf(scope, this.#settings.sample);
    return profileOf(scope.recorder, closing, this.#sites.in(scope.sites.entry));
  }
}

function reportsIn({ children }: Scope): Report[] {
  return children.filter((report) => report !== null) as Report[];
}

/** The profile of a scope that has closed. Where that fails it is empty and says so. */
export async function profileOf(noted: Noted, closing: Closing, sites: Sites): Promise<Profile> {
  try {
    return await runSlices(buildProfile(noted, closing, sites));
  } catch (error) {
    caught(error, null, 'the analysis of a scope');
    const empty = new Recorder({ clock, limits: NO_LIMITS });
    empty.notice('internal-error', 'the analysis failed, so the statements of this scope are missing');
    return runAtOnce(buildProfile(empty, closing, sites));
  }
}

/** Of a recorder that records nothing. */
const NO_LIMITS: RecorderLimits = { statements: 0, rowsPerStatement: 0, valuesPerScope: 0 };
