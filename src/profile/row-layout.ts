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
  /** The name of its one column, where that counts or says whether there is something; null: it has none such. */
  readonly counter: string | null;
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

/** bool, int8, int4, numeric. */
const COUNTING: ReadonlySet<number> = new Set([16, 20, 23, 1700]);

const BUILDS_ARRAYS = /\bjsonb?_build_array\b/i;

/** A layout with the fields that it was made of: a text may be answered otherwise by another database, or after a migration. */
interface Known {
  readonly text: string;
  /** Name, table and type of each field, one behind the other: they are compared for each result, and lie together in memory so. */
  readonly fields: readonly (string | number)[];
  readonly layout: RowLayout;
}

const known = new BoundedCache<Known>({ entries: 2_000, characters: 2_000_000 });

/** The last one that was asked for: a loop asks for one again and again. */
let last: Known | null = null;

/** The layout of a text's rows, by the fields of its result. */
export function layoutOf(text: string, fields: readonly DriverField[]): RowLayout {
  const found = last !== null && last.text === text ? last : known.get(text);
  last = found !== undefined && isOf(found.fields, fields) ? found : remember(text, fields);
  return last.layout;
}

function remember(text: string, fields: readonly DriverField[]): Known {
  const flat = fields.flatMap(({ name, tableID, dataTypeID }) => [name, tableID, dataTypeID]);
  const fresh = { text, fields: flat, layout: makeLayout(text, fields) };
  known.set(text, fresh);
  return fresh;
}

function isOf(known: Known['fields'], fields: readonly DriverField[]): boolean {
  if (known.length !== fields.length * 3) return false;
  for (let i = 0, at = 0; i < fields.length; i++, at += 3) {
    const { name, tableID, dataTypeID } = fields[i] as DriverField;
    if (name !== known[at] || tableID !== known[at + 1] || dataTypeID !== known[at + 2]) return false;
  }
  return true;
}

function makeLayout(text: string, fields: readonly DriverField[]): RowLayout {
  const kept = [...fields.keys()].filter((i) => !NEVER_KEYS.has((fields[i] as DriverField).dataTypeID));
  const [first] = fields;
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
    counter:
      fields.length === 1 && first !== undefined && COUNTING.has(first.dataTypeID) ? asPropertyName(first.name) : null,
  };
}

/** The engine's own copy of a name: by that it finds a property of any row at once, while it has to look each other text up first. */
function asPropertyName(name: string): string {
  return Object.keys({ [name]: null })[0] as string;
}
