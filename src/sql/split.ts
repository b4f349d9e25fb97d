// Where the statements of one text begin and end: a text may hold several, with a semicolon between them.

import { Kind, type Tokens } from './lexer.js';

/**
 * The token ranges [from, to) of a text's statements, one after the other; empty ones are left out. A function body written as
 * `BEGIN ATOMIC … END` stays whole.
 */
export function split(text: string, tokens: Tokens): number[] {
  const ranges: number[] = [];
  let from = 0;
  let body: BodyDepth | null = null;
  for (let i = 0; i < tokens.count; i++) {
    const kind = tokens.kinds[i];
    if (kind === Kind.punctuation) {
      if (text.charCodeAt(tokens.starts[i] as number) !== SEMICOLON || (body !== null && body.depth > 0)) continue;
      if (i > from) ranges.push(from, i);
      from = i + 1;
      body = null;
    } else if (kind === Kind.word && (body !== null || i === from)) {
      const word = wordAt(text, tokens, i);
      if (i === from) body = word === 'create' ? new BodyDepth() : null;
      else body?.read(word);
    }
  }
  if (tokens.count > from) ranges.push(from, tokens.count);
  return ranges;
}

const SEMICOLON = 59;

/** How deep a CREATE statement's words lead into `BEGIN ATOMIC … END`, which may hold `CASE … END`. */
class BodyDepth {
  depth = 0;
  private last = '';

  read(word: string): void {
    if (this.depth === 0) {
      if (word === 'atomic' && this.last === 'begin') this.depth = 1;
    } else if (word === 'case') {
      this.depth++;
    } else if (word === 'end') {
      this.depth--;
    }
    this.last = word;
  }
}

function wordAt(text: string, tokens: Tokens, at: number): string {
  return text.slice(tokens.starts[at], tokens.ends[at]).toLowerCase();
}
