// The value that a constant in a text stands for, so that a literal can be compared with what a result row held.

import { continuedAt } from './lexer.js';

/** Longer numbers stay as they are written: no key is that long, and to convert one to decimal takes more than linear time. */
const LONGEST_NUMBER = 1_000;

/**
 * The value of a number token, `-` before it included where `negative`. A number that a double cannot hold exactly as written (a large
 * integer, `1.10`) is its text, as a driver would return it; so is what no number is (`0o19`).
 */
export function numberOf(source: string, negative: boolean): number | string {
  if (source.length > LONGEST_NUMBER) return negative ? `-${source}` : source;
  const digits = source.includes('_') ? source.replaceAll('_', '') : source;
  const value = Number(digits);
  if (/^0[box]/i.test(digits) && !Number.isNaN(value)) {
    if (Number.isSafeInteger(value)) return negative ? -value : value;
    const exact = BigInt(digits);
    return String(negative ? -exact : exact);
  }
  const text = negative ? `-${digits}` : digits;
  const signed = negative ? -value : value;
  return String(signed) === text ? signed : text;
}

/** The characters that a string token of the lexer stands for; of bit strings (`B'01'`, `X'1F'`) their digits. */
export function stringOf(text: string, start: number, end: number): string {
  const first = text.charAt(start);
  if (first === '$') return dollarQuoted(text, start, end);
  if (first === "'") return unquoted(text, start, end, null);
  if (first === 'E' || first === 'e') return unquoted(text, start + 1, end, escapeOf);
  if (first === 'U' || first === 'u') return unquoted(text, start + 2, end, codePointOf);
  return unquoted(text, start + 1, end, null);
}

function dollarQuoted(text: string, start: number, end: number): string {
  const tag = text.indexOf('$', start + 1) + 1 - start;
  return text.slice(start + tag, end - tag);
}

/** What stands for one backslash escape at `at`, and where it ends. */
type Escape = (text: string, at: number) => { value: string; end: number };

function unquoted(text: string, quote: number, end: number, decode: Escape | null): string {
  const parts: string[] = [];
  let at = quote + 1;
  let from = at;
  while (at < end) {
    const character = text.charAt(at);
    if (character === '\\' && decode !== null) {
      parts.push(text.slice(from, at));
      const escaped = decode(text, at);
      parts.push(escaped.value);
      at = from = escaped.end;
    } else if (character !== "'") {
      at++;
    } else {
      parts.push(text.slice(from, at));
      if (text.charAt(at + 1) === "'" && at + 1 < end) {
        parts.push("'");
        at += 2;
      } else if (at === end - 1) {
        at = end;
      } else {
        at = continuedAt(text, at + 1) + 1;
      }
      from = at;
    }
  }
  return parts.length === 1 ? (parts[0] as string) : parts.join('');
}

const LETTER_ESCAPES: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' };

/** The escapes of `E'…'`: `\n`, `\x41`, `\101`, `\u0041`, `\U00000041`, and any other character for itself. */
const escapeOf: Escape = (text, at) => {
  const letter = text.charAt(at + 1);
  const named = LETTER_ESCAPES[letter];
  if (named !== undefined) return { value: named, end: at + 2 };
  if (letter === 'x') return byDigits(text, at, 2, 16, 1, 2);
  if (letter === 'u') return byDigits(text, at, 2, 16, 4, 4);
  if (letter === 'U') return byDigits(text, at, 2, 16, 8, 8);
  if (letter >= '0' && letter <= '7') return byDigits(text, at, 1, 8, 1, 3);
  return { value: letter, end: at + 2 };
};

/** The escapes of `U&'…'`: `\0041`, `\+000041` and `\\`; a `UESCAPE` of another character is not followed. */
const codePointOf: Escape = (text, at) => {
  const next = text.charAt(at + 1);
  if (next === '+') return byDigits(text, at, 2, 16, 6, 6);
  if (next === '\\') return { value: '\\', end: at + 2 };
  return byDigits(text, at, 1, 16, 4, 4);
};

/** `skip` characters after `at` come `least` to `most` digits of `base`; where they do not, the character after the backslash stands for itself. */
function byDigits(text: string, at: number, skip: number, base: 8 | 16, least: number, most: number) {
  const allowed = base === 8 ? /[0-7]/ : /[0-9a-f]/i;
  let end = at + skip;
  while (end < at + skip + most && allowed.test(text.charAt(end))) end++;
  const code = Number.parseInt(text.slice(at + skip, end), base);
  if (end - at - skip < least || code > 0x10ffff) return { value: text.charAt(at + 1), end: at + 2 };
  return { value: String.fromCodePoint(code), end };
}
