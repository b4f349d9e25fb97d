// Lexer and anatomy held against PostgreSQL's own scanner and parser (libpg-query) on the corpus.

import { beforeAll, describe, expect, it } from 'vitest';
import { lex } from '../../src/sql/lexer.js';
import { type NormalForm, Part } from '../../src/sql/normal-form.js';
import { normalise } from '../../src/sql/normalise.js';
import { parseText } from '../../src/sql/parse.js';
import { textOf } from '../../src/sql/shape-text.js';
import { split } from '../../src/sql/split.js';
import { corpus, statements } from './corpus.js';
import { statementDisagreements, tokenDisagreements } from './disagreements.js';
import { loadPostgres, parses } from './parse-tree.js';

beforeAll(() => loadPostgres());

describe.each(Object.entries(corpus))('%s', (_tool, texts) => {
  it.each(texts)('cuts the tokens PostgreSQL cuts: %s', (text) => {
    expect(tokenDisagreements(text)).toEqual([]);
  });

  it.each(texts)('says of it what PostgreSQL says: %s', (text) => {
    expect(parses(text)).toBe(true);
    expect(statementDisagreements(text)).toEqual([]);
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
