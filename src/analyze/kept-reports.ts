// What is kept of any number of reports. A day of traffic has as many findings as the code has mistakes: of scopes that have the same label and the same
// findings the first and the worst are kept in full, and the others are counted.

import type { Finding, Report } from '../report/report.js';
import { compareFindings } from '../report/run.js';

/** All scopes of one label with the same findings. */
interface Kind {
  first: Report;
  worst: Report;
  scopes: number;
  statements: number;
}

/** Statements of all that is kept: about 1 KB each. */
const MOST_STATEMENTS = 60_000;
/** Kinds that are told apart. */
const MOST_KINDS = 20_000;

/** How much could not even be counted by its label and findings. */
export interface Overflow {
  scopes: number;
  /** How many of them have findings. */
  withFindings: number;
}

export class KeptReports {
  readonly #kinds = new Map<string, Kind>();
  readonly #mostStatements: number;
  /** Of those kept. */
  #held = 0;
  readonly overflow: Overflow = { scopes: 0, withFindings: 0 };

  constructor(mostStatements: number = MOST_STATEMENTS) {
    this.#mostStatements = mostStatements;
  }

  add(report: Report): void {
    const name = nameOf(report);
    const kind = this.#kinds.get(name);
    if (kind === undefined) this.#begin(name, report);
    else this.#addTo(kind, report);
  }

  /** In the order in which they began; each with the number of those that it stands for. */
  reports(): Report[] {
    return [...this.#kinds.values()].flatMap(reportsOfKind).sort(byTime);
  }

  /** Scopes that are counted with another one's report. */
  get alike(): number {
    return [...this.#kinds.values()].reduce(
      (sum, { scopes, first, worst }) => sum + scopes - (first === worst ? 1 : 2),
      0,
    );
  }

  #begin(name: string, report: Report): void {
    if (this.#kinds.size >= MOST_KINDS || !this.#hasRoomFor(report, report.findings.length > 0 ? 1 : CLEAN_SHARE)) {
      this.overflow.scopes += 1;
      if (report.findings.length > 0) this.overflow.withFindings += 1;
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
    if (this.#held - freed + sizeOf(report) > this.#mostStatements) return;
    this.#held += sizeOf(report) - freed;
    kind.worst = report;
  }

  #hasRoomFor(report: Report, share: number): boolean {
    return this.#held + sizeOf(report) <= this.#mostStatements * share;
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
