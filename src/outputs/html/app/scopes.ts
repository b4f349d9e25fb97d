// The lists of scopes and of their statements, read out of their columns where somebody looks.

import { type Cell, cellReader } from '../columns.js';
import type { PageModel, ScopeDetail, ScopeKind, StatementsModel } from '../model.js';
import { FLAGS, SCOPE_KINDS, type ScopeColumn, type StatementColumn, TICKS_PER_MS } from '../page-columns.js';

export interface Scope {
  index: number;
  label: string;
  kind: ScopeKind;
  parent: number | null;
  startedAt: Date;
  durationMs: number;
  databaseMs: number;
  statements: number;
  infrastructure: number;
  /** Statements that are in the page. */
  kept: number;
  status: number | null;
  error: string | null;
  aborted: boolean;
  unattributed: number;
  dismissals: number;
  suppressed: number;
  /** Findings it has, as indexes into the cards. */
  cards: readonly number[];
}

export interface ScopeStatement {
  index: number;
  text: number;
  sql: string;
  shape: number;
  site: string | null;
  connection: number | null;
  transaction: number | null;
  startMs: number | null;
  durationMs: number;
  waitMs: number;
  rows: number | null;
  affected: number | null;
  error: string | null;
  late: boolean;
  infrastructure: boolean;
  allowed: boolean;
  doubtful: boolean;
  values: readonly string[] | null;
}

const NO_DETAIL: ScopeDetail = {
  connections: [],
  transactions: [],
  activities: [],
  found: [],
  dismissals: [],
  suppressed: [],
  notices: [],
  left: 0,
};

/** All scopes of the page. */
export class Scopes {
  readonly all: readonly Scope[];
  /** By scope, the place of its first statement. */
  readonly #offsets: number[] = [];

  constructor(model: PageModel) {
    const read = cellReader<ScopeColumn>(model.scopes);
    this.all = Array.from({ length: model.scopes.rows }, (_, index) => scopeAt(index, read, model));
    let offset = 0;
    for (const { kept } of this.all) {
      this.#offsets.push(offset);
      offset += kept;
    }
  }

  childrenOf(parent: number): Scope[] {
    return this.all.filter((scope) => scope.parent === parent);
  }

  statementsOf({ index, kept }: Scope, model: PageModel, data: StatementsModel): ScopeStatement[] {
    const read = cellReader<StatementColumn>(data.columns);
    const offset = this.#offsets[index] ?? 0;
    let before = 0;
    return Array.from({ length: kept }, (_, place) => {
      const statement = statementAt(place, offset + place, before, read, model, data);
      if (statement.startMs !== null) before = statement.startMs;
      return statement;
    });
  }

  /** The texts and the call sites of a scope, without its statements. */
  tracesOf({ index, kept }: Scope, data: StatementsModel): { texts: ReadonlySet<number>; sites: ReadonlySet<number> } {
    const read = cellReader<StatementColumn>(data.columns);
    const offset = this.#offsets[index] ?? 0;
    const texts = new Set<number>();
    const sites = new Set<number>();
    for (let row = offset; row < offset + kept; row += 1) {
      texts.add(read('text', row) ?? 0);
      const site = read('site', row);
      if (site !== null) sites.add(site);
    }
    return { texts, sites };
  }
}

export function detailOf({ index }: Scope, { details }: StatementsModel): ScopeDetail {
  return details[index] ?? NO_DETAIL;
}

function scopeAt(index: number, read: (name: ScopeColumn, row: number) => Cell, model: PageModel): Scope {
  const number = (name: ScopeColumn) => read(name, index) ?? 0;
  const error = read('error', index);
  return {
    index,
    label: model.labels[number('label')]?.label ?? '',
    kind: SCOPE_KINDS[number('kind')] ?? 'request',
    parent: read('parent', index),
    startedAt: new Date(number('startedAt')),
    durationMs: number('duration') / TICKS_PER_MS,
    databaseMs: number('database') / TICKS_PER_MS,
    statements: number('statements'),
    infrastructure: number('infrastructure'),
    kept: number('kept'),
    status: read('status', index),
    error: error === null ? null : (model.words[error] ?? null),
    aborted: number('aborted') === 1,
    unattributed: number('unattributed'),
    dismissals: number('dismissals'),
    suppressed: number('suppressed'),
    cards: model.cardSets[number('cards')] ?? [],
  };
}

function statementAt(
  index: number,
  row: number,
  before: number,
  read: (name: StatementColumn, row: number) => Cell,
  model: PageModel,
  data: StatementsModel,
): ScopeStatement {
  const text = read('text', row) ?? 0;
  const [sql, shape] = data.texts[text] ?? ['', 0];
  const site = read('site', row);
  const error = read('error', row);
  const start = read('start', row);
  const flags = read('flags', row) ?? 0;
  return {
    index,
    text,
    sql,
    shape,
    site: site === null ? null : (model.sites[site] ?? null),
    connection: read('connection', row),
    transaction: read('transaction', row),
    startMs: start === null ? null : before + start / TICKS_PER_MS,
    durationMs: (read('duration', row) ?? 0) / TICKS_PER_MS,
    waitMs: (read('wait', row) ?? 0) / TICKS_PER_MS,
    rows: read('rows', row),
    affected: read('affected', row),
    error: error === null ? null : (data.errors[error] ?? null),
    late: (flags & FLAGS.late) !== 0,
    infrastructure: (flags & FLAGS.infrastructure) !== 0,
    allowed: (flags & FLAGS.allowed) !== 0,
    doubtful: (flags & FLAGS.doubtful) !== 0,
    values: data.values[row] ?? null,
  };
}
