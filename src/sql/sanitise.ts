// A statement's text without its values, for people to read: literals and comments go, the layout stays.

import { Kind, type Tokens } from './lexer.js';

/**
 * Tokens [from, to) of `text` as written, each literal as `?`, bound parameters kept, each comment (it can hold values) as the blank or
 * line end it stood for.
 */
export function sanitise(text: string, tokens: Tokens, from: number, to: number): string {
  const { kinds, starts, ends } = tokens;
  let sanitised = '';
  let copied = starts[from] as number;
  for (let i = from; i < to; i++) {
    const start = starts[i] as number;
    if (tokens.comments && i > from) {
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
  return sanitised === '' ? text.slice(copied, ends[to - 1]) : sanitised + text.slice(copied, ends[to - 1]);
}

/** What stands for the gap between two tokens where it holds a comment; null where it is blank already. */
function withoutComments(text: string, from: number, to: number): string | null {
  const gap = text.slice(from, to);
  if (gap.trim() === '') return null;
  return gap.includes('\n') ? '\n' : ' ';
}
