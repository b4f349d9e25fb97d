// Columns as they stand in a text: reading a reference forward or backward from a place, past casts, and finding the
// table it belongs to.

import { isReserved } from './keywords.js';
import { type NormalForm, nameOf, Part } from './normal-form.js';
import { type Block, isName } from './outline.js';

/** A reference to a column: parts [from, to). */
export interface ColumnReference {
  from: number;
  to: number;
  column: string;
  /** The name before the dot; null: unqualified. */
  qualifier: string | null;
}

/** The column reference that ends just before part `end`, casts on it included; null where something else ends there. */
export function columnBefore(form: NormalForm, partners: Int32Array, end: number): ColumnReference | null {
  const { parts } = form;
  const last = beforeCasts(form, partners, end) - 1;
  if (last < 0 || !isName(form, last)) return null;
  let from = last;
  while (from >= 2 && parts[from - 1] === '.' && isName(form, from - 2)) from -= 2;
  if (parts[from - 1] === '.') return null;
  return reference(parts, from, last, end);
}

/** The column reference that begins at part `from`, casts on it included; null where something else does. */
export function columnAt(form: NormalForm, partners: Int32Array, from: number): ColumnReference | null {
  const { parts } = form;
  if (!isName(form, from)) return null;
  let last = from;
  while (parts[last + 1] === '.' && isName(form, last + 2)) last += 2;
  const next = parts[last + 1];
  if (next === '(' || next === '.' || next === '[') return null;
  return reference(parts, from, last, afterCasts(form, partners, last + 1));
}

function reference(parts: readonly string[], from: number, last: number, to: number): ColumnReference {
  const qualifier = last > from ? nameOf(parts[last - 2] as string) : null;
  return { from, to, column: nameOf(parts[last] as string), qualifier };
}

/** Words of the types that are called by several words. */
const TYPE_WORDS = new Set([
  'double',
  'precision',
  'character',
  'national',
  'bit',
  'varying',
  'timestamp',
  'time',
  'with',
  'without',
  'zone',
]);

/** Where what follows a value or column at `at` goes on once its casts (`::type`) are passed. */
export function afterCasts(form: NormalForm, partners: Int32Array, at: number): number {
  const { parts, kinds } = form;
  let end = at;
  while (parts[end] === '::') {
    end++;
    if (kinds[end] !== Part.word && kinds[end] !== Part.quoted) return end;
    end++;
    for (;;) {
      if (parts[end] === '.') end += 2;
      else if (parts[end] === '(' && (partners[end] as number) > 0) end = (partners[end] as number) + 1;
      else if (TYPE_WORDS.has(parts[end] as string) && TYPE_WORDS.has(parts[end - 1] as string)) end++;
      else if (TYPE_WORDS.has(parts[end] as string) && parts[end - 1] === ')') end++;
      else break;
    }
    while (parts[end] === '[' && (partners[end] as number) > 0) end = (partners[end] as number) + 1;
  }
  return end;
}

/** The longest type name, `timestamp(?) with time zone[]`, has this many parts once its brackets are passed; with a schema and dots one more each. */
const TYPE_PARTS = 6;

function beforeCasts(form: NormalForm, partners: Int32Array, end: number): number {
  const { parts } = form;
  let at = end;
  for (;;) {
    let type = at - 1;
    for (let steps = 0; steps < TYPE_PARTS && type > 0 && parts[type] !== '::'; steps++) {
      const closes = parts[type] === ')' || parts[type] === ']';
      type = closes && (partners[type] as number) >= 0 ? (partners[type] as number) - 1 : type - 1;
    }
    if (type < 1 || parts[type] !== '::' || afterCasts(form, partners, type) !== at) return at;
    at = type;
  }
}

/** How many query levels up a name is looked for; a correlated subquery that reaches further is not plain to see. */
const LEVELS_UP = 16;

/** The table that a reference in `block` belongs to; null where that is not plain to see. */
export function tableOf(reference: ColumnReference, block: Block | null): string | null {
  const { qualifier } = reference;
  if (qualifier === null) return onlySource(block);
  for (let level = 0, at = block; at !== null && level < LEVELS_UP; level++, at = at.parent) {
    const table = at.tables.get(qualifier);
    if (table !== undefined) return table;
  }
  return null;
}

/** The table of a block that has one table and no other source. */
export function onlySource(block: Block | null): string | null {
  if (block === null || block.sources !== 1) return null;
  const [table] = block.tables.values();
  return table ?? null;
}

/** May a typed literal (`date ?`) begin with this part? */
export function isTypeName({ parts, kinds }: NormalForm, at: number): boolean {
  return kinds[at] === Part.word && parts[at - 1] !== '.' && !isReserved(parts[at] as string);
}
