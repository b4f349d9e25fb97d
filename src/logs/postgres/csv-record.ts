// Records of csvlog put together from lines: a text in quotes may go over many, and a record that was cut must not take those after it along.

import { LONGEST_TEXT } from '../logged-statement.js';
import { known, momentOf, type ServerEntry } from './server-entry.js';

/** The fewest columns: those of PostgreSQL 9.0 to 12. Later ones only add at the end. */
const COLUMNS = 23;

/** How a record begins. Inside a record's own text each quote is doubled, so a log that was written into a table is not taken for one. */
export const CSV_START =
  /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} [^,"]+,(?:"[^"]*(?:""[^"]*)*")?,(?:"[^"]*(?:""[^"]*)*")?,\d*,/;

const CUT = 'records of csvlog are cut';

/** What a line made of the record that is under way. */
export type Read = { entry: ServerEntry } | { skipped: string };

/** Takes one line after the other. */
export class CsvRecords {
  #text: string | null = null;
  #isOpen = false;

  /** What is known with this line; null: the record goes on. */
  take(line: string): Read[] {
    const read: Read[] = [];
    if (this.#text !== null && CSV_START.test(line)) {
      read.push({ skipped: CUT });
      this.#text = null;
    }
    if (this.#text === null) {
      if (!CSV_START.test(line)) return [...read, { skipped: 'lines begin no record of csvlog' }];
      this.#text = line;
      this.#isOpen = hasOddQuotes(line);
    } else {
      this.#text += `\n${line}`;
      if (hasOddQuotes(line)) this.#isOpen = !this.#isOpen;
    }
    if (this.#isOpen && this.#text.length <= LONGEST_TEXT) return read;
    const text = this.#text;
    this.#text = null;
    if (this.#isOpen) return [...read, { skipped: 'records are longer than a million characters' }];
    const entry = entryOf(fieldsOf(text));
    return [...read, entry === null ? { skipped: CUT } : { entry }];
  }

  /** Nothing follows. */
  end(): Read[] {
    return this.#text === null ? [] : [{ skipped: CUT }];
  }
}

function hasOddQuotes(line: string): boolean {
  let odd = false;
  for (let at = line.indexOf('"'); at >= 0; at = line.indexOf('"', at + 1)) odd = !odd;
  return odd;
}

const FIELD = /(?:"([^"]*(?:""[^"]*)*)"|([^,"]*))(,|$)/y;

/** Empty: NULL. */
function fieldsOf(record: string): string[] {
  const fields: string[] = [];
  FIELD.lastIndex = 0;
  for (;;) {
    const match = FIELD.exec(record);
    if (match === null) return fields;
    fields.push(match[1] === undefined ? (match[2] as string) : match[1].replaceAll('""', '"'));
    if (match[3] === '') return fields;
  }
}

function entryOf(fields: readonly string[]): ServerEntry | null {
  if (fields.length < COLUMNS) return null;
  const [at, user, database, , , session, place, , , transaction, , severity, state, message, detail] = fields;
  return {
    atMs: momentOf(at as string),
    session: known(session),
    place: Number(place) || null,
    severity: severity as string,
    sqlState: known(state),
    message: message as string,
    detail: known(detail),
    context: known(fields[18]),
    statement: known(fields[19]),
    virtualTransaction: known(transaction),
    user: known(user),
    database: known(database),
    application: known(fields[22]),
  };
}
