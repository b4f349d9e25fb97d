// What a PostgreSQL of our own was sent, by its own log (`log_statement = all`): the count that queryscope's has to equal, failed
// statements included.

import { closeSync, fstatSync, openSync, readFileSync, readSync } from 'node:fs';

/** Settings that a server needs for its log to be read here. */
export const LOG_SETTINGS = { log_statement: 'all', log_min_error_statement: 'error', log_line_prefix: '[%p %v] ' };

/** A line that begins an entry; what does not is the rest of the entry before it. */
const ENTRY = /^\[(\d+) ([^\]]*)\] ([A-Z]+): {2}/;
/** A simple query, or an Execute message. A portal that is fetched from again is no statement more. */
const SENT = /^(?:statement|execute (?!fetch from )[^:]*): /;

/** Where the log ends now. */
export function endOf(logFile: string): number {
  return readFileSync(logFile).length;
}

/** A text that the server was sent, and the virtual transaction that it ran it in. */
export interface Logged {
  text: string;
  transaction: string;
}

/** What the server was sent since then, in the order in which it began it. */
export function loggedSince(logFile: string, start: number): Logged[] {
  const logged: Logged[] = [];
  /** Of each backend: the last text it was seen to begin, so that its error is not counted once more; and the transaction of the last one. */
  const begun = new Map<string, string>();
  const last = new Map<string, string>();
  for (const { backend, virtual, level, message } of entries(read(logFile, start))) {
    const isSent = level === 'LOG' && SENT.test(message);
    // What fails before it is executed, in Parse or Bind, has no entry but that of its error.
    const isRefused = level === 'STATEMENT' && begun.get(backend) !== message;
    if (level === 'STATEMENT') begun.delete(backend);
    if (!isSent && !isRefused) continue;
    // In a transaction that has failed there is no virtual one any more, until its end.
    const transaction = virtual.endsWith('/0') ? (last.get(backend) ?? virtual) : virtual;
    last.set(backend, transaction);
    const text = message.replace(SENT, '');
    if (isSent) begun.set(backend, text);
    logged.push({ text, transaction });
  }
  return logged;
}

/** The texts alone. */
export function textsSince(logFile: string, start: number): string[] {
  return loggedSince(logFile, start).map(({ text }) => text);
}

function read(logFile: string, start: number): string {
  const file = openSync(logFile, 'r');
  const buffer = Buffer.alloc(fstatSync(file).size - start);
  readSync(file, buffer, 0, buffer.length, start);
  closeSync(file);
  return buffer.toString('utf8');
}

interface Entry {
  backend: string;
  /** `%v`: the backend's place and its count of transactions, which is 0 in none. */
  virtual: string;
  level: string;
  message: string;
}

function entries(log: string): Entry[] {
  const found: Entry[] = [];
  for (const line of log.split('\n')) {
    const head = ENTRY.exec(line);
    if (head) {
      const [whole, backend, virtual, level] = head as unknown as [string, string, string, string];
      found.push({ backend, virtual, level, message: line.slice(whole.length) });
    }
    // The server indents the further lines of a text by a tab.
    else if (found.length > 0) found.at(-1)!.message += `\n${line.replace(/^\t/, '')}`;
  }
  return found.map((entry) => ({ ...entry, message: entry.message.trimEnd() }));
}
