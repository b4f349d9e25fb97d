// Which columns of a result are kept, and where its rows hold them: worked out once for each text, because the results of one text are all
// alike and the arrays that say so would be most of what a small result leaves behind.

import { BoundedCache } from '../sql/bounded-cache.js';

/** The slice of pg's fields that is read. */
export interface DriverField {
  name: string;
  tableID: number;
  dataTypeID: number;
}

export interface RowLayout {
  /** Output names of the kept columns. */
  readonly names: readonly string[];
  /** pg's `fields[].tableID` of each (0: an expression). */
  readonly tables: readonly number[];
  /** Where each stands among the fields of a row. */
  readonly places: readonly number[];
  /** JSON that the statement made itself, of rows: documents that stand in a table are no rows. */
  readonly documents: readonly { readonly name: string; readonly place: number }[];
  /** Are the rows in it written as arrays, as `json_build_array` does? */
  readonly positional: boolean;
}

/**
 * Types whose values never name a row, so that following them would only cost: bool, bytea, json, point, xml, float4, float8, money, bit, jsonb, tsvector, box …
 * and the arrays of these. (OIDs of pg_type.dat; they are fixed for built-in types.)
 */
const NEVER_KEYS: ReadonlySet<number> = new Set([
  16, 17, 114, 142, 600, 601, 602, 603, 604, 700, 701, 718, 790, 1560, 1562, 3614, 3802, 143, 199, 629, 719, 791, 1000,
  1001, 1017, 1018, 1019, 1020, 1021, 1022, 1027, 1561, 1563, 3643, 3807,
]);

/** json and jsonb. */
const DOCUMENTS: ReadonlySet<number> = new Set([114, 3802]);

const BUILDS_ARRAYS = /\bjsonb?_build_array\b/i;

/** A layout with the fields that it was made of: a text may be answered otherwise by another database, or after a migration. */
interface Known {
  readonly fields: readonly DriverField[];
  readonly layout: RowLayout;
}

const known = new BoundedCache<Known>({ entries: 2_000, characters: 2_000_000 });

/** The layout of a text's rows, by the fields of its result. */
export function layoutOf(text: string, fields: readonly DriverField[]): RowLayout {
  const last = known.get(text);
  if (last !== undefined && isAlike(last.fields, fields)) return last.layout;
  const layout = makeLayout(text, fields);
  const copies = fields.map(({ name, tableID, dataTypeID }) => ({ name, tableID, dataTypeID }));
  known.set(text, { fields: copies, layout });
  return layout;
}

function isAlike(a: readonly DriverField[], b: readonly DriverField[]): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) {
    const one = a[i] as DriverField;
    const other = b[i] as DriverField;
    if (one.name !== other.name || one.tableID !== other.tableID || one.dataTypeID !== other.dataTypeID) return false;
  }
  return true;
}

function makeLayout(text: string, fields: readonly DriverField[]): RowLayout {
  const kept = [...fields.keys()].filter((i) => !NEVER_KEYS.has((fields[i] as DriverField).dataTypeID));
  const documents = [...fields.keys()].filter((i) => {
    const { tableID, dataTypeID } = fields[i] as DriverField;
    return tableID === 0 && DOCUMENTS.has(dataTypeID);
  });
  return {
    names: kept.map((i) => asPropertyName((fields[i] as DriverField).name)),
    tables: kept.map((i) => (fields[i] as DriverField).tableID),
    places: kept,
    documents: documents.map((place) => ({ name: (fields[place] as DriverField).name, place })),
    positional: documents.length > 0 && BUILDS_ARRAYS.test(text),
  };
}

/** The engine's own copy of a name: by that it finds a property of any row at once, while it has to look each other text up first. */
function asPropertyName(name: string): string {
  return Object.keys({ [name]: null })[0] as string;
}
