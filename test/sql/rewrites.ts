// The same statement written otherwise: what a shape must not notice.

import { Kind, type Tokens } from '../../src/sql/lexer.js';

export function isLiteral({ kinds }: Tokens, at: number): boolean {
  return kinds[at] === Kind.number || kinds[at] === Kind.string;
}

/** The same text about other values. */
export function withOtherLiterals(text: string, tokens: Tokens): string {
  return rewritten(
    text,
    tokens,
    (source, at) => (isLiteral(tokens, at) ? otherLiteral(source) : source),
    (gap) => gap,
  );
}

function otherLiteral(source: string): string {
  // digit by digit, so that no number becomes one with what stands beside it
  if (/^0[xob]/i.test(source)) return source.slice(0, 2) + source.slice(2).replace(/[0-9a-f]/gi, '1');
  if (/^[0-9.]/.test(source)) return source.replace(/[0-9]/g, '7');
  if (source.startsWith('$')) return "$other$it's 7$other$";
  const prefix = source.slice(0, source.indexOf("'"));
  return /[bx]/i.test(prefix) ? `${prefix}'1'` : `${prefix}'other'`;
}

/** The same text laid out anew: other case, blanks and comments. */
export function withOtherLayout(text: string, tokens: Tokens): string {
  const swap = (source: string) =>
    source.replace(/[a-z]+|[A-Z]+/g, (run) => (run < 'a' ? run.toLowerCase() : run.toUpperCase()));
  return rewritten(
    text,
    tokens,
    (source, at) => (tokens.kinds[at] === Kind.word ? swap(source) : source),
    // no line end: two strings with one between them are one
    (gap) => (gap === '' ? '' : ` /* '${gap.length} */ `),
  );
}

/** A text with each token and each gap between two of them replaced. */
export function rewritten(
  text: string,
  { starts, ends, count }: Tokens,
  token: (source: string, at: number) => string,
  gap: (source: string) => string,
): string {
  let [made, end] = ['', 0];
  for (let i = 0; i < count; i++) {
    made += gap(text.slice(end, starts[i])) + token(text.slice(starts[i], ends[i]), i);
    end = ends[i] as number;
  }
  return made + gap(text.slice(end));
}
