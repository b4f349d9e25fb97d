// Where the reports of a test's process go: to the process that judges for it, where there is one, else into a file of its own.

import { allowancesOutside } from '../../capture/context.js';
import type { DetectorOptions } from '../../options.js';
import { runDirectory } from '../../outputs/json/run-directory.js';
import type { LedgerEntry } from '../../report/allowance-ledger.js';
import type { Output, Report, Watch } from '../../report/report.js';
import { judging } from '../load-judging.js';
import type { SuitePlace } from '../suite-place.js';
import { type ClosedScope, statementsOf } from './closed-scope.js';
import { JudgeLine } from './judge-line.js';
import type { Hello, JudgePlace, ProcessState } from './messages.js';

export class SuiteOutput implements Output {
  readonly name = 'json';
  /** Of what was judged in this process. */
  allowances: () => readonly LedgerEntry[] = () => [];
  readonly #place: SuitePlace;
  readonly #detectors: DetectorOptions;
  #watch: Watch | null = null;
  #line: Promise<JudgeLine | null> = Promise.resolve(null);
  #file: Output | null = null;

  constructor(place: SuitePlace, detectors: DetectorOptions) {
    this.#place = place;
    this.#detectors = detectors;
  }

  start(watch: Watch): void {
    this.#watch = watch;
    const { judge } = this.#place;
    if (judge === null) this.#ownFile();
    else this.#line = JudgeLine.open(judge, this.#hello(judge, watch), () => stateOf(watch));
  }

  /** Takes a scope that is to be judged elsewhere; false where it has to be judged here. */
  async take(closed: () => Promise<ClosedScope>): Promise<boolean> {
    const line = await this.#line;
    if (line === null || !line.isFree) return false;
    const scope = await closed();
    line.send(scope, statementsOf(scope));
    return true;
  }

  async write(report: Report): Promise<void> {
    const line = await this.#line;
    if (line === null || line.isBroken) await this.#ownFile().write(report, undefined);
    else line.send({ is: 'judged', report }, report.profile.statements.length);
  }

  async close(): Promise<void> {
    const line = await this.#line;
    const watch = this.#watch;
    if (line !== null && watch !== null) {
      await line.close({
        is: 'goodbye',
        state: stateOf(watch),
        unjudged: watch.unjudged(),
        outside: [...allowancesOutside()],
        allowances: [...this.allowances()],
      });
    }
    await this.#file?.close?.();
  }

  #ownFile(): Output {
    if (this.#file === null) {
      const { dir } = this.#place;
      this.#file = judging().jsonOutput(dir === null ? {} : { dir });
      if (this.#watch !== null) this.#file.start?.(this.#watch);
    }
    return this.#file;
  }

  #hello({ secret }: JudgePlace, { root }: Watch): Hello {
    return {
      is: 'hello',
      secret,
      directory: runDirectory(this.#place.dir ?? undefined, this.#watch),
      root,
      pid: process.pid,
      cwd: process.cwd(),
      node: process.versions.node,
      service: process.env.OTEL_SERVICE_NAME ?? null,
      startedAt: new Date().toISOString(),
      detectors: this.#detectors,
    };
  }
}

function stateOf(watch: Watch): ProcessState {
  return { drivers: [...watch.drivers()], unattributed: watch.unattributed(), unsampled: watch.unsampled() };
}
