// The profile: what happened in one scope. Plain, readonly in use, JSON-safe; everything right of the recorder reads
// these types and nothing else, so a profile can be written to disk and judged again later.

import type { Shape, Slot, Verb } from '../sql/text.js';

export type { Shape, Slot, Verb };

/** A profile's own version; a reader refuses a newer one. */
export const PROFILE_FORMAT = 1;

/** What happened in one scope (one request, one job, one test). Times are milliseconds since `startedAt`. */
export interface Profile {
  format: typeof PROFILE_FORMAT;
  /** Version of the rules that turn a text into a shape; keys of other versions cannot be compared. */
  shapeVersion: number;
  id: string;
  /** The enclosing scope's id: a request inside a test is its child. */
  parent: string | null;
  kind: 'request' | 'job' | 'test';
  /** "GET /chats/:id": the route pattern, read at the end. */
  label: string;
  source: 'pg' | 'otel' | 'log';
  /** What the source could see at all; a detector must not read absence as evidence where it is false. */
  visible: {
    values: boolean;
    rows: boolean;
    connections: boolean;
    callSites: boolean;
    /** It does not say where a scope begins and ends: what stands here may be of several. Absent: it does. */
    bounds?: false;
  };
  /** ISO 8601, UTC. */
  startedAt: string;
  durationMs: number;
  outcome: {
    /** HTTP status; null outside HTTP or before one was sent. */
    status: number | null;
    /** Name (and code) of the error that ended the scope, never its message. */
    error: string | null;
    /** The client went away before the response was finished. */
    aborted: boolean;
  };
  statements: Statement[];
  transactions: Transaction[];
  /** Clients that the app took from a pool itself, in the order in which it got them. */
  checkouts: Checkout[];
  flows: Flow[];
  /** The single values that join writes to what came before them, in the order of the writes. */
  ties: Tie[];
  connections: Connection[];
  /** What the database's catalogue says of tables that were read and written; null: it was not asked. A table that is not in it is not known. */
  catalogue: CatalogueTable[] | null;
  /** What the app did beside its statements, as far as Node tells, as it began. */
  activities: Activity[];
  /** Statements over `limits.statements`: seen, counted, not kept. */
  dropped: number;
  /** Statements seen outside any scope while this one was open, process-wide. */
  unattributed: number;
  /** What queryscope could not note, each once with a count; empty when nothing was missed. */
  notices: Notice[];
}

/** Something queryscope could not note or had to cut, so that silence is never mistaken for absence. */
export interface Notice {
  code:
    | 'statements-dropped'
    | 'rows-cut'
    | 'values-cut'
    | 'activities-dropped'
    | 'checkouts-dropped'
    | 'unreadable-sql'
    | 'unreadable-value'
    | 'unsettled'
    | 'context-lost'
    | 'report-missing'
    | 'allow-expired'
    | 'allow-unused'
    | 'internal-error';
  message: string;
  count: number;
}

export interface Connection {
  host: string;
  port: number;
  database: string;
  /** Ordinal of the pool it came from within this process; null for a client of its own. */
  pool: number | null;
  native: boolean;
  /** Where the transaction state comes from: the protocol's ReadyForQuery byte, or the texts alone. */
  statusSource: 'protocol' | 'text';
}

/** A table as the catalogue has it. */
export interface CatalogueTable {
  /** As the statements name it. */
  table: string;
  /** The connections to the database that was asked, as indexes into `Profile.connections`. */
  connections: number[];
  columns: string[];
  /** Its unique constraints and unique indexes, the primary key among them. */
  unique: UniqueColumns[];
}

export interface UniqueColumns {
  columns: string[];
  /** Over every row and these columns as they are: without a WHERE, without an expression. */
  plain: boolean;
}

export interface Statement {
  /** Its place in `Profile.statements`. */
  index: number;
  /** As sent, with literals replaced by `?` (unless values are sampled). */
  sql: string;
  shape: Shape;
  /** Ordinal of all its values together: equal values in this profile have equal keys. Never a digest. Null where values are hidden. */
  valuesKey: number | null;
  /**
   * Ordinal of each value slot's value (a list is one value): equal values of the profile have equal ordinals, over all slots of all statements.
   * −1 is NULL, −2 a value that could not be read. Null where values are hidden.
   */
  slotKeys: number[] | null;
  /** How many values each value slot was bound to, NULLs not counted; absent where none was bound to more than one. */
  listSizes?: number[];
  /** The bound values as text, only where `values: 'sample'` asked for it. */
  values?: string[];
  /** Parts of one multi-statement text: one Statement per part, all of one batch. */
  batch: number | null;
  connection: number | null;
  /** How the app sent it: through its pool, which picks any client, or on a client that it holds. Null where the source does not say. */
  via: 'pool' | 'client' | null;
  /** Index in `Profile.transactions`; null: committed on its own. */
  transaction: number | null;
  /** When it was handed to the driver; null where the source does not say. */
  startMs: number | null;
  /** From then to its answer, waiting for the pool not included. */
  durationMs: number;
  /** Time spent waiting for a pool connection before it. */
  waitMs: number;
  /** Rows returned; null where it is not known (an error, no answer). */
  rows: number | null;
  /** It asked by `count` or EXISTS whether there is such a row, and there was none. */
  absent?: true;
  /** Rows a write changed, by the command tag. */
  affected: number | null;
  /** The command tag's word as the server answered it: SELECT, INSERT, ROLLBACK … */
  command: string | null;
  /** Of a text's several statements the one that failed, and those behind it, which the server then never reached. */
  error: {
    /** SQLSTATE, or the driver's own code (ECONNRESET …). */
    code: string | null;
    /** A server's message can hold values, so it is kept only where values are sampled. */
    message?: string;
  } | null;
  /** Sent after the response was finished. */
  late: boolean;
  /** Which `allow()` calls stood around it, as indexes into the report's allow list. */
  allowed: number[];
  callSite: CallSite | null;
}

/** One transaction on one connection, explicit or ambient (opened before the scope). Times in ms since the scope opened. */
export interface Transaction {
  index: number;
  connection: number;
  /** left open: no end of it was seen in this scope. That is all that is known where another scope went on, the connection broke, or PREPARE TRANSACTION put it aside. */
  outcome: 'committed' | 'rolled back' | 'left open';
  /** As the SQL said it, lower case ("serializable"); null: not said in SQL, so the server's default, which is invisible. */
  isolation: string | null;
  /** As the SQL said it: READ ONLY or READ WRITE; null: not said. */
  readOnly: boolean | null;
  /** Around the statements of one text, which PostgreSQL makes a transaction without being told (up to a COMMIT or ROLLBACK among them; a BEGIN makes it an explicit one). */
  implicit: boolean;
  /** The statement that opened it; null where none in this scope did, and for an implicit one. */
  begunBy: number | null;
  /** The statement that ended it; null where it was left open, where no statement of this scope did, and where the end of its text ended an implicit one. */
  endedBy: number | null;
  /** The first statement that failed in it, so that PostgreSQL refused all others until its end. Null where none did, or ROLLBACK TO mended it. */
  failedBy: number | null;
  /** Writes that ROLLBACK TO undid, whatever became of the transaction. In order. */
  undone: number[];
  startMs: number;
  endMs: number | null;
  savepoints: Savepoint[];
  /** No statement of this scope opened it: it was open before (a test's own outer transaction). Inside it SAVEPOINTs count as the app's transactions. */
  ambient: boolean;
}

/** A client that the app took from a pool with `pool.connect()`, until it gave it back. Times in ms since the scope opened. */
export interface Checkout {
  index: number;
  connection: number;
  takenMs: number;
  /** Null: not given back when the scope closed. */
  releasedMs: number | null;
  /** Statements with a smaller index were sent before it was given back. */
  releasedBefore: number | null;
  /** The state of its connection as it was given back, by the protocol's own byte; null where the driver hides that, or statements were still under way. */
  status: 'I' | 'T' | 'E' | null;
  /** `release(true)`, or with an error: its connection was closed. */
  destroyed: boolean;
  /** How often it was given back again, which the pool refuses. */
  releasedAgain: number;
  /** Where it was given back; looked at only where that was in a transaction, unclear, or again. */
  releaseSite: CallSite | null;
}

/** Something that the app waited for, or may have waited for, that is no statement. Times in ms since the scope opened. */
export interface Activity {
  kind: 'http request';
  /** Method and host, `POST api.example.com`; never a path or a query, which may hold values. */
  what: string;
  startMs: number;
  /** When its answer began to arrive, or it failed; null: neither before the scope closed. */
  endMs: number | null;
  /**
   * Of a request to this machine that bore a link to the scope, once it is answered: was a scope opened for it, so that what it sent is among the children of the
   * outermost report? False: what answered it is not watched.
   */
  watched?: boolean;
}

/** From SAVEPOINT to what ended it. ROLLBACK TO ends it and sets it anew, so what follows is another of the same name. */
export interface Savepoint {
  name: string;
  startMs: number;
  endMs: number | null;
  outcome: 'released' | 'rolled back' | 'left open';
}

/** One frame of a stack. */
export interface Frame {
  /** POSIX, relative to `root` where it lies below it, source-mapped. */
  file: string;
  /** 1-based. */
  line: number;
  /** 1-based. */
  column: number;
  function: string | null;
  /** Of a function without a name: where it begins, `line:column` as it runs, which tells it from the others of its file. */
  place?: string;
  /** Reached through an `await`: the frame was suspended, not calling. */
  async?: true;
}

/** The app's own stack of a statement, normalised; its first frame is what is shown. */
export interface CallSite {
  file: string;
  line: number;
  column: number;
  function: string | null;
  /** App frames only, innermost first; frames of node_modules and of Node are left out. */
  frames: Frame[];
  /** Packages between the app and the driver, from the one that the app called inwards: `['objection', 'knex']`. Absent where it called the driver itself. */
  through?: string[];
  /** GraphQL had just called it, each time that it was captured: a resolver that sends before it waits. */
  resolver?: true;
  /** Not captured for this execution: the one site this shape always had, or the one that this scope saw of it. */
  assumed?: true;
  /** Assumed, though the shape is known to have other sites too: good to show, no evidence. */
  doubtful?: true;
}

/** One value that joins a write to an earlier statement. A value that both bound is no tie: `slotKeys` say that. */
export interface Tie {
  from: {
    statement: number;
    /** Output column of its rows; null where `parameter` names a value that it bound. */
    column: string | null;
    parameter: number | null;
    table: string | null;
  };
  to: {
    statement: number;
    /** 1-based value slot of the shape. */
    parameter: number;
    column: string | null;
  };
  /**
   * returned: a write gave it back and had not been given it, such as a new row's id · read: it stood in the very column that it is now written to ·
   * computed: the number that stood there, changed by an amount that another write binds, or together with other rows' so that their sum stays ·
   * opposite: a number written to one column in both, once added and once taken away.
   */
  kind: 'returned' | 'read' | 'computed' | 'opposite';
  strength: 'certain' | 'strong';
}

/** An edge of the graph: values of A were bound as a value slot of B. */
export interface Flow {
  from: {
    statements: number[];
    /** Output column of A's rows; null where `parameter` names a value that A bound too, and, with it, where A's rows are not shown: then only the order speaks. */
    column: string | null;
    parameter: number | null;
    table: string | null;
    /** Where the column is one of rows inside JSON that A made (`json_agg`): how many such rows came. */
    documentRows?: number;
  };
  to: {
    statements: number[];
    /** 1-based value slot of the shape, bound or literal; a list is one slot. */
    parameter: number;
    column: string | null;
  };
  /** each: every source value was used · some: a part of them · last: only the last row of an execution fed the next. */
  rows: 'each' | 'some' | 'last';
  /** Slots fed by the same source rows (a composite key) share a number. */
  tuple: number | null;
  /** Distinct values that travelled. */
  values: number;
  /** In the order of the source rows. */
  ordered: boolean;
  strength: 'certain' | 'strong';
  /** Each list that was bound is one row's array, or the rows that share a value: a loop over rows, and no chunks of a batch. */
  whole?: true;
  /** The values are from earlier rows of the very statement that they were bound to: a walk over a tree or along a list. */
  walk?: true;
  /** The evidence in words, without any value. */
  why: string;
}
