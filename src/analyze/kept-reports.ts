// What is kept of any number of reports. All of them while they are few; then, as a day of traffic has no more findings than the code has mistakes, of the
// scopes that have the same label and the same findings the first and the worst, and the others are counted.

import type { Finding, Report } from '../report/report.js';
import { compareFindings } from '../report/run.js';

/** All scopes of one label with the same findings. */
interface Kind {
  first: Report;
  worst: Report;
  scopes: number;
  statements: number;
}

export interface KeptLimits {
  /** Statements of all that is kept: about 1 KB each. */
  statements: number;
  /** Scopes, while each is kept in full: more than anybody reads one by one. */
  scopes: number;
  /** Labels and sets of findings that are told apart. */
  kinds: number;
}

const LIMITS: KeptLimits = { statements: 60_000, scopes: 2_000, kinds: 20_000 };

/** How much could not even be counted by its label and findings. */
export interface Overflow {
  clean: number;
  withFindings: number;
}

export class KeptReports {
  readonly #limits: KeptLimits;
  readonly #kinds = new Map<string, Kind>();
  /** All there were; null: they were too many, and only the first and the worst of each kind are kept. */
  #all: Report[] | null = [];
  /** Statements of those that are kept. */
  #held = 0;
  readonly overflow: Overflow = { clean: 0, withFindings: 0 };

  constructor(limits: Partial<KeptLimits> = {}) {
    this.#limits = { ...LIMITS, ...limits };
  }

  add(report: Report): void {
    if (this.#all !== null && !this.#hasRoomForAll(this.#all, report)) this.#fold(this.#all);
    if (this.#all !== null) {
      this.#all.push(report);
      this.#held += sizeOf(report);
    } else this.#addToKinds(report);
  }

  /** In the order in which they began; each with the number of those that it stands for. */
  reports(): Report[] {
    const kept = this.#all ?? [...this.#kinds.values()].flatMap(reportsOfKind);
    return [...kept].sort(byTime);
  }

  #hasRoomForAll(all: readonly Report[], report: Report): boolean {
    return all.length < this.#limits.scopes && this.#held + sizeOf(report) <= this.#limits.statements;
  }

  /** From now on by kinds, those that came until now too. */
  #fold(all: readonly Report[]): void {
    this.#all = null;
    this.#held = 0;
    for (const report of all) this.#addToKinds(report);
  }

  #addToKinds(report: Report): void {
    const name = nameOf(report);
    const kind = this.#kinds.get(name);
    if (kind === undefined) this.#begin(name, report);
    else this.#addTo(kind, report);
  }

  #begin(name: string, report: Report): void {
    const isClean = report.findings.length === 0;
    const most = this.#limits.statements * (isClean ? CLEAN_SHARE : 1);
    if (this.#kinds.size >= this.#limits.kinds || this.#held + sizeOf(report) > most) {
      this.overflow[isClean ? 'clean' : 'withFindings'] += 1;
      return;
    }
    this.#held += sizeOf(report);
    this.#kinds.set(name, { first: report, worst: report, scopes: 1, statements: countOf(report) });
  }

  #addTo(kind: Kind, report: Report): void {
    kind.scopes += 1;
    kind.statements += countOf(report);
    if (!isWorse(report, kind.worst)) return;
    const freed = kind.worst === kind.first ? 0 : sizeOf(kind.worst);
    if (this.#held - freed + sizeOf(report) > this.#limits.statements) return;
    this.#held += sizeOf(report) - freed;
    kind.worst = report;
  }
}

/** Of what is kept, so that there is room for findings when they come. */
const CLEAN_SHARE = 0.25;

function reportsOfKind({ first, worst, scopes, statements }: Kind): Report[] {
  const kept = first === worst ? [first] : [first, worst];
  const others = scopes - kept.length;
  if (others === 0) return kept;
  const rest = statements - kept.reduce((sum, report) => sum + countOf(report), 0);
  return [{ ...first, alike: { scopes: others, statements: rest } }, ...kept.slice(1)];
}

function nameOf({ profile, findings }: Report): string {
  const keys = [...new Set(findings.map(({ key }) => key))].sort();
  return [profile.kind, profile.label, ...keys].join('\n');
}

/** By its worst finding; without any the larger one. */
function isWorse(report: Report, than: Report): boolean {
  const [worst, before] = [worstOf(report), worstOf(than)];
  if (worst === null || before === null) return countOf(report) > countOf(than);
  return compareFindings(worst, before) < 0;
}

function worstOf({ findings }: Report): Finding | null {
  return findings.reduce<Finding | null>(
    (worst, each) => (worst === null || compareFindings(each, worst) < 0 ? each : worst),
    null,
  );
}

/** What it holds, in statements. */
function sizeOf({ profile }: Report): number {
  return profile.statements.length;
}

function countOf({ profile }: Report): number {
  return profile.statements.length + profile.dropped;
}

function byTime({ profile: a }: Report, { profile: b }: Report): number {
  if (a.startedAt !== b.startedAt) return a.startedAt < b.startedAt ? -1 : 1;
  return a.id < b.id ? -1 : 1;
}
