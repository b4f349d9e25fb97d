// A statement's text without its values, for people to read: literals and comments go, the layout stays.

import { Kind, type Tokens } from './lexer.js';

/**
 * Tokens [from, to) of `text` as written, each literal as `?`, bound parameters kept, each comment (it can hold values) as the blank or
 * line end it stood for.
 */
export function sanitise(text: string, tokens: Tokens, from: number, to: number): string {
  return new Sanitiser(text, tokens, from).take(to);
}

/** The same, a part of the tokens at a time. */
export class Sanitiser {
  private sanitised = '';
  private copied: number;
  private at: number;

  constructor(
    private readonly text: string,
    private readonly tokens: Tokens,
    private readonly from: number,
  ) {
    this.at = from;
    this.copied = tokens.starts[from] as number;
  }

  /** Goes on to the token before `until`; answers what there is up to that one. */
  take(until: number): string {
    const { text, from } = this;
    const { kinds, starts, ends, comments } = this.tokens;
    let { sanitised, copied } = this;
    for (let i = this.at; i < until; i++) {
      const start = starts[i] as number;
      if (comments && i > from) {
        const gap = ends[i - 1] as number;
        const blank = withoutComments(text, gap, start);
        if (blank !== null) {
          sanitised += text.slice(copied, gap) + blank;
          copied = start;
        }
      }
      const kind = kinds[i];
      if (kind !== Kind.number && kind !== Kind.string) continue;
      sanitised += `${text.slice(copied, start)}?`;
      copied = ends[i] as number;
    }
    this.sanitised = sanitised;
    this.copied = copied;
    this.at = until;
    const rest = text.slice(copied, ends[until - 1]);
    return sanitised === '' ? rest : sanitised + rest;
  }
}

/** What stands for the gap between two tokens where it holds a comment; null where it is blank already. */
function withoutComments(text: string, from: number, to: number): string | null {
  const gap = text.slice(from, to);
  if (gap.trim() === '') return null;
  return gap.includes('\n') ? '\n' : ' ';
}
