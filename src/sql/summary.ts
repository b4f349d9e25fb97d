// A text in a few words, by OpenTelemetry's rule for `db.query.summary`: its operations and what they work on, in the order and the letters of
// the text. Low in cardinality, so that spans and metrics can be named by it.

import { Kind, lex, type Tokens } from './lexer.js';

/** The convention's own bound, in characters; no operation and no target is cut in two. */
const MAX_CHARACTERS = 255;
/** A longer text has said by then what it works on. */
const MAX_TOKENS = 10_000;

const words = (list: string): ReadonlySet<string> => new Set(list.split(' '));

/** What reads or writes rows, where a statement begins. */
const OPERATIONS = words('select insert update delete merge values table');
/** Work on what is named right after them. */
const NAMES_TARGET = words('update table truncate copy lock call analyze vacuum execute reindex cluster');
/** Followed by the kind of thing that is made, changed or dropped. */
const DEFINES = words('create alter drop refresh');
/** Stand between an operation and its target. */
const BEFORE_TARGET = words('if not exists only lateral concurrently table verbose full');
/** Words of CREATE that say how, not what. */
const MANNERS = words('or replace temp temporary unlogged unique global local recursive materialized');
/** Second words without which the first says something else. */
const SECOND_WORDS = words('transaction prepared to savepoint');
/** After these there is a table. */
const OPENS_TARGETS = words('from join into');
/** No table is named after these until one of the above. */
const ENDS_TARGETS = words(
  'where set group order having limit offset window union intersect except fetch for returning values default',
);

/** A text, or what stands between two parentheses of it. */
interface Level {
  /** What its words belong to, lower case; null: nothing yet, or nothing at all, as in a function's arguments. */
  operation: string | null;
  /** Has it said nothing so far? */
  fresh: boolean;
  /** Does it begin with WITH, so that its operation is still to come? */
  listsQueries: boolean;
  /** Is the next name a target? */
  expectsTarget: boolean;
  /** Does a comma announce another one? */
  listsTargets: boolean;
}

/** `SELECT songs artists`, `INSERT shipping_details SELECT orders`, `BEGIN`; null where the text says nothing. No literal ever stands in it. */
export function summaryOf(text: string): string | null {
  const parts = new SummaryReader(text, lex(text, undefined, MAX_TOKENS)).read();
  let summary = '';
  for (const part of parts) {
    const longer = summary === '' ? part : `${summary} ${part}`;
    if (longer.length > MAX_CHARACTERS) break;
    summary = longer;
  }
  return summary === '' ? null : summary;
}

class SummaryReader {
  readonly #text: string;
  readonly #tokens: Tokens;
  readonly #parts: string[] = [];
  /** Names of WITH: they stand for what they select. */
  readonly #queries = new Set<string>();
  #levels: Level[] = [newLevel()];
  #at = 0;

  constructor(text: string, tokens: Tokens) {
    this.#text = text;
    this.#tokens = tokens;
  }

  read(): readonly string[] {
    while (this.#at < this.#tokens.count) this.#token();
    return this.#parts;
  }

  get #level(): Level {
    return this.#levels.at(-1) as Level;
  }

  #token(): void {
    const kind = this.#tokens.kinds[this.#at] as Kind;
    if (kind === Kind.word || kind === Kind.quoted) {
      this.#name(kind);
      return;
    }
    if (kind === Kind.punctuation) this.#punctuation(this.#textAt(this.#at));
    else this.#level.fresh = false;
    this.#at++;
  }

  #punctuation(mark: string): void {
    const level = this.#level;
    if (mark === '(') {
      // A list of tables may have parentheses of its own: `from (a join b on …)`.
      const { operation, expectsTarget } = level;
      this.#levels.push({ ...newLevel(), ...(expectsTarget && { operation, expectsTarget, listsTargets: true }) });
      level.fresh = false;
      level.expectsTarget = false;
    } else if (mark === ')') {
      if (this.#levels.length > 1) this.#levels.pop();
    } else if (mark === ';') {
      this.#levels = [newLevel()];
    } else if (mark === ',') {
      level.expectsTarget = level.listsTargets;
    }
  }

  #name(kind: Kind): void {
    const level = this.#level;
    const word = kind === Kind.word ? this.#wordAt(this.#at) : null;
    const opens = word !== null && (level.fresh || (level.listsQueries && OPERATIONS.has(word)) || word === 'select');
    if (opens && this.#opens(level, word)) return;
    level.fresh = false;
    if (level.listsQueries) this.#queryName(word);
    else if (word !== null && level.operation !== null && this.#steers(level, word)) this.#at++;
    else if (level.expectsTarget && !BEFORE_TARGET.has(word ?? '')) this.#target(level);
    else this.#at++;
  }

  /** Takes a word that begins a statement; false: it does not. */
  #opens(level: Level, word: string): boolean {
    if (word === 'with') {
      Object.assign(level, { fresh: false, listsQueries: true });
    } else if (word === 'explain') {
      this.#parts.push(this.#textAt(this.#at));
      this.#at++;
      this.#skip(words('analyze verbose'));
      return true;
    } else if (DEFINES.has(word)) {
      this.#define(level);
      return true;
    } else if (OPERATIONS.has(word) || this.#levels.length === 1) {
      this.#operate(level, word);
      return true;
    } else {
      return false;
    }
    this.#at++;
    return true;
  }

  #operate(level: Level, word: string): void {
    const expectsTarget = NAMES_TARGET.has(word);
    Object.assign(level, { operation: word, fresh: false, listsQueries: false, expectsTarget, listsTargets: false });
    let operation = this.#textAt(this.#at++);
    if (!OPERATIONS.has(word) && SECOND_WORDS.has(this.#wordAt(this.#at))) operation += ` ${this.#textAt(this.#at++)}`;
    this.#parts.push(operation);
  }

  /** `CREATE UNLOGGED TABLE IF NOT EXISTS t` is `CREATE TABLE t`. */
  #define(level: Level): void {
    const verb = this.#textAt(this.#at++);
    this.#skip(MANNERS);
    this.#parts.push(this.#isName(this.#at) ? `${verb} ${this.#textAt(this.#at++)}` : verb);
    Object.assign(level, { operation: 'define', fresh: false, expectsTarget: true });
  }

  /** Takes note of a word that says whether tables follow; false: it says nothing of that. */
  #steers(level: Level, word: string): boolean {
    if (this.#opensTargets(level, word)) {
      level.expectsTarget = true;
      level.listsTargets = word !== 'into';
      return true;
    }
    if (!ENDS_TARGETS.has(word)) return false;
    level.expectsTarget = false;
    level.listsTargets = false;
    return true;
  }

  #opensTargets({ operation }: Level, word: string): boolean {
    if (word === 'using') return operation === 'delete' || operation === 'merge';
    if (word === 'from' && this.#wordAt(this.#at - 1) === 'distinct') return false;
    return OPENS_TARGETS.has(word) && OPERATIONS.has(operation ?? '');
  }

  /** `name AS (` of WITH, and nothing else before the statement's own operation. */
  #queryName(word: string | null): void {
    const previous = this.#wordAt(this.#at - 1);
    if (word !== 'recursive' && (previous === 'with' || previous === 'recursive' || previous === ','))
      this.#queries.add(this.#textAt(this.#at));
    this.#at++;
  }

  /** A name with its qualifiers. One before a parenthesis is a function's, but for what columns or arguments are listed of. */
  #target(level: Level): void {
    const start = this.#at;
    while (this.#textAt(this.#at + 1) === '.' && this.#isName(this.#at + 2)) this.#at += 2;
    const end = this.#at++;
    level.expectsTarget = false;
    const isCalled = this.#textAt(this.#at) === '(' && (level.operation === 'select' || level.operation === 'delete');
    const name = this.#text.slice(this.#tokens.starts[start], this.#tokens.ends[end]);
    if (!isCalled && !this.#queries.has(name)) this.#parts.push(name);
  }

  #skip(some: ReadonlySet<string>): void {
    while (some.has(this.#wordAt(this.#at))) this.#at++;
  }

  #isName(at: number): boolean {
    const kind = this.#tokens.kinds[at];
    return at < this.#tokens.count && (kind === Kind.word || kind === Kind.quoted);
  }

  /** Lower case; empty where there is no token. */
  #wordAt(at: number): string {
    return this.#textAt(at).toLowerCase();
  }

  #textAt(at: number): string {
    if (at < 0 || at >= this.#tokens.count) return '';
    return this.#text.slice(this.#tokens.starts[at], this.#tokens.ends[at]);
  }
}

function newLevel(): Level {
  return { operation: null, fresh: true, listsQueries: false, expectsTarget: false, listsTargets: false };
}
