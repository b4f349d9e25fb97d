// From a line to the report that it holds. What fits the schema may still point beside a table; then it throws, and the line counts as unreadable.

import type { CallSite, Flow, Frame, Profile, Shape, Statement, Tie, Transaction } from '../../profile/types.js';
import type { Dismissal, Finding, Report } from '../../report/report.js';
import { fromColumns } from './columns.js';
import {
  ACTIVITY_COLUMNS,
  type CallSiteRecord,
  CHECKOUT_COLUMNS,
  type DismissalRecord,
  type FindingRecord,
  type FlowRecord,
  type IndexList,
  type ProfileRecord,
  type ReportRecord,
  type ScopeLine,
  STATEMENT_COLUMNS,
  type StatementForm,
  type StatementRecord,
  type Tables,
  TIE_COLUMNS,
  type TieForm,
  TRANSACTION_COLUMNS,
} from './line.js';

/** Gives equal values of several lines one object. */
export type Share = <T extends object>(value: T) => T;

export function reportOf({ tables, report }: ScopeLine, share: Share): Report {
  return new Decoder(tables, share).report(report);
}

class Decoder {
  readonly #texts: readonly string[];
  readonly #shapes: readonly Shape[];
  readonly #callSites: readonly CallSite[];
  readonly #forms: readonly StatementForm[];
  readonly #tieForms: readonly TieForm[];

  constructor(tables: Tables, share: Share) {
    this.#texts = tables.texts;
    this.#shapes = tables.shapes.map((shape) => share(shape as Shape));
    this.#callSites = tables.callSites.map((record) => share(siteOf(record, tables.frames)));
    this.#forms = tables.forms;
    this.#tieForms = tables.tieForms;
  }

  report(record: ReportRecord): Report {
    const profile = this.#profile(record.profile);
    const { length } = profile.statements;
    return {
      format: 1,
      profile,
      children: record.children.map((child) => this.report(child)),
      findings: record.findings.map((finding) => this.#finding(finding, length)),
      dismissals: record.dismissals.map((dismissal) => this.#dismissal(dismissal, length)),
      suppressed: record.suppressed.map(({ finding, ...rest }) => ({
        ...rest,
        finding: this.#finding(finding, length),
      })),
      infrastructure: indexesOf(record.infrastructure, length),
      ...(record.alike && { alike: record.alike }),
    };
  }

  #profile(record: ProfileRecord): Profile {
    const statements = this.#statements(record);
    return {
      format: 1,
      ...record,
      statements,
      transactions: transactionsOf(record),
      checkouts: this.#checkouts(record),
      flows: record.flows.map((flow) => flowOf(flow, statements.length)),
      ties: fromColumns(record.ties, TIE_COLUMNS).map(({ form, from, to }) =>
        tieOf(at(this.#tieForms, form), place(from, statements.length), place(to, statements.length)),
      ),
      activities: fromColumns(record.activities, ACTIVITY_COLUMNS).map(({ startUs, endUs, watched, ...rest }) => ({
        ...(rest as { kind: Profile['activities'][number]['kind']; what: string }),
        startMs: msOf(startUs),
        endMs: optionalMs(endUs),
        ...(watched !== null && { watched }),
      })),
      notices: record.notices as Profile['notices'],
    };
  }

  #statements({ statements, connections, transactions }: ProfileRecord): Statement[] {
    let lastUs = 0;
    return fromColumns(statements, STATEMENT_COLUMNS).map((record, index) => {
      if (record.startUs !== null) lastUs += record.startUs;
      if (record.connection !== null) place(record.connection, connections.length);
      if (record.transaction !== null) place(record.transaction, transactions.count);
      return this.#statement(record, index, record.startUs === null ? null : msOf(lastUs));
    });
  }

  #statement(record: StatementRecord, index: number, startMs: number | null): Statement {
    const form = at(this.#forms, record.form);
    return {
      index,
      sql: at(this.#texts, form.sql),
      shape: at(this.#shapes, form.shape),
      valuesKey: record.valuesKey,
      slotKeys: record.slotKeys,
      ...(record.listSizes && { listSizes: record.listSizes }),
      ...(record.values && { values: record.values }),
      batch: record.batch,
      connection: record.connection,
      via: form.via,
      transaction: record.transaction,
      startMs,
      durationMs: msOf(record.durationUs),
      waitMs: msOf(record.waitUs),
      rows: record.rows,
      ...(form.absent && { absent: form.absent }),
      affected: record.affected,
      command: form.command,
      error: form.error,
      late: form.late,
      allowed: form.allowed,
      callSite: this.#callSite(form.callSite),
    };
  }

  #checkouts({ checkouts, connections }: ProfileRecord): Profile['checkouts'] {
    return fromColumns(checkouts, CHECKOUT_COLUMNS).map(
      ({ takenUs, releasedUs, releaseSite, connection, ...rest }, index) => ({
        ...rest,
        index,
        connection: place(connection, connections.length),
        takenMs: msOf(takenUs),
        releasedMs: optionalMs(releasedUs),
        releaseSite: this.#callSite(releaseSite),
      }),
    );
  }

  #finding({ statements, source, callSite, ...rest }: FindingRecord, length: number): Finding {
    return {
      ...(rest as Omit<Finding, 'statements' | 'source' | 'callSite'>),
      statements: indexesOf(statements, length),
      source: indexesOf(source, length),
      callSite: this.#callSite(callSite),
    };
  }

  #dismissal({ statements, callSite, ...rest }: DismissalRecord, length: number): Dismissal {
    return {
      ...(rest as Pick<Dismissal, 'detector' | 'kind' | 'why'>),
      statements: indexesOf(statements, length),
      callSite: this.#callSite(callSite),
    };
  }

  #callSite(site: number | null): CallSite | null {
    return site === null ? null : at(this.#callSites, site);
  }
}

function siteOf(
  { at: first, frames, through, resolver, assumed, doubtful }: CallSiteRecord,
  known: readonly Frame[],
): CallSite {
  const { file, line, column, function: name } = at(known, first);
  return {
    file,
    line,
    column,
    function: name,
    frames: frames.map((frame) => at(known, frame)),
    ...(through && { through }),
    ...(resolver && { resolver }),
    ...(assumed && { assumed }),
    ...(doubtful && { doubtful }),
  };
}

function transactionsOf({ transactions, statements, connections }: ProfileRecord): Transaction[] {
  const known = (index: number | null) => (index === null ? null : place(index, statements.count));
  return fromColumns(transactions, TRANSACTION_COLUMNS).map(({ startUs, endUs, savepoints, ...rest }, index) => ({
    ...rest,
    index,
    connection: place(rest.connection, connections.length),
    begunBy: known(rest.begunBy),
    endedBy: known(rest.endedBy),
    failedBy: known(rest.failedBy),
    undone: rest.undone.map((undone) => place(undone, statements.count)),
    startMs: msOf(startUs),
    endMs: optionalMs(endUs),
    savepoints: savepoints.map(({ startUs, endUs, ...savepoint }) => ({
      ...savepoint,
      startMs: msOf(startUs),
      endMs: optionalMs(endUs),
    })),
  }));
}

function flowOf({ from, to, ...rest }: FlowRecord, length: number): Flow {
  return {
    ...rest,
    from: { ...from, statements: indexesOf(from.statements, length) },
    to: { ...to, statements: indexesOf(to.statements, length) },
  };
}

function tieOf({ from, to, ...rest }: TieForm, source: number, target: number): Tie {
  return { ...rest, from: { statement: source, ...from }, to: { statement: target, ...to } };
}

function indexesOf(list: IndexList, length: number): number[] {
  let index = 0;
  return list.map((distance) => {
    index += distance;
    return place(index, length);
  });
}

function place(index: number, length: number): number {
  if (Number.isInteger(index) && index >= 0 && index < length) return index;
  throw new RangeError(`${index} of ${length}`);
}

function at<T>(table: readonly T[], index: number): T {
  return table[place(index, table.length)] as T;
}

function msOf(us: number): number {
  return us / 1_000;
}

function optionalMs(us: number | null): number | null {
  return us === null ? null : msOf(us);
}
