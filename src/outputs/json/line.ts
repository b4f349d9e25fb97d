// What stands on the lines of a file that jsonOutput writes, and readRun reads: the format on disk, as types. The published schema says the same, and a
// test holds the two equal. Texts, shapes, frames and call sites stand once in a line's tables; times of statements are whole microseconds.

import type {
  Activity,
  CatalogueTable,
  Checkout,
  Connection,
  Flow,
  Frame,
  Notice,
  Profile,
  Savepoint,
  Shape,
  Slot,
  Statement,
  Tie,
  Transaction,
} from '../../profile/types.js';
import type { Alike, Dismissal, Finding, IdleAllow, Suppressed } from '../../report/report.js';
import type { Loss, RunProcess } from '../../report/run.js';
import type { Columns } from './columns.js';

/** The version of what stands on the lines; a reader refuses a newer one. */
export const LINE_FORMAT = 1;

export type Line = ProcessLine | SourcesLine | StateLine | ScopeLine;

/** The first line: who writes. */
export interface ProcessLine
  extends Pick<RunProcess, 'service' | 'version' | 'commit' | 'runtime' | 'queryscope' | 'pid' | 'startedAt'> {
  is: 'process';
  format: number;
  /** Of the process or thread, whatever its file is called after somebody copied it. */
  id: string;
}

/** Lines of the app's source that the scopes below name, those of earlier such lines left out: by file and 1-based line number. */
export interface SourcesLine {
  is: 'sources';
  files: Record<string, Record<string, string>>;
}

/** What the process has seen so far; the last one holds. With `endedAt`: it was done then. */
export interface StateLine {
  is: 'state';
  endedAt: string | null;
  drivers: string[];
  unattributed: number;
  unsampled: RunProcess['unsampled'];
  unjudged: RunProcess['unjudged'];
  idleAllows: IdleAllow[];
  losses: Loss[];
}

/** One closed scope with the scopes inside it, complete by itself. */
export interface ScopeLine {
  is: 'scope';
  tables: Tables;
  report: ReportRecord;
}

/** What the records of one line point into. */
export interface Tables {
  texts: string[];
  shapes: ShapeRecord[];
  frames: Frame[];
  callSites: CallSiteRecord[];
  forms: StatementForm[];
  tieForms: TieForm[];
}

/** Words that later versions add to without a change of format. */
type Open<T, K extends keyof T> = Omit<T, K> & Record<K, string>;

export type ShapeRecord = Omit<Open<Shape, 'verb'>, 'slots'> & { slots: Open<Slot, 'role'>[] };

/** Numbers point into `frames`. */
export interface CallSiteRecord {
  at: number;
  frames: number[];
  through?: string[];
  resolver?: true;
  assumed?: true;
  doubtful?: true;
}

/** What the turns of a loop have in common. `sql` points into `texts`, `shape` into `shapes`, `callSite` into `callSites`. */
export interface StatementForm extends Pick<Statement, 'via' | 'absent' | 'command' | 'error' | 'late' | 'allowed'> {
  sql: number;
  shape: number;
  callSite: number | null;
}

/** The rest of a statement. `form` points into `forms`; `startUs` is counted from the statement before that has one. */
export interface StatementRecord
  extends Pick<Statement, 'valuesKey' | 'slotKeys' | 'batch' | 'connection' | 'transaction' | 'rows' | 'affected'> {
  form: number;
  startUs: number | null;
  durationUs: number;
  waitUs: number;
  listSizes: number[] | null;
  values: string[] | null;
}

export interface TransactionRecord extends Omit<Transaction, 'index' | 'startMs' | 'endMs' | 'savepoints'> {
  startUs: number;
  endUs: number | null;
  savepoints: SavepointRecord[];
}

export interface SavepointRecord extends Omit<Savepoint, 'startMs' | 'endMs'> {
  startUs: number;
  endUs: number | null;
}

export interface CheckoutRecord extends Omit<Checkout, 'index' | 'takenMs' | 'releasedMs' | 'releaseSite'> {
  takenUs: number;
  releasedUs: number | null;
  releaseSite: number | null;
}

export interface ActivityRecord extends Omit<Activity, 'kind' | 'startMs' | 'endMs' | 'watched'> {
  kind: string;
  watched: boolean | null;
  startUs: number;
  endUs: number | null;
}

export interface TieForm extends Pick<Tie, 'kind' | 'strength'> {
  from: Omit<Tie['from'], 'statement'>;
  to: Omit<Tie['to'], 'statement'>;
}

/** `form` points into `tieForms`, the others are statements. */
export interface TieRecord {
  form: number;
  from: number;
  to: number;
}

/** Statements by their index: the first, then the distance from each to the next. */
export type IndexList = number[];

export interface FlowRecord extends Omit<Flow, 'from' | 'to'> {
  from: Omit<Flow['from'], 'statements'> & { statements: IndexList };
  to: Omit<Flow['to'], 'statements'> & { statements: IndexList };
}

export interface ProfileRecord
  extends Omit<
    Profile,
    | 'format'
    | 'statements'
    | 'transactions'
    | 'checkouts'
    | 'flows'
    | 'ties'
    | 'activities'
    | 'notices'
    | 'connections'
    | 'catalogue'
  > {
  statements: Columns<StatementRecord>;
  transactions: Columns<TransactionRecord>;
  checkouts: Columns<CheckoutRecord>;
  flows: FlowRecord[];
  ties: Columns<TieRecord>;
  connections: Connection[];
  catalogue: CatalogueTable[] | null;
  activities: Columns<ActivityRecord>;
  notices: Open<Notice, 'code'>[];
}

export interface FindingRecord extends Omit<Finding, 'category' | 'statements' | 'source' | 'callSite'> {
  category: string;
  statements: IndexList;
  source: IndexList;
  callSite: number | null;
}

export interface DismissalRecord extends Omit<Dismissal, 'kind' | 'statements' | 'callSite'> {
  kind: string;
  statements: IndexList;
  callSite: number | null;
}

export interface SuppressedRecord extends Omit<Suppressed, 'finding'> {
  finding: FindingRecord;
}

export interface ReportRecord {
  profile: ProfileRecord;
  children: ReportRecord[];
  findings: FindingRecord[];
  dismissals: DismissalRecord[];
  suppressed: SuppressedRecord[];
  infrastructure: IndexList;
  alike?: Alike;
}

/** The members of each kind of record that is kept in columns, complete by their types. */
export const STATEMENT_COLUMNS = columnNames<StatementRecord>({
  form: 1,
  valuesKey: 1,
  slotKeys: 1,
  batch: 1,
  connection: 1,
  transaction: 1,
  startUs: 1,
  durationUs: 1,
  waitUs: 1,
  rows: 1,
  affected: 1,
  listSizes: 1,
  values: 1,
});
export const TRANSACTION_COLUMNS = columnNames<TransactionRecord>({
  connection: 1,
  outcome: 1,
  isolation: 1,
  readOnly: 1,
  implicit: 1,
  begunBy: 1,
  endedBy: 1,
  failedBy: 1,
  undone: 1,
  startUs: 1,
  endUs: 1,
  savepoints: 1,
  ambient: 1,
});
export const CHECKOUT_COLUMNS = columnNames<CheckoutRecord>({
  connection: 1,
  takenUs: 1,
  releasedUs: 1,
  releasedBefore: 1,
  status: 1,
  destroyed: 1,
  releasedAgain: 1,
  releaseSite: 1,
});
export const ACTIVITY_COLUMNS = columnNames<ActivityRecord>({ kind: 1, what: 1, startUs: 1, endUs: 1, watched: 1 });
export const TIE_COLUMNS = columnNames<TieRecord>({ form: 1, from: 1, to: 1 });

function columnNames<R>(names: Record<keyof R, 1>): readonly (keyof R)[] {
  return Object.keys(names) as (keyof R)[];
}
