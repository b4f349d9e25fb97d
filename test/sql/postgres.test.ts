// Lexer and anatomy held against PostgreSQL's own scanner and parser (libpg-query) on the corpus.

import * as postgres from 'libpg-query';
import { beforeAll, describe, expect, it } from 'vitest';
import { lex } from '../../src/sql/lexer.js';
import { type NormalForm, Part } from '../../src/sql/normal-form.js';
import { normalise } from '../../src/sql/normalise.js';
import { parseText } from '../../src/sql/parse.js';
import { textOf } from '../../src/sql/shape-text.js';
import { split } from '../../src/sql/split.js';
import type { Shape } from '../../src/sql/text.js';
import { corpus, statements } from './corpus.js';

beforeAll(() => postgres.loadModule());

function tokensOf(text: string): string[] {
  const tokens = lex(text);
  return Array.from({ length: tokens.count }, (_, i) => text.slice(tokens.starts[i], tokens.ends[i]));
}

/** The scanner counts bytes, and tells comments too. */
function scannedTokensOf(text: string): string[] {
  const bytes = Buffer.from(text);
  return postgres
    .scanSync(text)
    .tokens.filter((token) => token.tokenName !== 'SQL_COMMENT' && token.tokenName !== 'C_COMMENT')
    .map((token) => bytes.subarray(token.start, token.end).toString());
}

type Node = Record<string, unknown>;
interface RangeVar {
  schemaname?: string;
  relname: string;
}

/** Tables read and written by the parse tree of one statement, with the scopes of its CTEs kept. */
function tablesOf(tree: Node): { reads: string[]; writes: string[] } {
  const reads = new Set<string>();
  const writes = new Set<string>();
  const nameOf = ({ schemaname, relname }: RangeVar) =>
    schemaname === undefined ? relname : `${schemaname}.${relname}`;
  const write = (relation: unknown) => writes.add(nameOf(relation as RangeVar));

  function statement(type: string, node: Node, outer: ReadonlySet<string>): void {
    const visible = new Set(outer);
    const clause = node.withClause as
      | { ctes: { CommonTableExpr: { ctename: string; ctequery: Node } }[]; recursive?: boolean }
      | undefined;
    for (const { CommonTableExpr: cte } of clause?.ctes ?? []) {
      if (clause?.recursive) visible.add(cte.ctename);
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
        else if (key === 'larg' || key === 'rarg') key in value && statementOrJoin(child as Node, visible);
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

const VERB_OF: Readonly<Record<string, string>> = {
  SelectStmt: 'select',
  InsertStmt: 'insert',
  UpdateStmt: 'update',
  DeleteStmt: 'delete',
  MergeStmt: 'merge',
  CopyStmt: 'copy',
  TruncateStmt: 'truncate',
  DeclareCursorStmt: 'declare',
  CreateTableAsStmt: 'ddl',
};

/** VALUES and TABLE are SELECTs to PostgreSQL's parser. */
function treeVerb({ verb }: Shape): string {
  return verb === 'values' || verb === 'table' ? 'select' : verb;
}

describe.each(Object.entries(corpus))('%s', (_tool, texts) => {
  it.each(texts)('cuts the tokens PostgreSQL cuts: %s', (text) => {
    expect(tokensOf(text)).toEqual(scannedTokensOf(text));
  });

  it.each(texts)('finds the verb and tables PostgreSQL finds: %s', (text) => {
    const parsed = parseText(text).statements.map(({ shape }) => shape);
    const trees = (postgres.parseSync(text).stmts ?? []).map(({ stmt }) => stmt as Node);
    expect(parsed).toHaveLength(trees.length);
    trees.forEach((tree, i) => {
      const shape = parsed[i] as Shape;
      const verb = VERB_OF[Object.keys(tree)[0] as string];
      if (verb === undefined) return;
      expect({ verb: treeVerb(shape), reads: [...shape.reads].sort(), writes: [...shape.writes].sort() }).toEqual({
        verb,
        ...tablesOf(tree),
      });
    });
  });
});

it('keeps every statement of the corpus valid SQL: its shape parses with a constant for each slot', () => {
  const refused = statements
    .flatMap((text) => formsOf(text))
    .filter((form) => !parses(filled(form, "'1'")) && !parses(filled(form, '1')))
    .map(textOf);
  expect(refused).toEqual([]);
});

it('reads the same in a shape as in the statement it is the shape of', () => {
  for (const { shape } of statements.flatMap((text) => parseText(text).statements)) {
    expect(parseText(shape.text).statements.map((again) => again.shape)).toEqual([shape]);
  }
});

function formsOf(text: string): NormalForm[] {
  const tokens = lex(text);
  const ranges = split(text, tokens);
  const forms: NormalForm[] = [];
  for (let i = 0; i < ranges.length; i += 2)
    forms.push(normalise(text, tokens, ranges[i] as number, ranges[i + 1] as number) as NormalForm);
  return forms;
}

function filled({ parts, kinds }: NormalForm, constant: string): string {
  return textOf({ parts: parts.map((part, i) => (kinds[i] === Part.value ? constant : part)), kinds });
}

function parses(text: string): boolean {
  try {
    postgres.parseSync(text);
    return true;
  } catch {
    return false;
  }
}
