// A report as a tree of spans, before any of them exists: names, times, attributes, events. Pure, so that what a trace says can be read and
// tested without a tracer.

import type { Profile, Statement, Transaction } from '../../profile/types.js';
import { busyMs } from '../../report/busy-time.js';
import type { Finding, Report } from '../../report/report.js';
import { summaryOf } from '../../sql/summary.js';
import { type Attributes, FINDING, HTTP, OWN } from './attributes.js';
import {
  type Disclosure,
  errorMessageOf,
  hasFailed,
  isUnanswered,
  siteOf,
  statementAttributes,
} from './statement-attributes.js';
import { textsOf } from './texts.js';

/** A span to be made. Times in ms since the profile's `startedAt`. */
export interface SpanPlan {
  name: string;
  kind: 'internal' | 'client';
  attributes: Attributes;
  startMs: number;
  endMs: number;
  failed: boolean;
  /** What the server said, where it may be told. */
  error?: string;
  events: EventPlan[];
  children: SpanPlan[];
  /** The findings that its statement is evidence of. */
  findings: readonly number[];
}

export interface EventPlan {
  name: string;
  atMs: number;
  attributes: Attributes;
}

export interface SpanOptions extends Disclosure {
  /** Is there to be a span for each statement, for pool waits and transactions? Otherwise there is the scope's alone, with its findings. */
  statements: boolean;
  /** Statements beyond that get no span. */
  maxSpans: number;
}

/** What is less than it is no wait: a pool that has a connection hands it over within this many ms. */
const SHORT_WAIT_MS = 1;

/** The scope's own span, and all below it. The reports inside are not among them: each is a tree of its own. */
export function* spansOf(report: Report, options: SpanOptions): Generator<void, SpanPlan> {
  const { profile } = report;
  const texts = options.statements ? yield* textsOf(profile) : [];
  const shown = texts.slice(0, options.maxSpans);
  const planner = new Planner(report, options);
  const transactions = new Map<number, SpanPlan>();
  const children: SpanPlan[] = [];
  for (let i = 0; i < shown.length; i++) {
    const statements = shown[i] as Statement[];
    const [first] = statements as [Statement];
    if (first.waitMs >= SHORT_WAIT_MS) children.push(planner.wait(first));
    const transaction = first.transaction === null ? null : (profile.transactions[first.transaction] as Transaction);
    const span = planner.statement(statements);
    if (transaction === null || transaction.implicit) children.push(span);
    else planner.within(transaction, transactions, children).children.push(span);
    yield;
  }
  for (const span of transactions.values()) fitAround(span);
  const scope = planner.scope(children, texts.length - shown.length);
  yield;
  return scope;
}

class Planner {
  readonly #report: Report;
  readonly #options: SpanOptions;
  /** Of each statement, the findings that it is evidence of. */
  readonly #findings = new Map<number, number[]>();
  /** When the last of its statements ended: answers may come after the scope's own end. */
  #endMs: number;

  constructor(report: Report, options: SpanOptions) {
    this.#report = report;
    this.#options = options;
    this.#endMs = report.profile.durationMs;
    for (const { id, statements } of report.findings) {
      for (const statement of statements) {
        const known = this.#findings.get(statement);
        if (known === undefined) this.#findings.set(statement, [id]);
        else known.push(id);
      }
    }
    for (const { startMs, durationMs } of report.profile.statements)
      this.#endMs = Math.max(this.#endMs, (startMs ?? 0) + durationMs);
  }

  scope(children: SpanPlan[], withoutSpan: number): SpanPlan {
    const { profile } = this.#report;
    const attributes = { ...scopeAttributes(this.#report), ...(withoutSpan > 0 && { [OWN.withoutSpan]: withoutSpan }) };
    return {
      ...this.#span('queryscope.scope', 0, this.#endMs, attributes),
      failed: profile.outcome.error !== null || (profile.outcome.status ?? 0) >= 500,
      events: this.#report.findings.map((finding) => this.#event(finding)),
      children,
    };
  }

  statement(statements: readonly Statement[]): SpanPlan {
    const [first] = statements as [Statement];
    const { connections } = this.#report.profile;
    const connection = first.connection === null ? null : (connections[first.connection] ?? null);
    const findings = [...new Set(statements.flatMap(({ index }) => this.#findings.get(index) ?? []))];
    const attributes = statementAttributes(statements, connection, this.#options);
    const startMs = first.startMs ?? 0;
    const endMs = isUnanswered(statements.at(-1) as Statement) ? this.#endMs : startMs + first.durationMs;
    const error = errorMessageOf(statements, this.#options);
    return {
      ...this.#span(nameOf(attributes), startMs, endMs, attributes),
      kind: 'client',
      attributes: { ...attributes, ...(findings.length > 0 && { [OWN.inFindings]: findings }) },
      failed: hasFailed(statements),
      ...(error !== undefined && { error }),
      findings,
    };
  }

  wait({ startMs, waitMs }: Statement): SpanPlan {
    const end = startMs ?? 0;
    return this.#span('queryscope.pool.wait', Math.max(0, end - waitMs), end, { [OWN.waitMs]: waitMs });
  }

  /** The span of a transaction, made with its first statement. */
  within(transaction: Transaction, made: Map<number, SpanPlan>, siblings: SpanPlan[]): SpanPlan {
    const known = made.get(transaction.index);
    if (known !== undefined) return known;
    const { startMs, endMs, outcome, isolation, ambient } = transaction;
    const span = this.#span('queryscope.transaction', startMs, endMs ?? this.#endMs, {
      [OWN.outcome]: outcome,
      ...(isolation !== null && { [OWN.isolation]: isolation }),
      ...(ambient && { [OWN.ambient]: true }),
    });
    made.set(transaction.index, span);
    siblings.push(span);
    return span;
  }

  #event(finding: Finding): EventPlan {
    const { statements } = this.#report.profile;
    const first = statements[finding.statements[0] as number] as Statement;
    return { name: 'queryscope.finding', atMs: first.startMs ?? 0, attributes: findingAttributes(finding, statements) };
  }

  #span(name: string, startMs: number, endMs: number, attributes: Attributes): SpanPlan {
    return {
      name,
      kind: 'internal',
      attributes,
      startMs,
      endMs,
      failed: false,
      events: [],
      children: [],
      findings: [],
    };
  }
}

/** The convention's own order: the summary, else the system. */
function nameOf(attributes: Attributes): string {
  return String(attributes['db.query.summary'] ?? attributes['db.system.name']);
}

/** A transaction lasts from its first statement to the answer of its last one. */
function fitAround(span: SpanPlan): void {
  for (const { startMs, endMs } of span.children) {
    span.startMs = Math.min(span.startMs, startMs);
    span.endMs = Math.max(span.endMs, endMs);
  }
  span.attributes[OWN.transactionStatements] = span.children.length;
}

function scopeAttributes({ profile, findings, dismissals, suppressed }: Report): Attributes {
  const { statements, dropped, unattributed, notices, outcome } = profile;
  const told = findings.filter(({ confidence }) => confidence !== 'possible');
  const [worst] = told;
  return {
    ...identityOf(profile),
    ...(outcome.error !== null && { 'error.type': outcome.error }),
    ...(outcome.aborted && { [OWN.aborted]: true }),
    [OWN.statements]: statements.length + dropped,
    [OWN.databaseMs]: busyMs(statements),
    [OWN.findings]: told.length,
    [OWN.proven]: told.filter(({ confidence }) => confidence === 'proven').length,
    ...(worst !== undefined && {
      [OWN.severity]: worst.severity,
      [OWN.detectors]: [...new Set(told.map(({ detector }) => detector))],
      [OWN.wastedMs]: told.reduce((sum, { data }) => sum + Number(data.wastedMs ?? 0), 0),
    }),
    [OWN.dismissals]: dismissals.length,
    [OWN.suppressed]: suppressed.length,
    ...(dropped > 0 && { [OWN.dropped]: dropped }),
    ...(unattributed > 0 && { [OWN.unattributed]: unattributed }),
    ...(notices.length > 0 && { [OWN.notices]: [...new Set(notices.map(({ code }) => code))] }),
  };
}

/** What a scope is known by, which a sampler may want to hear. A request's label is its method and its route. */
export function identityOf({ kind, label, outcome: { status } }: Profile): Attributes {
  const [, method, route] = (kind === 'request' && /^([A-Z]+) (\/.*)$/.exec(label)) || [];
  return {
    [OWN.label]: label,
    [OWN.kind]: kind,
    ...(method !== undefined && { [HTTP.method]: method }),
    ...(route !== undefined && { [HTTP.route]: route }),
    ...(status !== null && { [HTTP.status]: status }),
  };
}

function findingAttributes(finding: Finding, statements: readonly Statement[]): Attributes {
  const { data } = finding;
  const [source] = finding.source;
  const sourceSummary = source === undefined ? null : summaryOf((statements[source] as Statement).sql);
  return {
    [FINDING.id]: finding.id,
    ...(finding.parent !== null && { [FINDING.parent]: finding.parent }),
    [FINDING.detector]: finding.detector,
    [FINDING.severity]: finding.severity,
    [FINDING.confidence]: finding.confidence,
    [FINDING.key]: finding.key,
    [FINDING.message]: finding.message,
    [FINDING.why]: finding.why,
    [FINDING.advice]: finding.advice,
    ...(finding.replacement !== null && { [FINDING.replacement]: finding.replacement }),
    [FINDING.count]: finding.statements.length,
    ...(data.distinct !== undefined && { [FINDING.distinct]: data.distinct }),
    ...(sourceSummary !== null && { [FINDING.source]: sourceSummary }),
    ...(data.grows !== undefined && { [FINDING.growth]: data.grows }),
    ...(data.wastedMs !== undefined && { [FINDING.wastedMs]: data.wastedMs }),
    [FINDING.page]: finding.page,
    ...siteOf(finding.callSite),
  };
}
