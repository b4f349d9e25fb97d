// What holds for every text, valid or not: shapes are idempotent, blind to literals, and hold no value.

import { describe, expect, it } from 'vitest';
import { lex } from '../../src/sql/lexer.js';
import { parseText } from '../../src/sql/parse.js';
import fc from '../support/properties.js';
import { statements } from './corpus.js';

const word = fc.constantFrom(
  ...'select from where and or not in is null true false as on join t u1 t12 "T 1" "u2" values insert into update set'.split(
    ' ',
  ),
  ...'between like any all array case when then else end limit offset with savepoint rollback to begin date interval ? - + * ='.split(
    ' ',
  ),
  ..."( ) [ ] , ; . .. :: : := ?| @? -> <> != { $ \\ -- /* */ ' \" $$ $1 $2 1 -1 .5 1e3 'x' E'\\'' $$y$$ été #".split(
    ' ',
  ),
);
const soup = fc
  .array(fc.tuple(word, fc.constantFrom('', ' ', '\n')), { maxLength: 40 })
  .map((pairs) => pairs.flat().join(''));
const anyText = fc.oneof(soup, fc.string({ unit: 'binary', maxLength: 60 }), fc.constantFrom(...statements));

const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;
/** A number or string that no other part of a text spells. */
const secret = fc.oneof(
  fc.integer({ min: 100_000_000 }).map(String),
  fc.integer({ min: 100_000_000 }).map((number) => `-${number}.25`),
  fc.string({ minLength: 1, maxLength: 20 }).map((text) => quoted(`secret ${text}`)),
  fc.string({ minLength: 1, maxLength: 20 }).map((text) => `E${quoted(`secret ${text.replaceAll('\\', '\\\\')}`)}`),
  fc.stringMatching(/^[a-z;' -]{0,12}$/).map((text) => `$tag$secret ${text}$tag$`),
);

const templates = [
  (a: string, b: string) => `select * from t where id = ${a} and name <> ${b}`,
  (a: string, b: string) => `select * from t where id in (${a}, ${b}) limit ${a}`,
  (a: string, b: string) => `insert into t (a, b) values (${a}, ${b}), (${b}, ${a}) returning id`,
  (a: string, b: string) => `update t set a = ${a} where x between ${b} and ${a}`,
  (a: string, b: string) => `select ${a}::text, f(${b}, ${a}), array[${a}, ${b}] /* ${b.replaceAll('*/', '')} */`,
  (a: string, b: string) =>
    `with x as (select ${a} as y) select case when y = ${b} then ${a} else ${b} end from x -- end`,
];

function shapesOf(text: string): string[] {
  return parseText(text).statements.map(({ shape }) => shape.text);
}

describe('every text', () => {
  it('has a shape that is its own shape', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        for (const shape of shapesOf(text)) expect(shapesOf(shape)).toEqual([shape]);
      }),
      { numRuns: 3_000 },
    );
  });

  it('gives a slot an input, and names what it answers', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        for (const { shape, inputs } of parseText(text).statements) {
          if (shape.text !== '?') expect(shape.slots).toHaveLength(inputs.length);
          expect(shape.id).toMatch(/^[0-9a-f]{16}$/);
        }
      }),
    );
  });

  it('is cut into tokens that leave only blanks and comments between them', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const tokens = lex(text);
        let end = 0;
        for (let i = 0; i < tokens.count; i++) {
          const gap = text.slice(end, tokens.starts[i]);
          expect(lex(gap).count).toBe(0);
          expect(tokens.ends[i]).toBeGreaterThan(tokens.starts[i] as number);
          end = tokens.ends[i] as number;
        }
        if (tokens.unbalancedAt < 0) expect(lex(text.slice(end)).count).toBe(0);
      }),
    );
  });

  it('keeps its tokens when it is split and joined again', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...statements), { maxLength: 4 }), (texts) => {
        const single = texts.flatMap((text) => parseText(text).statements.map(({ sql }) => sql));
        const joined = parseText(texts.join('\n;\n'));
        expect(joined.statements.map(({ sql }) => sql)).toEqual(single.length === 0 ? [''] : single);
      }),
    );
  });

  it('is sanitised once and for all, and has the shape of what is left', () => {
    fc.assert(
      fc.property(fc.constantFrom(...statements), (text) => {
        for (const { sanitised, shape } of parseText(text).statements) {
          const [again] = parseText(sanitised).statements;
          expect(again?.sanitised).toBe(sanitised);
          // a literal's sign stays, and before a `?` it may be any operator's
          if (!/[-+]\s*[0-9.]/.test(text)) expect(again?.shape.text).toBe(shape.text);
        }
      }),
    );
  });
});

describe('every literal', () => {
  it('leaves the shape as it is', () => {
    fc.assert(
      fc.property(fc.constantFrom(...templates), secret, secret, (template, a, b) => {
        expect(shapesOf(template(a, b))).toEqual(shapesOf(template('$1', '$2')));
      }),
    );
  });

  it('leaks into neither shape, anatomy nor sanitised text', () => {
    fc.assert(
      fc.property(fc.constantFrom(...templates), secret, secret, (template, a, b) => {
        for (const { shape, anatomy, sanitised } of parseText(template(a, b)).statements) {
          expect(JSON.stringify([shape, anatomy, sanitised])).not.toMatch(/secret|[0-9]{9}/);
        }
      }),
    );
  });

  it('comes back as the value it stands for', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.maxSafeInteger(), (text, number) => {
        const [statement] = parseText(`select ${quoted(text)}, ${number}`).statements;
        expect(statement?.inputs).toEqual([
          { kind: 'literal', value: text },
          { kind: 'literal', value: number },
        ]);
      }),
    );
  });
});
