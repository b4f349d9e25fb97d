// Rows that say themselves of which table they speak: `subject_type` beside `subject_id`, a `kind` beside an `id`. Each table is
// looked up for its rows only, so a loop is fed by a part of the column, and it is the type that says which.

import type { ColumnPart } from './columns.js';
import { saysTable, typedBy } from './names.js';
import { FINE_LOT, LOT } from './slices.js';
import type { Kept } from './values.js';

/** Some rows of a column. */
export interface TypedRows {
  parts: ColumnPart[];
  /** The column that tells them from the others. */
  by: string;
  /** Does its value name the table? Else it is a code, and only the rows speak. */
  named: boolean;
}

/** The rows whose type names the table; where none does, those of the types that the first value asked for stands with. */
export function* typedRows(
  parts: readonly ColumnPart[],
  output: string,
  table: string,
  first: number,
): Generator<void, readonly TypedRows[]> {
  const names = parts[0]?.kept.names ?? [];
  const found: TypedRows[] = [];
  for (const by of names) {
    const typing = typedBy(by, output);
    if (typing === null) continue;
    const named = yield* rowsWhere(parts, by, (type) => typeof type === 'string' && saysTable(type, table));
    if (named.length > 0) found.push({ parts: named, by, named: true });
    else if (typing === 'own') {
      for (const code of yield* codesOf(parts, by, first)) {
        found.push({ parts: yield* rowsWhere(parts, by, (type) => type === code), by, named: false });
      }
    }
  }
  return found;
}

/** More types than this for one value are none. */
const MOST_CODES = 8;

function* codesOf(parts: readonly ColumnPart[], by: string, ordinal: number): Generator<void, readonly Kept[]> {
  const codes = new Set<Kept>();
  let values = 0;
  for (const part of parts) {
    const typeAt = typesBeside(part, by);
    for (let i = 0; i < part.ordinals.length && codes.size <= MOST_CODES; i++) {
      if (++values % FINE_LOT === 0) yield;
      if (part.ordinals[i] === ordinal) codes.add(typeAt(i));
    }
  }
  return codes.size > MOST_CODES ? [] : [...codes];
}

function* rowsWhere(
  parts: readonly ColumnPart[],
  by: string,
  isOfType: (type: Kept) => boolean,
): Generator<void, ColumnPart[]> {
  const known = new Map<Kept, boolean>();
  const found: ColumnPart[] = [];
  let values = 0;
  for (const part of parts) {
    const typeAt = typesBeside(part, by);
    const ordinals: number[] = [];
    const rows: number[] = [];
    for (let i = 0; i < part.ordinals.length; i++) {
      if (++values % LOT === 0) yield;
      const type = typeAt(i);
      let isOne = known.get(type);
      if (isOne === undefined) {
        isOne = isOfType(type);
        known.set(type, isOne);
      }
      if (!isOne) continue;
      ordinals.push(part.ordinals[i] as number);
      rows.push(part.rows === null ? i : (part.rows[i] as number));
    }
    if (ordinals.length > 0) found.push({ ...part, ordinals, rows });
  }
  return found;
}

/** What the rows of a part hold in another column of theirs. */
function typesBeside({ kept, rows }: ColumnPart, by: string): (i: number) => Kept {
  const place = kept.names.indexOf(by);
  return (i) => (place < 0 ? null : kept.cell(place, rows === null ? i : (rows[i] as number)));
}
