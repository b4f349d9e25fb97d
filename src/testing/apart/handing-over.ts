// What becomes of the scopes of a test's process: their notes are handed over and judged elsewhere, since to judge is what takes the time, and a process that runs one
// test file is always new to it. A report that somebody in this process asks for is made here.

import type { Analysis, Judging } from '../../analysis.js';
import { type Audience, announce, isAlone } from '../../audience.js';
import type { Scope } from '../../capture/scope.js';
import { AppSites } from '../../capture/sites.js';
import type { Settings } from '../../options.js';
import { runSlices } from '../../profile/slices.js';
import { AllowanceLedger } from '../../report/allowance-ledger.js';
import type { IdleAllow, Report } from '../../report/report.js';
import { judging } from '../load-judging.js';
import { type ClosedScope, closedScopeOf, isClosedScope } from './closed-scope.js';
import type { SuiteOutput } from './suite-output.js';

/** What judges in this process. */
interface Here {
  readonly analysis: Analysis;
  /** Of closed scopes. */
  readonly allowances: AllowanceLedger;
  judge(closed: ClosedScope): Promise<Report>;
}

export class HandingOver implements Judging {
  readonly limits: Settings['limits'];
  readonly callSites: Settings['callSites'];
  readonly sites: AppSites;
  readonly #settings: Settings;
  readonly #audience: Audience;
  readonly #output: SuiteOutput;
  #here: Here | null = null;

  constructor(settings: Settings, audience: Audience, output: SuiteOutput) {
    this.limits = settings.limits;
    this.callSites = settings.callSites;
    this.sites = new AppSites(settings);
    this.#settings = settings;
    this.#audience = audience;
    this.#output = output;
    output.allowances = () => [...(this.#here?.analysis.allowances ?? []), ...(this.#here?.allowances.entries ?? [])];
  }

  opened(): unknown {
    return announce(this.#audience);
  }

  /** The report, or, where the scope is judged elsewhere, the closed scope. */
  async conclude(scope: Scope): Promise<Report | ClosedScope> {
    const children = scope.children.filter((child) => child !== null) as (Report | ClosedScope)[];
    if (this.#isNeededHere(scope) || !children.every(isClosedScope)) return this.#judge(scope, children);
    let closed: ClosedScope | null = null;
    const close = async () => {
      closed ??= await runSlices(closedScopeOf(scope, children, this.sites, this.#settings.sample));
      return closed;
    };
    if (scope.nested) {
      await close();
      // The one around may not have waited for it.
      if (scope.nested) return close();
    }
    return (await this.#output.take(close)) ? close() : this.#judge(scope, children);
  }

  idleAllows(): readonly IdleAllow[] {
    return this.#here?.analysis.idleAllows() ?? [];
  }

  #isNeededHere(scope: Scope): boolean {
    return (
      scope.isAwaited ||
      scope.isRemote ||
      scope.trial !== null ||
      this.#settings.catalogue !== 'none' ||
      !isAlone(this.#audience)
    );
  }

  async #judge(scope: Scope, children: readonly (Report | ClosedScope)[]): Promise<Report> {
    const { analysis, judge } = this.#judging();
    const reports: Report[] = [];
    for (const child of children) reports.push(isClosedScope(child) ? await judge(child) : child);
    return analysis.conclude(scope, reports);
  }

  /** Loads what judges, where that is needed. */
  #judging(): Here {
    if (this.#here === null) {
      const { Analysis, judgeClosed } = judging();
      const { detectors } = this.#settings;
      const allowances = new AllowanceLedger();
      this.#here = {
        analysis: new Analysis(this.#settings, this.#audience),
        allowances,
        judge: (closed) => judgeClosed(closed, { detectors, allowances, process: 0 }),
      };
    }
    return this.#here;
  }
}
