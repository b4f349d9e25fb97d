// Texts as a whole: splitting, sanitising, what is remembered, and texts too large or too broken to read.

import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it } from 'vitest';
import { runAtOnce } from '../../src/profile/slices.js';
import { BoundedCache } from '../../src/sql/bounded-cache.js';
import { lex } from '../../src/sql/lexer.js';
import { createParser, MAX_TOKENS, PARSER_LIMITS, parse, parseText } from '../../src/sql/parse.js';
import type { ParsedText } from '../../src/sql/text.js';
import { statements } from './corpus.js';

type Reading = Generator<void, ParsedText>;

describe('statements of a text', () => {
  it.each([
    ['select 1; select 2;', ['select 1', 'select 2']],
    ["select ';'; select $$;$$; -- ;\n/* ; */ select 3", ["select ';'", 'select $$;$$', 'select 3']],
    [' ; ;select 1;; ', ['select 1']],
    ['', ['']],
    [' -- nothing\n', ['']],
    [
      'create function f() returns int begin atomic select 1; select case when a then 2 end; end; select 3',
      ['create function f() returns int begin atomic select 1; select case when a then 2 end; end', 'select 3'],
    ],
    [
      'create table t (a int); begin; select 1; end; select 2',
      ['create table t (a int)', 'begin', 'select 1', 'end', 'select 2'],
    ],
    ['create table "begin" (atomic int); select 1', ['create table "begin" (atomic int)', 'select 1']],
  ])('%j', (text, expected) => {
    expect(parseText(text).statements.map(({ sql }) => sql)).toEqual(expected);
  });
});

describe('sanitised', () => {
  it.each([
    ["SELECT *\n  FROM t WHERE a='x'  AND b = $1 LIMIT 10", 'SELECT *\n  FROM t WHERE a=?  AND b = $1 LIMIT ?'],
    ['select 1 /* user 5 */ + 2 -- ann\n  from t', 'select ? + ?\nfrom t'],
    ['/* 1 */ select 2 /* 3 */;', 'select ?'],
    ['select a/* x */from t', 'select a from t'],
    ['select null, true, -1', 'select null, true, -?'],
    ["select 'a'\n'b', E'\\'', $$x$$", 'select ?, ?, ?'],
    ["select 'it", '?'],
    ['', ''],
  ])('%j', (text, expected) => {
    expect(parseText(text).statements.map(({ sanitised }) => sanitised)).toEqual([expected]);
  });
});

describe('a text that cannot be read', () => {
  it.each([
    ['a quote', "select 'a"],
    ['a name', 'select "a'],
    ['a comment', 'select 1 /* a'],
    ['a dollar quote', 'select $$a'],
    ['brackets deeper than PostgreSQL reads', `select ${'('.repeat(10_001)}`],
  ])('%s: one statement of which nothing is known', (_name, text) => {
    const { statements, unreadable } = parseText(text);
    expect(unreadable).toBe(true);
    expect(statements).toHaveLength(1);
    expect(statements[0]).toMatchObject({
      sql: text,
      sanitised: '?',
      inputs: [],
      shape: { text: '?', verb: 'other', slots: [] },
    });
  });

  it('is told from one that only makes no sense', () => {
    expect(parseText('select from ) ( where').unreadable).toBe(false);
    expect(parseText(`select ${'('.repeat(10_000)}`).unreadable).toBe(false);
  });
});

describe('what is remembered', () => {
  it('answers a known text with the same object', () => {
    expect(parse('select 1')).toBe(parse('select 1'));
  });

  it('shares one shape among its texts', () => {
    expect(parse('select a from t where b = 1').statements[0]?.shape).toBe(
      parse('SELECT a FROM t WHERE b = $1').statements[0]?.shape,
    );
    expect(parse('select a from t limit 1').statements[0]?.anatomy.limit).toBe('1');
    expect(parse('select a from t limit 2').statements[0]?.anatomy.limit).toBe('n');
  });

  it('forgets the texts that nobody asked for lately', () => {
    const limits = { entries: 20, characters: 10_000 };
    const remember = createParser({ texts: limits, shapes: limits, parts: 1_000 });
    const used = remember('select 0');
    const unused = remember('select -1');
    for (let i = 1; i < 100; i++) {
      remember(`select ${i}`);
      expect(remember('select 0')).toBe(used);
    }
    expect(remember('select -1')).not.toBe(unused);
  });

  it('is bounded by entries and by characters, and takes no giants', () => {
    const cache = new BoundedCache<number>({ entries: 100, characters: 800 });
    for (let i = 0; i < 1_000; i++) {
      cache.set(`${i}`.padStart(10, '0'), i);
      expect(cache.size).toBeLessThanOrEqual(80);
    }
    cache.set('x'.repeat(101), 1);
    expect(cache.get('x'.repeat(101))).toBeUndefined();
    const small = new BoundedCache<number>({ entries: 10, characters: 1_000_000 });
    for (let i = 0; i < 100; i++) small.set(String(i), i);
    expect(small.size).toBeLessThanOrEqual(10);
  });

  it('keeps no value in what it shares', () => {
    const { shape, anatomy } = parse("select a from t where b = 'secret' limit 77").statements[0]!;
    expect(JSON.stringify([shape, anatomy])).not.toMatch(/secret|77/);
  });
});

// Whatever is worst for one rule, as long as it is read in full and far beyond: all but linear work would take hours here.
describe('the worst of texts', () => {
  const size = 250_000;

  it.each([
    ['brackets', '', '(', '?'],
    ['closing brackets', 'select ', ')', null],
    ['quotes', 'select ', "''", 'select ?'],
    ['open comments', '', '/*', '?'],
    ['dollar tags', '', '$a', null],
    ['dollar tag starts', 'select ', '$a ', null],
    ['one dollar tag', '$', 'a', null],
    ['signs', 'select ', '+', null],
    ['stars before signs', 'select ', '*-+', null],
    ['strings on lines', 'select ', "'a'\n", 'select ?'],
    ['strings before blanks', 'select ', "'a'         ", null],
    ['line comments', 'select 1', '--\n', 'select ?'],
    ['a list', 'select * from t where a in (', '1,', null],
    ['names in a list', 'select * from t where a in (', 'a,b,', null],
    ['rows', 'insert into t values ', "(1,'x'),", 'insert into t values (?, ?),'],
    ['nested lists', 'select ', 'a in (1,', '?'],
    ['semicolons', '', ';', ''],
    ['betweens', 'select * from t where ', 'a between b and c and ', null],
    ['tables', 'select * from ', 't1,', null],
    ['aliases', 'select * from ', 'x t1,', null],
    ['casts', 'select x', '::a', null],
    ['array casts', 'select x', '::a[1]', null],
    ['dots', 'select * from ', 'a.', null],
    ['equals', 'select * from t a where ', 'a.b=', null],
    ['rows beside rows', 'select * from t where ', '(a,b)=(1,2) or ', null],
    ['subqueries', 'select * from t where a in ', '(select 1) or b in ', null],
    ['common table expressions', 'with ', 'a as (select 1),', null],
    ['unions', 'select 1 ', 'union select 1 ', null],
    ['returnings', 'insert into t ', 'select 1 returning a ', null],
    ['questions', '', '? ', null],
    ['one word', '', 'x', 'x'.repeat(size)],
    ['one string', "select '", "''", '?'],
  ])('%s', { timeout: 60_000 }, (_name, head, unit, expected) => {
    const [statement] = parseText(head + unit.repeat(size / unit.length)).statements;
    if (expected !== null) expect(statement?.shape.text).toBe(expected);
    else expect(statement?.shape.text).not.toBe('?');
    expect(parseText(head + unit.repeat(10_000_000 / unit.length)).statements.length).toBeGreaterThan(0);
  });

  it('reads ten million characters where they are a few tokens, and gives up on too many', () => {
    const text = `select '${'x'.repeat(10_000_000)}' from t`;
    expect(parseText(text).statements[0]?.shape.text).toBe('select ? from t');
    expect(parseText(`select ${'1,'.repeat(MAX_TOKENS / 2)}1`)).toMatchObject({ unreadable: true });
    expect(parseText(`select ${'1,'.repeat(MAX_TOKENS / 2 - 1)}1`)).toMatchObject({ unreadable: false });
    expect(lex(','.repeat(1_000_000)).count).toBe(1_000_000);
  });

  it('reads the same with pauses, whatever is longer than a stretch', () => {
    const many = [1, 2, 7].map((i) => `update t set a = ${i}, b = '${i}' where id = ${i} /* ${i} */;`).join('');
    const texts = [
      '',
      ' -- nothing',
      'select 1',
      `select * from t where id in (${'1, '.repeat(20_000)}1)`,
      `insert into t (a, b) values ${"(1, 'a'), -- one\n".repeat(9_000)}(2, $1); select 2`,
      `select * from t where ${'a = 1 or '.repeat(3_000)}b`,
      many.repeat(1_500),
      `create function f() returns int begin atomic ${many.repeat(800)} end; select 1`,
      `select ${'-'.repeat(3)}1, ${'+'.repeat(40_000)}1`,
      `${many.repeat(900)} select 'open`,
      `select ${'('.repeat(10_001)}`,
      `select ${'1,'.repeat(MAX_TOKENS / 2)}1`,
      ...statements,
    ];
    const limits = { ...PARSER_LIMITS, parts: Number.POSITIVE_INFINITY };
    for (const text of texts) {
      const parsed = runAtOnce(createParser(limits).inSlices(text));
      // by what they say: a table of a thousand statements is no message
      if (!isDeepStrictEqual(parsed, parseText(text))) expect.fail(`read otherwise: ${text.slice(0, 60)}`);
    }
  });

  it('takes no text for one that is another before it has been read to its end', () => {
    const texts = ['a', 'b'].map((name) => `select * from ${name} where ((id in (${'1, '.repeat(20_000)}1)))`);
    const [first, second] = texts.map((text) => createParser().inSlices(text)) as [Reading, Reading];
    const done: ParsedText[] = [];
    for (const work of [first, second, first, second]) {
      for (let i = 0; i < 5; i++) work.next();
      parse(`select ((${done.length}))`);
    }
    for (const work of [first, second]) done.push(runAtOnce(work));
    expect(done.map(({ statements }) => statements[0]?.shape.reads)).toEqual([['a'], ['b']]);
    expect(isDeepStrictEqual(done, texts.map(parseText))).toBe(true);
  });

  it('gives up on a shape that is too large to say what it means in one stretch', () => {
    const text = `select * from t where ${'a = 1 or '.repeat(5_000)}b`;
    expect(parse(text)).toMatchObject({ unreadable: true, statements: [{ shape: { text: '?' } }] });
    expect(runAtOnce(parse.inSlices(text))).toEqual(parse(text));
  });

  it('reads a statement that binds all the parameters the protocol can carry', () => {
    const list = Array.from({ length: 65_535 }, (_, i) => `$${i + 1}::int`).join(', ');
    const [statement] = parseText(`select * from t where id in (${list})`).statements;
    expect(statement?.shape.text).toBe('select * from t where id in (?::int)');
    expect(statement?.inputs).toMatchObject([{ kind: 'list', items: { length: 65_535 } }]);
  });
});
