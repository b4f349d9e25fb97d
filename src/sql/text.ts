// What is known of a SQL text before anyone runs it: the types every floor above shares, so that lexer,
// shape and anatomy can each be read (and replaced) alone.

/** The leading keyword of a statement, lower case; `with` is resolved to the verb it leads to. */
export type Verb =
  | 'select'
  | 'insert'
  | 'update'
  | 'delete'
  | 'merge'
  | 'values'
  | 'table'
  | 'copy'
  | 'call'
  | 'do'
  | 'begin'
  | 'commit'
  | 'rollback'
  | 'savepoint'
  | 'release'
  | 'prepare transaction'
  | 'set'
  | 'show'
  | 'lock'
  | 'declare'
  | 'fetch'
  | 'close'
  | 'explain'
  | 'ddl'
  | 'truncate'
  | 'notify'
  | 'discard'
  | 'empty'
  | 'other';

/**
 * Where one value slot of a shape stands. A slot is a `$n`, a literal, or a whole list (`IN (…)`, the rows of
 * `VALUES`), counted from 1 in order of appearance.
 */
export interface Slot {
  /** 1-based position in the shape. */
  index: number;
  /**
   * compare: beside an operator in a condition · insert: a column's value in INSERT · set: right of `=` in UPDATE … SET ·
   * limit, offset: as named · other: anything else (a select item, a function's argument …).
   */
  role: 'compare' | 'insert' | 'set' | 'limit' | 'offset' | 'other';
  /** The operator beside it, lower case: `=`, `<`, `>=`, `<>`, `like`, `in`, `any` (for `= ANY(…)`), `not in`, `between` …; null where role is not compare. */
  operator: string | null;
  /** The column it is compared with or written to, lower case unless quoted, without qualifier; null where that is not plain to see. */
  column: string | null;
  /** The table that column belongs to, where an alias or a single table makes it plain. */
  table: string | null;
  /**
   * Does the slot stand for a list of values: `IN (…)` however long, an array in `ANY(…)` or `unnest(…)`, `ARRAY[…]`, VALUES in FROM? The rows
   * of an INSERT share one shape whatever their number, so there it is false: the slot's input is a list where the text has several rows.
   */
  list: boolean;
}

/**
 * What remains of a statement without its values: equal shapes are one repeated statement. Shapes are interned: two texts of one
 * shape share one object for as long as the cache holds it. Compare by `id`.
 */
export interface Shape {
  /** Stable over processes and machines: a digest of `text`, which holds no value. */
  id: string;
  /** Normalised: keywords lower case, one blank between tokens, every value `?`, lists `(?)`. */
  text: string;
  verb: Verb;
  /** Tables read, in order of first appearance; lower case unless quoted; schema-qualified as written; no CTE names. */
  reads: string[];
  /** Tables written (also by a data-modifying CTE and `SELECT … INTO`). */
  writes: string[];
  /** Takes row or table locks by its text: `FOR UPDATE/SHARE/…`, `LOCK TABLE`, `pg_advisory…lock`. */
  locks: boolean;
  slots: Slot[];
}

/** What a transaction-control statement does. A savepoint's name is as written, folded to lower case unless quoted. */
export type Control =
  | { kind: 'begin'; isolation: string | null; readOnly: boolean | null }
  | { kind: 'commit'; chain: boolean }
  | { kind: 'rollback'; chain: boolean }
  | { kind: 'savepoint'; name: string }
  | { kind: 'release'; name: string }
  | { kind: 'rollback to'; name: string }
  | { kind: 'prepare transaction' }
  /** COMMIT PREPARED, ROLLBACK PREPARED: of a transaction that is no longer any connection's. */
  | { kind: 'end prepared'; commits: boolean }
  | { kind: 'set transaction'; isolation: string | null; readOnly: boolean | null; session: boolean }
  /** SET of the parameter behind it. `value` null: it is the text's literal. */
  | { kind: 'set parameter'; of: 'isolation' | 'read only'; value: string | null; session: boolean };

/** What the text says beyond the Shape that travels in a profile. Shared by the texts of a shape, but for a literal limit of 1 and a savepoint's name. */
export interface Anatomy {
  control: Control | null;
  /** Is the whole statement the session's housekeeping and not the app's: SET, SHOW, DISCARD, RESET, DEALLOCATE, UNLISTEN, look-ups in pg_catalog or information_schema? */
  infrastructure: boolean;
  /** Has it a RETURNING clause? */
  returning: boolean;
  /** INSERT … ON CONFLICT? */
  onConflict: boolean;
  /** LIMIT / FETCH FIRST present: `1` for a literal 1, `n` for anything else. */
  limit: '1' | 'n' | null;
  /** The one table whose columns the rows consist of: set only where FROM names a single plain table, so a result column's table is known. */
  onlyTable: string | null;
  /** The aggregate where the select list is that alone, such as `count(*)`; `exists` for SELECT EXISTS (…) and SELECT 1 … LIMIT 1. */
  aggregate: 'count' | 'sum' | 'min' | 'max' | 'avg' | 'exists' | null;
  /** Pairs of columns that this text joins by `=` (ON, WHERE and USING), qualified by table name: ['message.sender_id', 'users.id']. */
  joins: readonly (readonly [string, string])[];
  /** For each result column that is a plain column of a known table: output name → { table, column }. Stars are left out. */
  outputs: Readonly<Record<string, { table: string | null; column: string }>>;
  /** What each `json_build_array` of the text is made of, item by item: a column, or null for anything else. */
  arrays: readonly (readonly ({ table: string | null; column: string } | null)[])[];
}

/**
 * Where the value of one slot comes from in one particular text. A numeric literal that a double would not give back as written (a large
 * integer, `1.10`) is its text; `hidden` is a bare `?`, as in a text that was sanitised before it came here.
 */
export type SlotInput =
  | { kind: 'parameter'; number: number }
  | { kind: 'literal'; value: string | number | boolean | null }
  | { kind: 'list'; items: readonly SlotInput[] }
  | { kind: 'hidden' };

/** One statement of a text. */
export interface ParsedStatement {
  /** The statement's own part of the text, trimmed, without its `;`. */
  sql: string;
  /** The same with literals replaced by `?` and bound `$n` kept, layout as written: safe to show. */
  sanitised: string;
  shape: Shape;
  anatomy: Anatomy;
  /** One per slot of the shape, in slot order. */
  inputs: readonly SlotInput[];
}

/** A text as sent: one statement, several, or none (an empty text has one of verb `empty`). */
export interface ParsedText {
  statements: readonly ParsedStatement[];
  /** True where it could not be read (an unbalanced quote or comment, too many tokens, open brackets or parts of a shape): then one statement whose shape is `?`. */
  unreadable: boolean;
}
