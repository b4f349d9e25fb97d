// Entries of a plain log (stderr) put together from lines: a text goes on behind a tab, and what belongs to an error follows in lines of its own.

import { LONGEST_TEXT } from '../logged-statement.js';
import type { Read } from './csv-record.js';
import { type LinePrefix, severityOf } from './line-prefix.js';
import type { ServerEntry } from './server-entry.js';

/** What a line of its own adds to the entry before it. English alone: in other languages they are counted with it. */
const PARTS: Readonly<Record<string, 'detail' | 'context' | 'statement' | null>> = {
  DETAIL: 'detail',
  CONTEXT: 'context',
  STATEMENT: 'statement',
  HINT: null,
  QUERY: null,
  LOCATION: null,
  BACKTRACE: null,
};

const NO_PREFIX = 'lines do not begin as log_line_prefix says (--log-line-prefix, as it stands in postgresql.conf)';

type Part = 'message' | 'detail' | 'context' | 'statement';

/** Takes one line after the other. */
export class PlainEntries {
  readonly #prefix: LinePrefix;
  #entry: ServerEntry | null = null;
  /** What the next line behind a tab goes on; null: a part that is not read. */
  #part: Part | null = null;

  constructor(prefix: LinePrefix) {
    this.#prefix = prefix;
  }

  /** What is known with this line. */
  take(line: string): Read[] {
    if (line.startsWith('\t')) return this.#goOn(line.slice(1));
    const prefixed = this.#prefix.read(line);
    const told = prefixed === null ? null : severityOf(prefixed.rest);
    if (prefixed === null || told === null) return [...this.#finish(), { skipped: NO_PREFIX }];
    const { severity, message } = told;
    const part = PARTS[severity];
    if (part === undefined) {
      const before = this.#finish();
      this.#entry = { ...prefixed.facts, severity, message, detail: null, context: null, statement: null };
      this.#part = 'message';
      return before;
    }
    if (this.#entry === null || this.#entry.session !== prefixed.facts.session) {
      return [...this.#finish(), { skipped: 'lines belong to an entry that is missing' }];
    }
    this.#part = part;
    if (part !== null) this.#entry[part] = message;
    return [];
  }

  end(): Read[] {
    return this.#finish();
  }

  #goOn(text: string): Read[] {
    if (this.#entry === null) return [{ skipped: NO_PREFIX }];
    if (this.#part !== null) {
      const before = this.#entry[this.#part] ?? '';
      // What is over it is left out of the text, which is then read as far as it goes.
      if (before.length + text.length < LONGEST_TEXT) this.#entry[this.#part] = `${before}\n${text}`;
    }
    return [];
  }

  #finish(): Read[] {
    const entry = this.#entry;
    this.#entry = null;
    this.#part = null;
    return entry === null ? [] : [{ entry }];
  }
}
