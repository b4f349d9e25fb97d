// PostgreSQL's lexical rules, written by hand: where each token of a text begins and ends, in one linear pass without
// a regular expression, so that no text, however long or broken, can hang or throw.

/** What a token is. Keywords are words: which words are keywords depends on where they stand. */
export const Kind = {
  /** An unquoted identifier or keyword, letters of a case each. */
  word: 0,
  /** A quoted identifier: `"Users"`, `U&"d\0061ta"`. */
  quoted: 1,
  /** Any number: `1`, `1.5e3`, `.5`, `1_000`, `0xFF`. Never signed: a sign is an operator. */
  number: 2,
  /** Any string constant with its prefix: `'it''s'`, `E'\n'`, `B'01'`, `X'1F'`, `N'x'`, `U&'x'`, `$$x$$`, `$tag$x$tag$`, continued lines included. */
  string: 3,
  /** `$1` */
  parameter: 4,
  /** A run of operator characters, cut as PostgreSQL cuts it. */
  operator: 5,
  /** `( ) [ ] , ; . .. : :: :=` */
  punctuation: 6,
  /** A character that no rule of PostgreSQL accepts, such as a backslash or a lone `$`. */
  stray: 7,
} as const;

export type Kind = (typeof Kind)[keyof typeof Kind];

/** The tokens of one text, as parallel arrays: token `i` is `text.slice(starts[i], ends[i])`. Comments and blanks are the gaps between. */
export interface Tokens {
  kinds: Uint8Array;
  starts: Int32Array;
  ends: Int32Array;
  /** How many entries of the arrays are tokens; the rest is spare room. */
  count: number;
  /** Is there a comment anywhere? */
  comments: boolean;
  /** Where a quote, comment or dollar quote begins that never ends (the tokens before it are right); −1 where all is balanced. */
  unbalancedAt: number;
  /** Had the text more tokens than were asked for? The arrays then hold its beginning. */
  cut: boolean;
}

/** Empty token arrays with room for `capacity` tokens, to be handed to `lex` again and again. */
export function createTokens(capacity = 64): Tokens {
  return {
    kinds: new Uint8Array(capacity),
    starts: new Int32Array(capacity),
    ends: new Int32Array(capacity),
    count: 0,
    comments: false,
    unbalancedAt: -1,
    cut: false,
  };
}

const Class = {
  stray: 0,
  blank: 1,
  letter: 2,
  digit: 3,
  operator: 4,
  self: 5,
  quote: 6,
  double: 7,
  dollar: 8,
} as const;

const CLASS_OF = classTable();

function classTable(): Uint8Array {
  const table = new Uint8Array(128);
  const mark = (characters: string, as: number) => {
    for (const character of characters) table[character.charCodeAt(0)] = as;
  };
  mark(' \t\n\r\f\v', Class.blank);
  mark('abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_', Class.letter);
  mark('0123456789', Class.digit);
  mark('~!@#^&|`?+-*/%<>=', Class.operator);
  mark('()[],;.:', Class.self);
  mark("'", Class.quote);
  mark('"', Class.double);
  mark('$', Class.dollar);
  return table;
}

const QUOTE = 39;
const DOUBLE = 34;
const DOLLAR = 36;
const BACKSLASH = 92;
const NEWLINE = 10;
const RETURN = 13;
const STAR = 42;
const PLUS = 43;
const MINUS = 45;
const DOT = 46;
const SLASH = 47;
const COLON = 58;
const EQUALS = 61;
const UNDERSCORE = 95;
const AMPERSAND = 38;

/** Every character beyond ASCII may stand in an identifier, as in PostgreSQL. */
function classOf(code: number): number {
  return code < 128 ? (CLASS_OF[code] as number) : Class.letter;
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

function isIdentifierPart(code: number): boolean {
  const kind = classOf(code);
  return kind === Class.letter || kind === Class.digit || kind === Class.dollar;
}

/** Operators holding one of these may end in `+` or `-`; all others give such an end back, so that `a=-1` is `=` and `-`. */
function keepsTrailingSign(code: number): boolean {
  return code !== PLUS && code !== MINUS && code !== STAR && code !== SLASH && (code < 60 || code > 62);
}

/**
 * Cuts a text into PostgreSQL's tokens. Never throws; takes time linear in the text. An unbalanced text gives the tokens before the
 * place that never ends, and that place. `standard_conforming_strings` is taken to be on, as it is by default since 9.1. At `most`
 * tokens it stops; with `goOn` it goes on where it stopped in the same text.
 */
export function lex(
  text: string,
  into: Tokens = createTokens(),
  most = Number.POSITIVE_INFINITY,
  goOn = false,
): Tokens {
  const length = text.length;
  let { kinds, starts, ends } = into;
  let count = goOn ? into.count : 0;
  let at = count === 0 ? 0 : (ends[count - 1] as number);
  // The run of operator characters around `at` is measured once: signs are given back one by one, and measuring anew each time
  // would make a run of a million signs take a million million steps.
  let runEnd = 0;
  let runLastSpecial = -1;
  let runLastNonSign = -1;

  if (!goOn) into.comments = false;
  into.unbalancedAt = -1;
  into.cut = false;

  while (at < length) {
    const code = text.charCodeAt(at);
    const start = at;
    let kind: Kind = Kind.stray;
    switch (classOf(code)) {
      case Class.blank:
        at++;
        continue;

      case Class.letter: {
        const prefixed = prefixedQuote(text, at, code);
        if (prefixed !== 0) {
          const isName = text.charCodeAt(at + prefixed) === DOUBLE;
          kind = isName ? Kind.quoted : Kind.string;
          at = isName ? endOfQuotedName(text, at + prefixed) : endOfString(text, at + prefixed, code | 32);
          break;
        }
        at++;
        while (at < length && isIdentifierPart(text.charCodeAt(at))) at++;
        kind = Kind.word;
        break;
      }

      case Class.digit:
        at = endOfNumber(text, at);
        kind = Kind.number;
        break;

      case Class.quote:
        at = endOfString(text, at, 0);
        kind = Kind.string;
        break;

      case Class.double:
        at = endOfQuotedName(text, at);
        kind = Kind.quoted;
        break;

      case Class.dollar:
        at = endOfParameter(text, start);
        if (at > start) {
          kind = Kind.parameter;
        } else {
          at = endOfDollarQuote(text, start);
          if (at === start) at++;
          else kind = Kind.string;
        }
        break;

      case Class.self: {
        const next = text.charCodeAt(at + 1);
        if (code === DOT && isDigit(next)) {
          at = endOfNumber(text, at);
          kind = Kind.number;
          break;
        }
        at += (code === DOT && next === DOT) || (code === COLON && (next === COLON || next === EQUALS)) ? 2 : 1;
        kind = Kind.punctuation;
        break;
      }

      case Class.operator: {
        if (at >= runEnd) {
          const comment = startsComment(text, at);
          if (comment) {
            into.comments = true;
            at = code === MINUS ? endOfLine(text, at) : endOfBlockComment(text, at);
            if (at < 0) break;
            continue;
          }
          runLastSpecial = -1;
          runLastNonSign = -1;
          runEnd = at;
          while (
            runEnd < length &&
            classOf(text.charCodeAt(runEnd)) === Class.operator &&
            !startsComment(text, runEnd)
          ) {
            const operator = text.charCodeAt(runEnd);
            if (keepsTrailingSign(operator)) runLastSpecial = runEnd;
            if (operator !== PLUS && operator !== MINUS) runLastNonSign = runEnd;
            runEnd++;
          }
        }
        at = runLastSpecial >= at ? runEnd : Math.max(at, runLastNonSign) + 1;
        kind = Kind.operator;
        break;
      }

      default:
        at++;
    }
    if (at < 0) {
      into.unbalancedAt = start;
      break;
    }
    if (count >= most) {
      into.cut = true;
      break;
    }
    if (count === kinds.length) {
      grow(into);
      ({ kinds, starts, ends } = into);
    }
    kinds[count] = kind;
    starts[count] = start;
    ends[count] = at;
    count++;
  }
  into.count = count;
  return into;
}

function grow(tokens: Tokens): void {
  const room = tokens.kinds.length * 2;
  const kinds = new Uint8Array(room);
  const starts = new Int32Array(room);
  const ends = new Int32Array(room);
  kinds.set(tokens.kinds);
  starts.set(tokens.starts);
  ends.set(tokens.ends);
  tokens.kinds = kinds;
  tokens.starts = starts;
  tokens.ends = ends;
}

/** How many characters stand before the quote of a prefixed string or name (`E'`, `U&"` …); 0 where there is no such quote. */
function prefixedQuote(text: string, at: number, code: number): number {
  const letter = code | 32;
  const next = text.charCodeAt(at + 1);
  if (letter === 117) {
    if (next !== AMPERSAND) return 0;
    const quote = text.charCodeAt(at + 2);
    return quote === QUOTE || quote === DOUBLE ? 2 : 0;
  }
  if (next !== QUOTE) return 0;
  return letter === 101 || letter === 98 || letter === 120 || letter === 110 ? 1 : 0;
}

function startsComment(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  if (code === MINUS) return text.charCodeAt(at + 1) === MINUS;
  return code === SLASH && text.charCodeAt(at + 1) === STAR;
}

function endOfLine(text: string, from: number): number {
  let at = from;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (code === NEWLINE || code === RETURN) break;
    at++;
  }
  return at;
}

/** Block comments nest in PostgreSQL. −1: never ends. */
function endOfBlockComment(text: string, from: number): number {
  let depth = 1;
  let at = from + 2;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (code === STAR && text.charCodeAt(at + 1) === SLASH) {
      at += 2;
      depth--;
      if (depth === 0) return at;
    } else if (code === SLASH && text.charCodeAt(at + 1) === STAR) {
      at += 2;
      depth++;
    } else {
      at++;
    }
  }
  return -1;
}

const LETTER_B = 98;
const LETTER_E = 101;
const LETTER_X = 120;

/** `quote` is the place of the opening quote, `prefix` the lower-case letter before it (0: none). −1: never ends. */
function endOfString(text: string, quote: number, prefix: number): number {
  const escapes = prefix === LETTER_E;
  // bits have no quotes to double: `b'1''0'` is two strings
  const doubles = prefix !== LETTER_B && prefix !== LETTER_X;
  let at = quote + 1;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (code === BACKSLASH && escapes) {
      at += 2;
    } else if (code !== QUOTE) {
      at++;
    } else if (doubles && text.charCodeAt(at + 1) === QUOTE) {
      at += 2;
    } else {
      const continued = continuedAt(text, at + 1);
      if (continued < 0) return at + 1;
      at = continued + 1;
    }
  }
  return -1;
}

/**
 * Where a string goes on after its closing quote: the next opening quote, when only blanks, line comments and at least one line end
 * lie between; −1 where it does not.
 */
export function continuedAt(text: string, from: number): number {
  let newline = false;
  let at = from;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) return newline ? at : -1;
    if (code === MINUS && text.charCodeAt(at + 1) === MINUS) {
      at = endOfLine(text, at);
    } else if (classOf(code) === Class.blank) {
      if (code === NEWLINE || code === RETURN) newline = true;
      at++;
    } else {
      return -1;
    }
  }
  return -1;
}

/** −1: never ends. */
function endOfQuotedName(text: string, quote: number): number {
  let at = quote + 1;
  for (;;) {
    const close = text.indexOf('"', at);
    if (close < 0) return -1;
    if (text.charCodeAt(close + 1) !== DOUBLE) return close + 1;
    at = close + 2;
  }
}

/** `from` itself where no parameter stands there. */
function endOfParameter(text: string, from: number): number {
  let at = from + 1;
  while (isDigit(text.charCodeAt(at))) at++;
  return at === from + 1 ? from : at;
}

/** `from` itself where no dollar quote opens there; −1: never ends. */
function endOfDollarQuote(text: string, from: number): number {
  let at = from + 1;
  while (at < text.length && text.charCodeAt(at) !== DOLLAR) {
    const kind = classOf(text.charCodeAt(at));
    if (kind !== Class.letter && !(kind === Class.digit && at > from + 1)) return from;
    at++;
  }
  if (at >= text.length) return from;
  const tag = text.slice(from, at + 1);
  const close = text.indexOf(tag, at + 1);
  return close < 0 ? -1 : close + tag.length;
}

/** `from` is a digit, or a dot before one. */
function endOfNumber(text: string, from: number): number {
  if (text.charCodeAt(from) === 48) {
    const base = baseOf(text.charCodeAt(from + 1));
    if (base !== 0) {
      const end = endOfDigits(text, from + 2, base, true);
      // `0o19` is no number to PostgreSQL, and not two either.
      if (end > from + 2) return endOfDigits(text, end, 10, true);
    }
  }
  let at = endOfDigits(text, from, 10, false);
  // `1..2` is a range of whole numbers, not `1.` and `.2`
  if (text.charCodeAt(at) === DOT && text.charCodeAt(at + 1) !== DOT) at = endOfDigits(text, at + 1, 10, false);
  if ((text.charCodeAt(at) | 32) === 101) {
    const sign = text.charCodeAt(at + 1);
    const digits = sign === PLUS || sign === MINUS ? at + 2 : at + 1;
    const end = endOfDigits(text, digits, 10, false);
    if (end > digits) at = end;
  }
  return at;
}

function baseOf(code: number): number {
  switch (code | 32) {
    case 120:
      return 16;
    case 111:
      return 8;
    case 98:
      return 2;
    default:
      return 0;
  }
}

/** Digits of a base, single underscores between them; a leading one is allowed after `0x`, `0o` and `0b` only. */
function endOfDigits(text: string, from: number, base: number, leadingUnderscore: boolean): number {
  let at = from;
  for (;;) {
    const code = text.charCodeAt(at);
    if (isDigitOf(code, base)) at++;
    else if (code === UNDERSCORE && (leadingUnderscore || at > from) && isDigitOf(text.charCodeAt(at + 1), base))
      at += 2;
    else return at;
  }
}

function isDigitOf(code: number, base: number): boolean {
  if (base === 16 && (code | 32) >= 97 && (code | 32) <= 102) return true;
  return code >= 48 && code < 48 + Math.min(base, 10);
}
