// What PostgreSQL's own scanner and parser (libpg-query) say of a text, in the words of src/sql: the truth that lexer, split
// and anatomy are held against.

import * as postgres from 'libpg-query';
import { Kind } from '../../src/sql/lexer.js';
import type { Verb } from '../../src/sql/text.js';

/** Has to be awaited once before anything else here is called. */
export const loadPostgres = postgres.loadModule;

export interface ReferenceToken {
  kind: Kind;
  start: number;
  end: number;
}

/** Whole texts only: the scanner ends at a NUL, and what half a surrogate pair is to it depends on how it is handed over. */
export function isReadable(text: string): boolean {
  return !text.includes('\0') && !/\p{Surrogate}/u.test(text);
}

/** The scanner's tokens without comments; null where it refuses the text. */
export function tokensOf(text: string): ReferenceToken[] | null {
  let scanned: postgres.ScanToken[];
  try {
    scanned = postgres.scanSync(text).tokens;
  } catch {
    return null;
  }
  const place = placesIn(text);
  const tokens: ReferenceToken[] = [];
  for (const token of scanned) {
    if (token.tokenName === 'SQL_COMMENT' || token.tokenName === 'C_COMMENT') continue;
    const [start, end] = [place(token.start), place(token.end)];
    const before = tokens.at(-1);
    // The one deliberate difference: N'x' is the word NCHAR and a string to the scanner, one string to us.
    const isNational =
      token.tokenName === 'SCONST' && before?.end === start && /^n$/i.test(text.slice(before.start, before.end));
    if (isNational) tokens.pop();
    tokens.push({ kind: kindOf(token, text.slice(start, end)), start: isNational ? before.start : start, end });
  }
  return tokens;
}

function kindOf({ tokenName, keywordName }: postgres.ScanToken, source: string): Kind {
  if (tokenName === 'PARAM') return Kind.parameter;
  if (tokenName === 'ICONST' || tokenName === 'FCONST') return Kind.number;
  if (keywordName !== 'NO_KEYWORD') return Kind.word;
  if (/^(u&)?"/i.test(source)) return Kind.quoted;
  if (/^(u&|[ebxn])?'|^\$.*\$$/is.test(source)) return Kind.string;
  if (tokenName === 'IDENT') return Kind.word;
  if (/^[()[\],;.:]/.test(source)) return Kind.punctuation;
  return /^[~!@#^&|`?+\-*/%<>=]/.test(source) ? Kind.operator : Kind.stray;
}

/** From the scanner's bytes to places in the text; to be asked in ascending order. */
function placesIn(text: string): (byte: number) => number {
  let place = 0;
  let bytes = 0;
  return (byte) => {
    while (bytes < byte) {
      const code = text.codePointAt(place) as number;
      bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
      place += code < 0x10000 ? 1 : 2;
    }
    return place;
  };
}

type Node = Record<string, unknown>;

export interface ReferenceStatement {
  /** Its part of the text, trimmed of comments and blanks by nobody. */
  source: string;
  /** The parse tree: one key, the node's type. */
  tree: Node;
}

/** The parser's statements; null where it refuses the text. */
export function statementsOf(text: string): ReferenceStatement[] | null {
  try {
    const bytes = Buffer.from(text);
    return (postgres.parseSync(text).stmts ?? []).map(({ stmt, stmt_location = 0, stmt_len }) => {
      const end = stmt_len ? stmt_location + stmt_len : bytes.length;
      return { source: bytes.subarray(stmt_location, end).toString(), tree: stmt as Node };
    });
  } catch {
    return null;
  }
}

export function parses(text: string): boolean {
  return statementsOf(text) !== null;
}

interface RangeVar {
  catalogname?: string;
  schemaname?: string;
  relname: string;
}

/** Tables read and written by the parse tree of one statement, with the scopes of its CTEs kept. */
export function tablesOf(tree: Node): { reads: string[]; writes: string[] } {
  const reads = new Set<string>();
  const writes = new Set<string>();
  const nameOf = ({ catalogname, schemaname, relname }: RangeVar) =>
    [catalogname, schemaname, relname].filter((part) => part !== undefined).join('.');
  const write = (relation: unknown) => writes.add(nameOf(relation as RangeVar));

  function statement(type: string, node: Node, outer: ReadonlySet<string>): void {
    const visible = new Set(outer);
    const clause = node.withClause as
      | { ctes: { CommonTableExpr: { ctename: string; ctequery: Node } }[]; recursive?: boolean }
      | undefined;
    // WITH RECURSIVE shows every one of its queries to all of them
    if (clause?.recursive) for (const { CommonTableExpr: cte } of clause.ctes) visible.add(cte.ctename);
    for (const { CommonTableExpr: cte } of clause?.ctes ?? []) {
      walk(cte.ctequery, visible);
      visible.add(cte.ctename);
    }
    // FOR UPDATE OF names aliases, not tables
    const { withClause: _with, lockingClause: _locking, relation, intoClause, ...rest } = node;
    const intoRelation =
      (intoClause as { rel?: unknown } | undefined)?.rel ?? (node.into as { rel?: unknown } | undefined)?.rel;
    if (intoRelation) write(intoRelation);
    if (type === 'CopyStmt' && relation) {
      if (node.is_from) write(relation);
      else reads.add(nameOf(relation as RangeVar));
    } else if (relation) {
      write(relation);
    }
    if (type === 'TruncateStmt') {
      for (const { RangeVar: target } of node.relations as { RangeVar: RangeVar }[]) write(target);
      return;
    }
    const { into: _into, ...without } = rest as Node;
    walk(without, visible);
  }

  function walk(value: unknown, visible: ReadonlySet<string>): void {
    if (Array.isArray(value)) {
      for (const item of value) walk(item, visible);
    } else if (value !== null && typeof value === 'object') {
      for (const [key, child] of Object.entries(value)) {
        if (key === 'RangeVar') {
          const table = child as RangeVar;
          if (table.schemaname !== undefined || !visible.has(table.relname)) reads.add(nameOf(table));
        } else if (key.endsWith('Stmt')) statement(key, child as Node, visible);
        // both sides of a UNION are statements without a name of their own
        else if (key === 'larg' || key === 'rarg') statementOrJoin(child as Node, visible);
        else walk(child, visible);
      }
    }
  }

  function statementOrJoin(node: Node, visible: ReadonlySet<string>): void {
    if ('targetList' in node || 'op' in node) statement('SelectStmt', node, visible);
    else walk(node, visible);
  }

  walk(tree, new Set());
  return { reads: [...reads].sort(), writes: [...writes].sort() };
}

const ADVISORY_LOCK = /^pg_(try_)?advisory_(xact_)?lock(_shared)?$/;

/** Does anything in the tree take a lock by its text? */
export function locksOf(tree: Node): boolean {
  return some(tree, (key, node) => {
    if (key === 'LockingClause' || key === 'LockStmt') return true;
    if (key !== 'FuncCall') return false;
    const names = node.funcname as { String: { sval: string } }[];
    return ADVISORY_LOCK.test(names.at(-1)?.String.sval ?? '');
  });
}

/** What the statement itself, and no query within it, says. */
export function clausesOf(tree: Node): { returning: boolean; onConflict: boolean; limit: '1' | 'n' | null } {
  const [type] = Object.keys(tree) as [string];
  const node = tree[type] as Node;
  // the rows an INSERT takes are limited by the query it takes them from
  const query = (node.selectStmt as { SelectStmt: Node } | undefined)?.SelectStmt;
  return {
    returning: 'returningClause' in node || 'returningList' in node,
    onConflict: some(tree, (key) => key === 'onConflictClause'),
    limit: limitOf(query ?? node),
  };
}

function limitOf({ limitCount }: Node): '1' | 'n' | null {
  if (limitCount === undefined) return null;
  const constant = (limitCount as { A_Const?: { isnull?: boolean; ival?: { ival?: number } } }).A_Const;
  if (constant?.isnull) return null;
  return constant?.ival?.ival === 1 ? '1' : 'n';
}

/** How many TRUE, FALSE and NULL the text writes as constants: the values that are words. Null where the parser adds some of its own. */
export function wordConstantsOf(tree: Node): number | null {
  let count = 0;
  const added = some(tree, (key, node) => {
    if (key === 'A_Const' && ('isnull' in node || 'boolval' in node)) count++;
    // and `SELECT a null` has no constant but a label, which to us it has behind AS only
    return key === 'XmlExpr' || (key === 'ResTarget' && /^(null|true|false)$/.test(String(node.name)));
  });
  return added ? null : count;
}

function some(value: unknown, matches: (key: string, node: Node) => boolean): boolean {
  if (value === null || typeof value !== 'object') return false;
  return Object.entries(value).some(
    ([key, child]) =>
      (child !== null && typeof child === 'object' && !Array.isArray(value) && matches(key, child as Node)) ||
      some(child, matches),
  );
}

/** What PostgreSQL's community tools take for "the same statement but for its values". */
export const fingerprintOf: (text: string) => string = postgres.fingerprintSync;

const TRANSACTION_VERBS: Readonly<Record<string, Verb>> = {
  TRANS_STMT_BEGIN: 'begin',
  TRANS_STMT_START: 'begin',
  TRANS_STMT_COMMIT: 'commit',
  TRANS_STMT_ROLLBACK: 'rollback',
  TRANS_STMT_SAVEPOINT: 'savepoint',
  TRANS_STMT_RELEASE: 'release',
  TRANS_STMT_ROLLBACK_TO: 'rollback',
  TRANS_STMT_PREPARE: 'prepare transaction',
  TRANS_STMT_COMMIT_PREPARED: 'commit',
  TRANS_STMT_ROLLBACK_PREPARED: 'rollback',
};

const VERBS: Readonly<Record<string, Verb>> = {
  SelectStmt: 'select',
  InsertStmt: 'insert',
  UpdateStmt: 'update',
  DeleteStmt: 'delete',
  MergeStmt: 'merge',
  CopyStmt: 'copy',
  TruncateStmt: 'truncate',
  DeclareCursorStmt: 'declare',
  FetchStmt: 'fetch',
  ClosePortalStmt: 'close',
  CallStmt: 'call',
  DoStmt: 'do',
  ExplainStmt: 'explain',
  LockStmt: 'lock',
  VariableSetStmt: 'set',
  ConstraintsSetStmt: 'set',
  VariableShowStmt: 'show',
  DiscardStmt: 'discard',
  NotifyStmt: 'notify',
  ListenStmt: 'notify',
  UnlistenStmt: 'notify',
  CommentStmt: 'ddl',
  CompositeTypeStmt: 'ddl',
  DefineStmt: 'ddl',
  GrantStmt: 'ddl',
  GrantRoleStmt: 'ddl',
  IndexStmt: 'ddl',
  ReindexStmt: 'ddl',
  RefreshMatViewStmt: 'ddl',
  RenameStmt: 'ddl',
  RuleStmt: 'ddl',
  SecLabelStmt: 'ddl',
  ViewStmt: 'ddl',
  ImportForeignSchemaStmt: 'ddl',
  ReassignOwnedStmt: 'ddl',
};

/** The verb of a tree; null where it has no word of its own here. VALUES and TABLE are SELECTs to the parser. */
export function verbOf(tree: Node): Verb | null {
  const [type] = Object.keys(tree) as [string];
  if (type === 'TransactionStmt') return TRANSACTION_VERBS[(tree[type] as { kind: string }).kind] ?? null;
  if (/^(Create|Alter|Drop)/.test(type)) return 'ddl';
  return VERBS[type] ?? null;
}
