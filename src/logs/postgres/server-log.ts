// A PostgreSQL server's log in any of its formats: lines become entries, entries become statements.

import type { LogReader, Told } from '../log-reader.js';
import { CsvRecords, type Read } from './csv-record.js';
import { jsonEntry } from './json-record.js';
import type { LinePrefix } from './line-prefix.js';
import { PlainEntries } from './plain-entries.js';
import { ServerStatements } from './server-statements.js';

/** Lines to entries. */
interface EntryReader {
  take(line: string): readonly Read[];
  end(): readonly Read[];
}

export function csvLog(): LogReader {
  return new ServerLog(new CsvRecords());
}

export function jsonLog(): LogReader {
  return new ServerLog({
    take(line) {
      const entry = jsonEntry(line);
      return [entry === null ? { skipped: 'lines are no whole record of jsonlog' } : { entry }];
    },
    end: () => [],
  });
}

export function plainLog(prefix: LinePrefix): LogReader {
  return new ServerLog(new PlainEntries(prefix));
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
    for (const read of this.#entries.end()) yield* this.#tell(read);
    yield* this.#statements.end();
  }

  *#tell(read: Read): Generator<Told> {
    if ('entry' in read) yield* this.#statements.take(read.entry);
    else yield read;
  }
}
