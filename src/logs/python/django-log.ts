// The log of Django's `django.db.backends` at DEBUG, however it is formatted. Each statement stands there with its values written in, and after it.

import type { ConnectionNote } from '../../profile/note.js';
import { boundText } from '../../python/bound-text.js';
import { pythonLiteral } from '../../python/python-literal.js';
import type { LogReader, Told } from '../log-reader.js';
import { LONGEST_TEXT, type LoggedStatement, type LogSession, loggedConnection } from '../logged-statement.js';
import { answeredRequest } from './access-line.js';
import { MOST_THREADS, momentIn, threadIn } from './log-line.js';

/** How a message begins: how long it took, in seconds. */
const START = /^(.{0,200}?)(?<![^\s:|\]-])\((\d+\.\d{3})\) (.*)$/;
/** How it ends, whichever line that is. */
const END = /(None|[([{][\s\S]*[)\]}])(?:; alias=(\S+))?$/y;
const ARGUMENTS = '; args=';
/** What a line of Django's has in it that others have not. */
export const BACKEND_LINE = /(?:^|[\s:|\]-])\(\d+\.\d{3}\) .*(?:; args=|$)/;

const UNFILLED = /%s|%\(\w+\)s/;

interface Message {
  head: string;
  durationMs: number;
  text: string;
}

export function djangoLog(): LogReader {
  return new DjangoLog();
}

class DjangoLog implements LogReader {
  readonly #sessions = new Map<string, { session: LogSession; connection: ConnectionNote }>();
  #message: Message | null = null;
  #nowMs = 0;
  /** From 4.2 on BEGIN, COMMIT and ROLLBACK are logged. Until one is seen nothing says which statements are one transaction. */
  #showsTransactions = false;

  *take(line: string): Generator<Told> {
    const start = START.exec(line);
    if (start !== null) {
      yield* this.#cut();
      this.#message = { head: start[1] as string, durationMs: Number(start[2]) * 1_000, text: start[3] as string };
    } else if (this.#message !== null) this.#message.text += `\n${line}`;
    else {
      const answered = answeredRequest(line);
      if (answered !== null) yield { answered };
      else if (line.trim() !== '') yield { skipped: "lines are not Django's database backend's" };
      return;
    }
    const message = this.#message as Message;
    const end = endOf(message.text);
    if (end !== null) yield this.#statementOf(message, end);
    else if (message.text.length > LONGEST_TEXT) yield* this.#cut();
  }

  end(): Iterable<Told> {
    return this.#cut();
  }

  *#cut(): Generator<Told> {
    if (this.#message === null) return;
    this.#message = null;
    yield { skipped: 'statements are cut' };
  }

  #statementOf({ head, durationMs, text }: Message, end: End): { statement: LoggedStatement } {
    this.#message = null;
    this.#nowMs = momentIn(head) ?? this.#nowMs + durationMs;
    const sql = text.slice(0, end.at).replace(/^\d+ times: /, '');
    if (end.shown === 'None' && /^(?:BEGIN|COMMIT|ROLLBACK)$/.test(sql)) this.#showTransactions();
    const session = this.#sessionOf(threadIn(head).replace('django.db.backends', '').trim(), end.alias);
    // The values are written into the text but where it is sent many times over; a `?` in it is an operator.
    const bound = UNFILLED.test(sql) ? boundText(sql, end.shown) : { text: sql, values: null };
    return {
      statement: {
        session,
        ...bound,
        startMs: this.#nowMs - durationMs,
        endMs: this.#nowMs,
        error: null,
        rows: null,
        virtualTransaction: null,
      },
    };
  }

  #sessionOf(told: string, alias: string): LogSession {
    const thread = this.#sessions.has(`${told} ${alias}`) || this.#sessions.size < MOST_THREADS ? told : '';
    const name = `${thread} ${alias}`;
    let known = this.#sessions.get(name);
    if (known === undefined) {
      const connection = loggedConnection(alias);
      const label = thread === '' ? `django ${alias}` : `django ${alias} ${thread}`;
      const session = { name, connection: this.#showsTransactions ? connection : null, label, begun: false };
      known = { session, connection };
      this.#sessions.set(name, known);
    }
    return known.session;
  }

  #showTransactions(): void {
    if (this.#showsTransactions) return;
    this.#showsTransactions = true;
    for (const { session, connection } of this.#sessions.values()) session.connection = connection;
  }
}

interface End {
  at: number;
  /** The values as logged. */
  shown: string;
  alias: string;
}

/** Where the text ends and its values begin; null: it goes on. A text may itself hold what looks like that: the values are what reads as such. */
function endOf(message: string): End | null {
  let last: End | null = null;
  for (let at = message.indexOf(ARGUMENTS); at >= 0; at = message.indexOf(ARGUMENTS, at + 1)) {
    END.lastIndex = at + ARGUMENTS.length;
    const match = END.exec(message);
    if (match === null) continue;
    const [, shown, alias = 'default'] = match as unknown as [string, string, string | undefined];
    last = { at, shown, alias };
    if (pythonLiteral(shown) !== undefined) break;
  }
  return last;
}
