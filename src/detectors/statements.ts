// What kind of work a statement is, asked by several detectors: the app's read, the app's write, or the session's own
// housekeeping. From the shape alone, so that the answer is the same for every execution.

import { FINE_LOT } from '../profile/slices.js';
import type { Shape, Statement } from '../profile/types.js';

const READ_VERBS: ReadonlySet<string> = new Set(['select', 'values', 'table']);
const WRITE_VERBS: ReadonlySet<string> = new Set(['insert', 'update', 'delete', 'merge']);

/** Statements that may change any table, or undo changes, without naming one. */
const OPAQUE_VERBS: ReadonlySet<string> = new Set(['call', 'do', 'rollback', 'ddl', 'truncate', 'other']);

/** A select of nothing but the server's own functions (`pg_advisory_lock`, `set_config` …) or of its catalogues: drivers and ORMs send them. */
const SERVER_FUNCTION = /\b(?:pg_\w+|set_config|current_setting|nextval|currval|setval|lastval)\s?\(/;
const CATALOGUE = /^(?:pg_|"?pg_catalog"?\.|"?information_schema"?\.)/i;

/** Does it read the app's data, and change none? */
export function isRead(shape: Shape): boolean {
  return kindOf(shape) === 'read';
}

/** Does it change rows: also a SELECT whose WITH does? */
export function isWrite(shape: Shape): boolean {
  return kindOf(shape) === 'write';
}

type Kind = 'read' | 'write' | 'neither';

/** Detectors ask once for each statement; shapes are few. */
const kinds = new WeakMap<Shape, Kind>();

function kindOf(shape: Shape): Kind {
  let kind = kinds.get(shape);
  if (kind === undefined) {
    const reads = READ_VERBS.has(shape.verb);
    if (shape.writes.length > 0) kind = reads || WRITE_VERBS.has(shape.verb) ? 'write' : 'neither';
    else kind = reads && !isHousekeeping(shape) ? 'read' : 'neither';
    kinds.set(shape, kind);
  }
  return kind;
}

function isHousekeeping(shape: Shape): boolean {
  if (shape.reads.length > 0) return shape.reads.every((table) => CATALOGUE.test(table));
  return SERVER_FUNCTION.test(shape.text);
}

/** The tables it may change. A function that a SELECT without a table calls may change any. */
export function changedBy(shape: Shape): readonly string[] | 'anything' {
  if (OPAQUE_VERBS.has(shape.verb)) return 'anything';
  const callsOnly = shape.verb === 'select' && shape.reads.length === 0 && shape.text.includes('(');
  return callsOnly && !SERVER_FUNCTION.test(shape.text) ? 'anything' : shape.writes;
}

/** Does its text read rows from an array or a JSON document, so that one execution handles many? */
export function isSetBased(shape: Shape): boolean {
  return /\b(?:unnest|jsonb?_(?:populate_recordset|to_recordset|array_elements(?:_text)?))\s?\(/.test(shape.text);
}

/** Their places in the profile, in slices. */
export function* indexesOf(statements: readonly Statement[]): Generator<void, number[]> {
  const indexes = new Array<number>(statements.length);
  for (let i = 0; i < statements.length; i++) {
    indexes[i] = (statements[i] as Statement).index;
    if (i % FINE_LOT === FINE_LOT - 1) yield;
  }
  return indexes;
}
