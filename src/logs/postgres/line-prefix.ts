// What stands before each entry of a plain log, as `log_line_prefix` was set: made into a pattern, and tried where nobody says how it was.

import { known, momentOf, type ServerEntry } from './server-entry.js';

/** What the prefix of a line told, and the rest of it. */
export interface Prefixed {
  facts: Omit<ServerEntry, 'severity' | 'message' | 'detail' | 'context' | 'statement'>;
  rest: string;
}

export interface LinePrefix {
  /** Null where the line does not begin like that. */
  read(line: string): Prefixed | null;
}

/** By the letter of the escape. What is empty outside a session, or not known yet, may be so. The server cuts names after 63 bytes. */
const ESCAPES: Readonly<Record<string, string>> = {
  a: '.{0,63}?',
  u: '.{0,63}?',
  d: '.{0,63}?',
  r: '(?:\\[local\\]|[^ ]+?\\(\\d+\\))?',
  h: '(?:\\[local\\]|[^ ]+?)?',
  L: '[^ ]*?',
  b: '[a-z][a-z ]*?',
  p: '\\d+',
  P: '\\d*',
  t: '\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d [^ \\]]+?',
  m: '\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d\\.\\d{3} [^ \\]]+?',
  n: '\\d+\\.\\d{3}',
  i: '[A-Za-z ]*?',
  e: '[0-9A-Z]{5}',
  c: '[0-9a-f]+\\.[0-9a-f]+',
  l: '\\d+',
  s: '\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d [^ \\]]+?',
  v: '(?:\\d+\\/\\d+)?',
  x: '\\d+',
  Q: '-?\\d+',
};

/** PostgreSQL's own. */
export const DEFAULT_PREFIX = '%m [%p] ';

/** The default, Debian's, pgBadger's, and those of hosts, the most telling first. */
export const USUAL_PREFIXES: readonly string[] = [
  '%t [%p]: [%l-1] user=%u,db=%d,app=%a,client=%h ',
  '%t [%p]: user=%u,db=%d,app=%a,client=%h ',
  '%t [%p]: db=%d,user=%u,app=%a,client=%h ',
  '%t [%p]: [%l-1] user=%u,db=%d ',
  '%t [%p]: user=%u,db=%d ',
  '%t:%r:%u@%d:[%p]:',
  '%m [%p]: [%l-1] db=%d,user=%u ',
  '%t [%p-%l] %q%u@%d ',
  '%m [%p] %q%u@%d/%a ',
  '%m [%p] %q%u@%d ',
  '%t [%p] %q%u@%d ',
  DEFAULT_PREFIX,
  '%t [%p]: ',
  '%t [%p] ',
];

/** Longer than any prefix: what is behind it is not looked through for one. */
const LONGEST = 1_000;

/** The severity, as English servers have it and as others do: capitals, then two spaces. */
const SEVERITY = /^[\p{Lu}\p{Lo}][\p{Lu}\p{Lo}\d-]*: {1,2}/u;

/** Where the prefix is a guess, names are as they mostly are, so that they do not take in what another prefix has behind them. */
const GUESSED: Readonly<Record<string, string>> = {
  ...ESCAPES,
  a: '[^=]{0,63}?',
  u: '[^ =]{0,63}?',
  d: '[^ =]{0,63}?',
};

/** Makes the pattern of a prefix. `%%` is a percent sign, and any escape may be padded (`%-10u`). */
export function linePrefix(setting: string, isGuess = false): LinePrefix {
  const escapes = isGuess ? GUESSED : ESCAPES;
  const letters: string[] = [];
  let pattern = '';
  let isOptional = false;
  for (const [, padding = '', letter = '', plain = ''] of setting.matchAll(/%(-?\d*)([A-Za-z%])|([^%]+|%)/g)) {
    if (letter === 'q') {
      pattern += '(?:';
      isOptional = true;
    } else if (escapes[letter] === undefined) pattern += escaped(letter === '%' ? '%' : plain);
    else {
      const value = `(${escapes[letter]})`;
      pattern += padding === '' ? value : ` *${value} *`;
      letters.push(letter);
    }
  }
  const compiled = new RegExp(
    `^${pattern}${isOptional ? ')?' : ''}(?=[\\p{Lu}\\p{Lo}][\\p{Lu}\\p{Lo}\\d-]*: {1,2})`,
    'u',
  );
  return {
    read(line) {
      const match = compiled.exec(line.slice(0, LONGEST));
      if (match === null) return null;
      const values = new Map(letters.map((letter, place) => [letter, match[place + 1]]));
      return { facts: factsOf(values), rest: line.slice(match[0].length) };
    },
  };
}

/** The usual prefix that most of these lines begin with; null where it is none. */
export function usualPrefix(lines: readonly string[]): string | null {
  let best: string | null = null;
  let most = 0;
  for (const setting of USUAL_PREFIXES) {
    const { read } = linePrefix(setting, true);
    const count = lines.filter((line) => read(line) !== null).length;
    if (count > most) [best, most] = [setting, count];
  }
  return best;
}

/** Takes the severity off; null where the rest does not begin with one. */
export function severityOf(rest: string): { severity: string; message: string } | null {
  const match = SEVERITY.exec(rest);
  if (match === null) return null;
  return { severity: match[0].slice(0, match[0].indexOf(':')), message: rest.slice(match[0].length) };
}

function factsOf(values: ReadonlyMap<string, string | undefined>): Prefixed['facts'] {
  const text = (letter: string): string | null => known(values.get(letter)?.trim());
  const epoch = text('n');
  return {
    atMs: epoch === null ? momentOf(text('m') ?? text('t') ?? '') : Number(epoch) * 1_000,
    session: text('c') ?? text('p'),
    place: Number(text('l')) || null,
    sqlState: text('e'),
    virtualTransaction: text('v'),
    user: text('u'),
    database: text('d'),
    application: text('a'),
  };
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');
}
