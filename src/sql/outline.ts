// The outline of a query: for each part of its normal form the clause, the query level and the bracket it stands in, and
// per level the tables in sight. One linear pass; every other question about a statement is a look at its neighbours here.

import { isReserved } from './keywords.js';
import { type NormalForm, nameOf, Part } from './normal-form.js';

export const Clause = {
  none: 0,
  with: 1,
  select: 2,
  /** The table that is written: INSERT INTO …, UPDATE …, DELETE FROM …, MERGE INTO …, SELECT … INTO … */
  target: 3,
  /** The column list of an INSERT. */
  columns: 4,
  values: 5,
  set: 6,
  from: 7,
  /** ON, or a join's USING columns. */
  on: 8,
  where: 9,
  /** GROUP BY, HAVING, WINDOW, ORDER BY. */
  arrangement: 10,
  limit: 11,
  offset: 12,
  locking: 13,
  conflict: 14,
  returning: 15,
  /** WHEN [NOT] MATCHED of a MERGE. */
  when: 16,
} as const;

export type Clause = (typeof Clause)[keyof typeof Clause];

export type BlockVerb = 'select' | 'insert' | 'update' | 'delete' | 'merge' | 'values' | 'table';

/** One query level: a SELECT of its own, or a statement that writes. */
export interface Block {
  verb: BlockVerb;
  /** Its place in `Outline.blocks`. */
  level: number;
  /** The part that begins it. */
  at: number;
  /** The block around it. */
  parent: Block | null;
  /** The INSERT whose rows this query makes; null for any other. */
  feeds: Block | null;
  /** What each name in FROM (or the target's) stands for; null: not a table but a subquery, a function or a CTE. */
  tables: Map<string, string | null>;
  /** Things listed in FROM, the target included. */
  sources: number;
  /** The table written. */
  target: string | null;
  /** Columns named by an INSERT, in order. */
  columns: string[];
  /** Parts [from, to) of its select list, or of its RETURNING. */
  listFrom: number;
  listTo: number;
  /** Is it one side of a UNION, INTERSECT or EXCEPT? */
  combined: boolean;
}

export interface Outline {
  /** Per part: a `Clause`. */
  clauses: Uint8Array;
  /** Per part: the bracket around it, as the part that opens it; −1 at the top. */
  openers: Int32Array;
  /** Per bracket part: its partner; −1 where it has none. */
  partners: Int32Array;
  /** Per part: how many commas stand before it in its bracket or list. */
  ordinals: Int32Array;
  /** Per part: its block's place in `blocks`; −1 outside any. */
  levels: Int32Array;
  /** Per part that is the AND of a BETWEEN: the part BETWEEN. */
  betweens: Map<number, number>;
  blocks: Block[];
  /** The statement's own block; null where it has none. */
  main: Block | null;
  reads: string[];
  writes: string[];
  /** FOR UPDATE, FOR SHARE … at any level. */
  locks: boolean;
  /** LIMIT or FETCH of the statement itself: the part that begins it; −1: none. */
  limitAt: number;
  onConflict: boolean;
  /** The statement's own RETURNING. */
  returning: boolean;
}

const Bracket = { query: 0, tables: 1, expression: 2 } as const;

interface Frame {
  opener: number;
  bracket: (typeof Bracket)[keyof typeof Bracket];
  clause: Clause;
  block: Block | null;
  level: number;
  /** The block begun in this very bracket. */
  own: Block | null;
  /** The INSERT begun in this very bracket. */
  insert: Block | null;
  /** Is a table expected next? */
  expectsTable: boolean;
  ordinal: number;
  /** The BETWEEN that waits for its AND; −1: none. */
  between: number;
  /** CASE expressions open. */
  cases: number;
  /** The CTE being defined, and those this bracket's WITH has defined. */
  pendingCte: string | null;
  ctes: string[];
  recursive: boolean;
  /** How many tables were read when that WITH began. */
  readsBefore: number;
}

const QUERY_WORDS = new Set(['select', 'with', 'values', 'table', 'insert', 'update', 'delete', 'merge']);
const LOCK_STRENGTHS = new Set(['update', 'share', 'no', 'key']);
const SET_OPERATIONS = new Set(['union', 'intersect', 'except']);
/** Words of `SELECT … INTO [TEMPORARY] [TABLE] t`. */
const BEFORE_NEW_TABLE = new Set(['table', 'temp', 'temporary', 'unlogged', 'local', 'global']);

/** The outline of parts from `start` on, where the query begins; earlier parts are in no clause. */
export function outline(form: NormalForm, start: number): Outline {
  return new Outliner(form, start).run();
}

/** Is this part a name, not a keyword? */
export function isName({ parts, kinds }: NormalForm, at: number): boolean {
  const kind = kinds[at];
  return kind === Part.quoted || (kind === Part.word && (parts[at - 1] === '.' || !isReserved(parts[at] as string)));
}

class Outliner {
  private readonly parts: readonly string[];
  private readonly kinds: readonly Part[];
  private readonly result: Outline;
  /** By table: how many were known before it. */
  private readonly reads = new Map<string, number>();
  private readonly writes = new Set<string>();
  private readonly visibleCtes = new Map<string, number>();
  private readonly frames: Frame[] = [];
  private frame: Frame;
  /** Words before this part belong to a name already read. */
  private readTo = 0;

  constructor(
    private readonly form: NormalForm,
    private readonly start: number,
  ) {
    const count = form.parts.length;
    this.parts = form.parts;
    this.kinds = form.kinds;
    this.result = {
      clauses: new Uint8Array(count),
      openers: new Int32Array(count).fill(-1),
      partners: new Int32Array(count).fill(-1),
      ordinals: new Int32Array(count),
      levels: new Int32Array(count).fill(-1),
      betweens: new Map(),
      blocks: [],
      main: null,
      reads: [],
      writes: [],
      locks: false,
      limitAt: -1,
      onConflict: false,
      returning: false,
    };
    this.frame = newFrame(-1, Bracket.query, Clause.none, null);
  }

  run(): Outline {
    const { parts, kinds, result } = this;
    for (let i = this.start; i < parts.length; i++) {
      const part = parts[i] as string;
      const isBracket = kinds[i] === Part.punctuation && (part === '(' || part === '[' || part === ')' || part === ']');
      if (isBracket && (part === ')' || part === ']')) this.close(part, i);
      this.place(i);
      if (isBracket && (part === '(' || part === '[')) this.open(part, i);
      else if (part === ',' && kinds[i] === Part.punctuation) this.comma(i);
      else if (i >= this.readTo && kinds[i] === Part.word) this.word(part, i);
      else if (i >= this.readTo && kinds[i] === Part.quoted) this.name(i);
    }
    this.enter(Clause.none, parts.length);
    result.reads = [...this.reads.keys()];
    result.writes = [...this.writes];
    return result;
  }

  private place(at: number): void {
    const { result, frame } = this;
    result.clauses[at] = frame.clause;
    result.openers[at] = frame.opener;
    result.ordinals[at] = frame.ordinal;
    result.levels[at] = frame.level;
  }

  private open(mark: '(' | '[', at: number): void {
    const outer = this.frame;
    let bracket: Frame['bracket'] = Bracket.expression;
    if (mark === '(' && outer.expectsTable && outer.clause === Clause.from) {
      bracket = Bracket.tables;
      outer.expectsTable = false;
    }
    const clause = outer.clause === Clause.target && outer.own?.verb === 'insert' ? Clause.columns : outer.clause;
    const frame = newFrame(at, bracket, clause, outer.block);
    frame.level = outer.level;
    frame.expectsTable = bracket === Bracket.tables;
    this.frames.push(outer);
    this.frame = frame;
  }

  private close(mark: ')' | ']', at: number): void {
    const frame = this.frame;
    const outer = this.frames.at(-1);
    if (outer === undefined || this.parts[frame.opener] !== (mark === ')' ? '(' : '[')) return;
    this.enter(Clause.none, at);
    this.frames.pop();
    this.frame = outer;
    this.result.partners[frame.opener] = at;
    this.result.partners[at] = frame.opener;
    for (const name of frame.ctes) this.hideCte(name);
    if (outer.clause === Clause.with && outer.pendingCte !== null && frame.own !== null) {
      if (!outer.recursive) this.showCte(outer, outer.pendingCte);
      outer.pendingCte = null;
    }
    if (frame.bracket === Bracket.query && outer.clause === Clause.from && frame.own !== null) this.derived(at + 1);
  }

  /** A subquery or function in FROM: its alias is no table's name. */
  private derived(after: number): void {
    const block = this.frame.block;
    if (block === null || this.frame.bracket === Bracket.expression) return;
    const alias = this.aliasAt(after);
    block.sources++;
    if (alias === null) return;
    block.tables.set(nameOf(this.parts[alias] as string), null);
    this.readTo = alias + 1;
  }

  private comma(at: number): void {
    const frame = this.frame;
    frame.ordinal++;
    frame.between = -1;
    if (frame.clause === Clause.on && frame.bracket !== Bracket.expression) this.enter(Clause.from, at);
    if (frame.clause === Clause.from && frame.bracket !== Bracket.expression) frame.expectsTable = true;
  }

  private word(word: string, at: number): void {
    const frame = this.frame;
    const before = this.parts[at - 1];
    if (before === '.' || (before === 'as' && at > this.start)) return;
    if (frame.bracket !== Bracket.query && at === frame.opener + 1 && QUERY_WORDS.has(word))
      frame.bracket = Bracket.query;
    else if (frame.bracket === Bracket.expression && SET_OPERATIONS.has(word) && before === ')')
      frame.bracket = Bracket.query;
    if (word === 'between') frame.between = at;
    else if (word === 'and' && frame.between >= 0) {
      this.result.betweens.set(at, frame.between);
      frame.between = -1;
    }
    if (frame.bracket === Bracket.expression || !this.clauseWord(word, at)) this.name(at);
  }

  /** A word that changes the clause, or belongs to one's opening. False: it may be a name. */
  private clauseWord(word: string, at: number): boolean {
    const frame = this.frame;
    const own = frame.own;
    const next = this.parts[at + 1];
    switch (word) {
      case 'case':
        frame.cases++;
        return true;
      case 'end':
        if (frame.cases > 0) frame.cases--;
        return true;
      case 'with':
        if (own !== null && (own.verb !== 'insert' || next === 'ordinality')) return false;
        this.enter(Clause.with, at);
        frame.recursive = next === 'recursive';
        frame.readsBefore = this.reads.size;
        return true;
      case 'select':
        this.begin('select', at);
        this.enter(Clause.select, at);
        return true;
      case 'insert':
      case 'update':
      case 'delete':
      case 'merge':
        return this.writing(word, at);
      case 'values':
        if (own !== null && (own.verb === 'insert' || own.verb === 'merge')) this.enter(Clause.values, at);
        else {
          this.begin('values', at);
          this.enter(Clause.values, at);
        }
        return true;
      case 'table':
        if (own !== null && !own.combined) return false;
        this.begin('table', at);
        this.enter(Clause.from, at);
        frame.expectsTable = true;
        return true;
      case 'into':
        if (own?.verb === 'select' || own?.verb === 'insert' || own?.verb === 'merge') {
          this.enter(Clause.target, at);
          frame.expectsTable = true;
        }
        return true;
      case 'from':
        return this.from(at);
      case 'join':
        this.enter(Clause.from, at);
        frame.expectsTable = true;
        return true;
      case 'on':
        if (this.opensConflict(at)) {
          this.enter(Clause.conflict, at);
          this.result.onConflict = true;
        } else if (frame.clause === Clause.from) this.enter(Clause.on, at);
        return true;
      case 'using':
        return this.using(at);
      case 'where':
        this.enter(Clause.where, at);
        return true;
      case 'group':
      case 'order':
        if (next === 'by') this.enter(Clause.arrangement, at);
        return true;
      case 'having':
      case 'window':
        this.enter(Clause.arrangement, at);
        return true;
      case 'limit':
      case 'fetch':
        this.enter(Clause.limit, at);
        if (this.frames.length === 0) this.result.limitAt = at;
        return true;
      case 'offset':
        this.enter(Clause.offset, at);
        return true;
      case 'for':
        this.enter(Clause.locking, at);
        if (next !== undefined && LOCK_STRENGTHS.has(next)) this.result.locks = true;
        return true;
      case 'set':
        if (own === null || !(own.verb === 'update' || own.verb === 'insert' || own.verb === 'merge')) return false;
        this.enter(Clause.set, at);
        return true;
      case 'returning':
        this.enter(Clause.returning, at);
        if (this.frames.length === 0) this.result.returning = true;
        return true;
      case 'union':
      case 'intersect':
      case 'except':
        if (own !== null) own.combined = true;
        else if (this.frames.length === 0 && this.result.main !== null) this.result.main.combined = true;
        this.enter(Clause.none, at);
        return true;
      case 'when':
        if (own?.verb !== 'merge' || frame.cases > 0) return true;
        this.enter(Clause.when, at);
        return true;
      default:
        return false;
    }
  }

  /** Is this ON that of `ON CONFLICT`, and no join's on a column of that name? */
  private opensConflict(at: number): boolean {
    const after = this.parts[at + 2];
    return this.parts[at + 1] === 'conflict' && (after === '(' || after === 'do' || after === 'on');
  }

  private writing(verb: 'insert' | 'update' | 'delete' | 'merge', at: number): boolean {
    const frame = this.frame;
    if (frame.own !== null) {
      // `WHEN NOT MATCHED THEN INSERT (columns)`
      if (verb === 'insert' && frame.own.verb === 'merge') this.enter(Clause.columns, at);
      return true;
    }
    const block = this.begin(verb, at);
    if (verb === 'insert') frame.insert = block;
    this.enter(Clause.target, at);
    frame.expectsTable = verb === 'update';
    return true;
  }

  private from(at: number): boolean {
    const before = this.parts[at - 1];
    const isOperator = before === 'distinct' && (this.parts[at - 2] === 'is' || this.parts[at - 2] === 'not');
    if (isOperator) return true;
    const isTarget = this.frame.own?.verb === 'delete' && this.frame.clause === Clause.target;
    if (!isTarget) this.enter(Clause.from, at);
    this.frame.expectsTable = true;
    return true;
  }

  private using(at: number): boolean {
    const frame = this.frame;
    if (frame.clause === Clause.from && this.parts[at + 1] === '(') {
      this.enter(Clause.on, at);
    } else if (frame.clause === Clause.target) {
      this.enter(Clause.from, at);
      frame.expectsTable = true;
    }
    return true;
  }

  private begin(verb: BlockVerb, at: number): Block {
    const { frame, result } = this;
    const sibling = frame.own;
    const block: Block = {
      verb,
      parent: sibling === null ? frame.block : sibling.parent,
      level: result.blocks.length,
      at,
      feeds: frame.insert ?? (frame.clause === Clause.columns ? (this.frames.at(-1)?.insert ?? null) : null),
      tables: new Map(),
      sources: 0,
      target: null,
      columns: [],
      listFrom: 0,
      listTo: 0,
      combined: sibling?.combined ?? false,
    };
    frame.own = block;
    frame.block = block;
    frame.level = block.level;
    result.blocks.push(block);
    if (result.main === null && this.frames.every((outer) => outer.own === null && outer.clause === Clause.none))
      result.main = block;
    result.levels[at] = frame.level;
    return block;
  }

  private enter(clause: Clause, at: number): void {
    const { frame } = this;
    const own = frame.own;
    if (own !== null && (frame.clause === Clause.select || frame.clause === Clause.returning)) own.listTo = at;
    // after `INSERT … SELECT` the INSERT's own clauses go on
    if (frame.insert !== null && own !== frame.insert && (clause === Clause.conflict || clause === Clause.returning)) {
      frame.own = frame.block = frame.insert;
      frame.level = frame.insert.level;
    }
    if ((clause === Clause.select || clause === Clause.returning) && frame.own !== null) frame.own.listFrom = at + 1;
    frame.clause = clause;
    frame.ordinal = 0;
    frame.between = -1;
    frame.expectsTable = false;
  }

  /** A name, where it says something: a table, a column of an INSERT, a CTE. */
  private name(at: number): void {
    const { frame } = this;
    if (frame.clause === Clause.columns) {
      const writer = this.frames.at(-1)?.own;
      const isColumn = this.parts[at - 1] === '(' || this.parts[at - 1] === ',';
      if (writer && isColumn) writer.columns[frame.ordinal] = nameOf(this.parts[at] as string);
    } else if (frame.clause === Clause.with && frame.bracket === Bracket.query) {
      const before = this.parts[at - 1];
      if (before === ',' || (before === 'with' && this.parts[at] !== 'recursive') || before === 'recursive')
        this.cte(at);
    } else if (frame.expectsTable && !this.precedesTable(this.parts[at] as string, at)) {
      this.table(at);
    }
  }

  private precedesTable(word: string, at: number): boolean {
    if (word === 'only' || word === 'lateral' || (word === 'rows' && this.parts[at + 1] === 'from')) return true;
    return this.frame.clause === Clause.target && this.frame.own?.verb === 'select' && BEFORE_NEW_TABLE.has(word);
  }

  private cte(at: number): void {
    const name = nameOf(this.parts[at] as string);
    this.frame.pendingCte = name;
    if (!this.frame.recursive) return;
    this.showCte(this.frame, name);
    // what a query before it in this WITH read by that name was no table
    if ((this.reads.get(name) ?? -1) >= this.frame.readsBefore) this.reads.delete(name);
  }

  private showCte(frame: Frame, name: string): void {
    frame.ctes.push(name);
    this.visibleCtes.set(name, (this.visibleCtes.get(name) ?? 0) + 1);
  }

  private hideCte(name: string): void {
    this.visibleCtes.set(name, (this.visibleCtes.get(name) ?? 1) - 1);
  }

  private table(at: number): void {
    const { parts, frame } = this;
    const block = frame.block;
    if (block === null) return;
    if (!isName(this.form, at)) {
      // `FROM current_date AS d`: a function without brackets
      frame.expectsTable = false;
      return;
    }
    let end = at + 1;
    const names = [nameOf(parts[at] as string)];
    while (parts[end] === '.' && isName(this.form, end + 1)) {
      names.push(nameOf(parts[end + 1] as string));
      end += 2;
    }
    frame.expectsTable = false;
    this.readTo = end;
    const isTarget = frame.clause === Clause.target;
    if (parts[end] === '(' && !isTarget) {
      block.sources++;
      return;
    }
    const table = names.join('.');
    const isCte = names.length === 1 && (this.visibleCtes.get(table) ?? 0) > 0 && !isTarget;
    if (isTarget) this.writes.add(table);
    else if (!isCte && !this.reads.has(table)) this.reads.set(table, this.reads.size);
    if (isTarget && block.verb === 'select') return;
    if (isTarget) block.target = table;
    if (parts[end] === '*') end++;
    const alias = isTarget && block.verb === 'insert' && parts[end] !== 'as' ? null : this.aliasAt(end);
    block.sources++;
    block.tables.set(alias === null ? (names.at(-1) as string) : nameOf(parts[alias] as string), isCte ? null : table);
    if (alias !== null) this.readTo = alias + 1;
  }

  /** Where an alias stands, if one begins at `at`. */
  private aliasAt(at: number): number | null {
    const name = this.parts[at] === 'as' ? at + 1 : at;
    return isName(this.form, name) ? name : null;
  }
}

function newFrame(opener: number, bracket: Frame['bracket'], clause: Clause, block: Block | null): Frame {
  return {
    opener,
    bracket,
    clause,
    block,
    level: -1,
    own: null,
    insert: null,
    expectsTable: false,
    ordinal: 0,
    between: -1,
    cases: 0,
    pendingCte: null,
    ctes: [],
    recursive: false,
    readsBefore: 0,
  };
}
