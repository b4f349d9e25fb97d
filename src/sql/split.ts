// Where the statements of one text begin and end: a text may hold several, with a semicolon between them.

import { Kind, type Tokens } from './lexer.js';

/**
 * The token ranges [from, to) of a text's statements, one after the other; empty ones are left out. A function body written as
 * `BEGIN ATOMIC … END` stays whole.
 */
export function split(text: string, tokens: Tokens): number[] {
  return new Splitter(text, tokens).take(tokens.count);
}

/** The same, a part of the tokens at a time. */
export class Splitter {
  private readonly ranges: number[] = [];
  private from = 0;
  private at = 0;
  private body: BodyDepth | null = null;

  constructor(
    private readonly text: string,
    private readonly tokens: Tokens,
  ) {}

  /** Looks at the tokens before `until`; answers the ranges found so far, all of them where those were the last tokens. */
  take(until: number): number[] {
    const { text, tokens, ranges } = this;
    let { from, body } = this;
    for (let i = this.at; i < until; i++) {
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
    if (until === tokens.count && until > from) ranges.push(from, until);
    this.from = from;
    this.body = body;
    this.at = until;
    return ranges;
  }
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
