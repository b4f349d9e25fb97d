// What it takes to read SQL, beside parsers that others use for it. Each reads the same texts: those of tools and ORMs that all of them can read.

import { loadModule, parseSync, scanSync } from 'libpg-query';
import { parse as parseWithAst } from 'pgsql-ast-parser';
import { lex } from '../../src/sql/lexer.js';
import { createParser, parseText } from '../../src/sql/parse.js';
import { corpus } from '../../test/sql/corpus.js';
import { measureInTurn } from '../in-turn.js';
import { tableLines } from '../table.js';
import type { Part } from './part.js';

const ROUNDS = 25;

export const lexerPart: Part = {
  name: 'lexer',
  title: 'Reading SQL',
  async measure() {
    await loadModule();
    const all = Object.values(corpus).flat();
    const texts = all.filter((text) => isRead(parseSync, text) && isRead(parseWithAst, text));
    const bytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
    const parser = createParser();
    const each = (read: (text: string) => unknown) => () => texts.forEach((text) => void read(text));
    const took = measureInTurn(
      {
        'queryscope, tokens': each((text) => lex(text)),
        'libpg-query, tokens': each(scanSync),
        'queryscope, shapes and what they say': each(parseText),
        'queryscope, a text that it has read before': each(parser),
        'libpg-query, tree': each(parseSync),
        'pgsql-ast-parser, tree': each((text) => parseWithAst(text)),
      },
      ROUNDS,
    );
    const rows = Object.entries(took).map(([name, us]) => [
      name,
      `${(us / texts.length).toFixed(2)} µs`,
      `${((1_000 * us) / bytes).toFixed(1)} ns`,
    ]);
    return {
      lines: [
        `${texts.length} texts of ${(bytes / texts.length).toFixed(0)} bytes on average; ${all.length - texts.length} more are read by queryscope and not by both others`,
        ...tableLines([['', 'a text', 'a byte'], ...rows]),
      ],
      verdicts: [],
    };
  },
};

function isRead(read: (text: string) => unknown, text: string): boolean {
  try {
    read(text);
    return true;
  } catch {
    return false;
  }
}
