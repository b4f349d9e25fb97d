// Two statements are one shape exactly where they differ in values, layout and generated names: real statements, changed one
// token at a time, and held against the fingerprints that PostgreSQL's own tools tell statements apart by.

import { beforeAll, describe, expect, it } from 'vitest';
import { Kind, lex } from '../../src/sql/lexer.js';
import { parseText } from '../../src/sql/parse.js';
import { corpus, statements } from './corpus.js';
import { fingerprintOf, loadPostgres, parses } from './parse-tree.js';
import { regressionStatements, scripts } from './real-sql.js';
import { withOtherLayout, withOtherLiterals } from './rewrites.js';

beforeAll(() => loadPostgres());

const regression = process.env.QUERYSCOPE_REGRESSION_SQL;
const texts = [
  ...statements,
  ...scripts().flatMap((script) => parseText(script).statements.map(({ sql }) => sql)),
  ...(regression === undefined ? [] : regressionStatements(regression)),
];

function shapesOf(text: string): string[] {
  return parseText(text).statements.map(({ shape }) => shape.id);
}

function shapeOf(text: string): string {
  expect(parseText(text).statements).toHaveLength(1);
  return shapesOf(text)[0] as string;
}

describe('nothing of a shape', () => {
  it.each([
    ['a literal', withOtherLiterals],
    ['a blank, a comment or the case of a word', withOtherLayout],
  ])('is %s', (_what, rewrite) => {
    const changed = texts.filter((text) => `${shapesOf(rewrite(text, lex(text)))}` !== `${shapesOf(text)}`);
    expect(changed).toEqual([]);
  });
});

describe('a shape tells', () => {
  /** Another token of its kind; null where the token is a value. */
  const other = (kind: number | undefined, source: string): string | null => {
    switch (kind) {
      case Kind.word:
        return `${source}zz`;
      case Kind.quoted:
        return `${source.slice(0, -1)}zz"`;
      case Kind.operator:
        return source === '<' ? '>' : '<';
      default:
        return null;
    }
  };

  it('every name, keyword and operator from another', () => {
    let changes = 0;
    const merged: string[] = [];
    for (const text of texts) {
      const tokens = lex(text);
      // two readings of each token and not of each pair: time is linear in the corpus
      const whole = `${shapesOf(text)}`;
      for (let i = 0; i < tokens.count && tokens.count < 200; i++) {
        const [start, end] = [tokens.starts[i] as number, tokens.ends[i] as number];
        const replaced = other(tokens.kinds[i], text.slice(start, end));
        if (replaced === null) continue;
        changes++;
        const changed = text.slice(0, start) + replaced + text.slice(end);
        if (`${shapesOf(changed)}` === whole) merged.push(`${text.slice(start, end)} of ${text}`);
      }
    }
    expect(merged).toEqual([]);
    expect(changes).toBeGreaterThan(30_000);
  }, 120_000);

  it('what fingerprints tell', () => {
    const byShape = new Map<string, { text: string; fingerprint: string }>();
    let compared = 0;
    const merged: string[] = [];
    for (const text of texts) {
      const [statement, second] = parseText(text).statements;
      const isQuery = /^(select|insert|update|delete|merge|values|table)$/.test(statement?.shape.verb ?? '');
      // the sign of a literal is its value's to us, an operator to a fingerprint; generated aliases are one to us
      if (!isQuery || second !== undefined || /[-+]\s*[0-9.]/.test(text) || !parses(text)) continue;
      const id = statement?.shape.id as string;
      const fingerprint = fingerprintOf(text);
      const known = byShape.get(id);
      if (known === undefined) byShape.set(id, { text, fingerprint });
      else if (known.fingerprint !== fingerprint) merged.push(`${known.text} and ${text}`);
      compared++;
    }
    expect(merged).toEqual([]);
    expect(compared).toBeGreaterThan(regression === undefined ? 150 : 10_000);
  });
});

/** Where a fingerprint is one and shapes are two, with the reason for it. */
describe('a shape tells what fingerprints do not:', () => {
  it.each([
    ['a loop from its fix', 'select a from t where id = $1', 'select a from t where id = any($1)'],
    ['a loop from a list', 'select a from t where id = $1', 'select a from t where id in ($1)'],
    [
      'a list from an array, since the text says which',
      'select a from t where id in ($1)',
      'select a from t where id = any($1)',
    ],
    ['the order of columns: rows by place hold other values', 'select a, b from t', 'select b, a from t'],
    ['names of results: rows by name do', 'select a as b from t', 'select a as c from t'],
    [
      'the order of conditions: two places in the code',
      'select 1 from t where a = $1 and b = $2',
      'select 1 from t where b = $1 and a = $2',
    ],
    ['savepoints named by hand', 'savepoint before_insert', 'savepoint after_insert'],
  ])('%s', (_why, a, b) => {
    expect(fingerprintOf(a)).toBe(fingerprintOf(b));
    expect(shapeOf(a)).not.toBe(shapeOf(b));
  });
});

describe('lists', () => {
  const lengths = [1, 2, 3, 7, 100, 1_000];
  const items = (count: number, item: (i: number) => string) =>
    Array.from({ length: count }, (_, i) => item(i)).join(', ');

  it.each([
    ['IN', (n: number) => `select a from t where id in (${items(n, (i) => `$${i + 1}`)})`],
    ['IN, literals', (n: number) => `select a from t where id in (${items(n, String)})`],
    ['NOT IN', (n: number) => `select a from t where id not in (${items(n, String)}) and b = 1`],
    ['IN, rows', (n: number) => `select a from t where (a, b) in (${items(n, (i) => `(${i}, 'x')`)})`],
    ['VALUES of an INSERT', (n: number) => `insert into t (a, b) values ${items(n, (i) => `($${2 * i + 1}, ${i})`)}`],
    ['VALUES of a query', (n: number) => `select * from (values ${items(n, (i) => `(${i}, null)`)}) as v (a, b)`],
    ['ARRAY', (n: number) => `select a from t where id = any(array[${items(n, String)}])`],
  ])('of any length are one: %s', (_name, text) => {
    expect(new Set(lengths.map((length) => shapeOf(text(length)))).size).toBe(1);
  });
});

it('is `?` where a text is cut off within a quote or comment', () => {
  const cut = Object.values(corpus)
    .flat()
    .flatMap((text) => {
      const tokens = lex(text);
      const within = Array.from({ length: tokens.count }, (_, i) => i).filter((i) => {
        const isClosed = tokens.kinds[i] === Kind.string || tokens.kinds[i] === Kind.quoted;
        return isClosed && (tokens.ends[i] as number) - (tokens.starts[i] as number) > 2;
      });
      return within.map((i) => text.slice(0, (tokens.ends[i] as number) - 1));
    });
  expect(cut.length).toBeGreaterThan(200);
  // cut off before its last quote, a text that ends in a doubled one or an open dollar quote stays open as well
  const open = cut.filter((text) => lex(text).unbalancedAt >= 0);
  expect(open.length).toBeGreaterThan(200);
  for (const text of open) expect(parseText(text).statements.map(({ shape }) => shape.text)).toEqual(['?']);
});
