// A PostgreSQL server's log in any of its formats: lines become entries, entries become statements.

import type { LogReader, Told } from '../log-reader.js';
import { CsvRecords, type Read } from './csv-record.js';
import { jsonEntry } from './json-record.js';
import { linePrefix } from './line-prefix.js';
import { PlainEntries } from './plain-entries.js';
import { ServerStatements } from './server-statements.js';

/** Lines to entries. */
interface EntryReader {
  take(line: string): readonly Read[];
  end(): Read;
}

export function csvLog(): LogReader {
  return new ServerLog(new CsvRecords());
}

export function jsonLog(): LogReader {
  return new ServerLog({
    take(line) {
      const entry = jsonEntry(line);
      return [entry === null ? { skipped: 'lines that are no whole record' } : { entry }];
    },
    end: () => null,
  });
}

/** `prefix`: as `log_line_prefix` was set. */
export function plainLog(prefix: string): LogReader {
  return new ServerLog(new PlainEntries(linePrefix(prefix)));
}

class ServerLog implements LogReader {
  readonly #entries: EntryReader;
  readonly #statements = new ServerStatements();

  constructor(entries: EntryReader) {
    this.#entries = entries;
  }

  *take(line: string): Generator<Told> {
    if (line === '') return;
    for (const read of this.#entries.take(line)) yield* this.#tell(read);
  }

  *end(): Generator<Told> {
    yield* this.#tell(this.#entries.end());
    yield* this.#statements.end();
  }

  *#tell(read: Read): Generator<Told> {
    if (read === null) return;
    if ('entry' in read) yield* this.#statements.take(read.entry);
    else yield read;
  }
}
