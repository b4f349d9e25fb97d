// What has to hold for every text whatsoever, each check written without the code it checks. The fuzzer looks for a text
// that breaks one; the texts it kept are replayed by the suite.

import { lex, type Tokens } from '../../src/sql/lexer.js';
import { parseText } from '../../src/sql/parse.js';
import { statementDisagreements, tokenDisagreements } from '../sql/disagreements.js';
import { isLiteral, withOtherLayout, withOtherLiterals } from '../sql/rewrites.js';

/** What is wrong with the answers to this text: empty where all is right. */
export function violationsOf(text: string): string[] {
  try {
    const tokens = lex(text);
    const found = [...tiling(text, tokens), ...tokenDisagreements(text)];
    const { unreadable, statements } = parseText(text);
    if (unreadable) {
      if (statements.length !== 1 || statements[0]?.shape.text !== '?') found.push('an unreadable text is more than ?');
      return found;
    }
    const shapes = shapesOf(text);
    for (const { shape, inputs, sanitised } of statements) {
      if (shapesOf(shape.text) !== shape.text) found.push(`${shape.text} reads as ${shapesOf(shape.text)}`);
      if (shape.slots.length !== inputs.length) found.push(`${shape.slots.length} slots, ${inputs.length} inputs`);
      const left = lex(sanitised);
      if (left.comments) found.push(`a comment stays in ${sanitised}`);
      for (let i = 0; i < left.count; i++) if (isLiteral(left, i)) found.push(`a literal stays in ${sanitised}`);
    }
    const written = { 'other literals': withOtherLiterals, 'other layout': withOtherLayout };
    for (const [how, rewrite] of Object.entries(written)) {
      const other = rewrite(text, tokens);
      if (shapesOf(other) !== shapes) found.push(`with ${how}: ${shapes} became ${shapesOf(other)} by ${other}`);
    }
    return [...found, ...statementDisagreements(text)];
  } catch (error) {
    return [`threw ${(error as Error).stack}`];
  }
}

function shapesOf(text: string): string {
  return parseText(text)
    .statements.map(({ shape }) => shape.text)
    .join(';');
}

/** Tokens ascend, none is empty, and between them lie only blanks and comments. */
function tiling(text: string, { starts, ends, count, unbalancedAt }: Tokens): string[] {
  let end = 0;
  for (let i = 0; i <= count; i++) {
    const start = i < count ? (starts[i] as number) : unbalancedAt >= 0 ? unbalancedAt : text.length;
    if (start < end || !isGap(text, end, start)) return [`no gap between tokens at ${end}: ${text.slice(end, start)}`];
    if (i === count) break;
    if ((ends[i] as number) <= start) return [`an empty token at ${start}`];
    end = ends[i] as number;
  }
  return [];
}

function isGap(text: string, from: number, to: number): boolean {
  let at = from;
  while (at < to) {
    if (text.startsWith('--', at)) {
      while (at < text.length && text[at] !== '\n' && text[at] !== '\r') at++;
    } else if (text.startsWith('/*', at)) {
      let depth = 0;
      do {
        const opens = text.startsWith('/*', at);
        const closes = !opens && text.startsWith('*/', at);
        depth += opens ? 1 : closes ? -1 : 0;
        at += opens || closes ? 2 : 1;
      } while (depth > 0 && at < text.length);
    } else if (/[ \t\n\r\f\v]/.test(text[at] as string)) {
      at++;
    } else {
      return false;
    }
  }
  return at === to;
}
