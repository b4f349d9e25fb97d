// What a PostgreSQL of our own was sent, by its own log (`log_statement = all`): the count that queryscope's has to equal, failed
// statements included.

import { closeSync, fstatSync, openSync, readFileSync, readSync } from 'node:fs';

/** Settings that a server needs for its log to be read here. */
export const LOG_SETTINGS = { log_statement: 'all', log_min_error_statement: 'error', log_line_prefix: '[%p] ' };

/** A line that begins an entry; what does not is the rest of the entry before it. */
const ENTRY = /^\[(\d+)\] ([A-Z]+): {2}/;
/** A simple query, or an Execute message. A portal that is fetched from again is no statement more. */
const SENT = /^(?:statement|execute (?!fetch from )[^:]*): /;

/** Where the log ends now. */
export function endOf(logFile: string): number {
  return readFileSync(logFile).length;
}

/** The texts that the server was sent since then, in the order in which it began them. */
export function textsSince(logFile: string, start: number): string[] {
  const texts: string[] = [];
  /** Of each backend: the last text it was seen to begin, so that its error is not counted once more. */
  const begun = new Map<string, string>();
  for (const { backend, level, message } of entries(read(logFile, start))) {
    if (level === 'LOG' && SENT.test(message)) {
      const text = message.replace(SENT, '');
      begun.set(backend, text);
      texts.push(text);
    } else if (level === 'STATEMENT') {
      // What fails before it is executed, in Parse or Bind, has no entry but that of its error.
      if (begun.get(backend) !== message) texts.push(message);
      begun.delete(backend);
    }
  }
  return texts;
}

function read(logFile: string, start: number): string {
  const file = openSync(logFile, 'r');
  const buffer = Buffer.alloc(fstatSync(file).size - start);
  readSync(file, buffer, 0, buffer.length, start);
  closeSync(file);
  return buffer.toString('utf8');
}

function entries(log: string): { backend: string; level: string; message: string }[] {
  const found: { backend: string; level: string; message: string }[] = [];
  for (const line of log.split('\n')) {
    const head = ENTRY.exec(line);
    if (head) found.push({ backend: head[1]!, level: head[2]!, message: line.slice(head[0].length) });
    // The server indents the further lines of a text by a tab.
    else if (found.length > 0) found.at(-1)!.message += `\n${line.replace(/^\t/, '')}`;
  }
  return found.map((entry) => ({ ...entry, message: entry.message.trimEnd() }));
}
