// What the rows of a statement consist of, as far as its text says: output columns, a lone aggregate, joined columns.

import { afterCasts, columnAt, columnBefore, onlySource, tableOf } from './columns.js';
import { type NormalForm, nameOf, Part } from './normal-form.js';
import { type Block, Clause, isName, type Outline } from './outline.js';
import type { Anatomy } from './text.js';

type Aggregate = NonNullable<Anatomy['aggregate']>;
const AGGREGATES = new Set<string>(['count', 'sum', 'min', 'max', 'avg']);

/** Output name → column, for each item of the select (or RETURNING) list that is a column and no more. */
export function outputsOf(form: NormalForm, outlined: Outline, block: Block): Anatomy['outputs'] {
  const outputs: Record<string, { table: string | null; column: string }> = Object.create(null);
  if (block.combined) return outputs;
  for (const [from, to] of itemsOf(form, outlined, block)) {
    const column = columnAt(form, outlined.partners, from);
    if (column === null || column.to > to) continue;
    const name = column.to === to ? column.column : labelOf(form, column.to, to);
    if (name !== null) outputs[name] = { table: tableOf(column, block), column: column.column };
  }
  return outputs;
}

/** The parts [from, to) of each item of a block's list. */
function itemsOf({ parts }: NormalForm, outlined: Outline, block: Block): [number, number][] {
  const opener = outlined.openers[block.at] as number;
  const items: [number, number][] = [];
  let from = block.listFrom;
  if (parts[from] === 'all') from++;
  if (parts[from] === 'distinct') {
    from++;
    if (parts[from] === 'on') from = Math.max(from, outlined.partners[from + 1] as number) + 1;
  }
  for (let at = from; at < block.listTo; at++) {
    if (parts[at] !== ',' || outlined.openers[at] !== opener) continue;
    items.push([from, at]);
    from = at + 1;
  }
  if (from < block.listTo) items.push([from, block.listTo]);
  return items;
}

/** The name given to an item by parts [from, to), where they are `[AS] name`. */
function labelOf({ parts, kinds }: NormalForm, from: number, to: number): string | null {
  const at = parts[from] === 'as' ? from + 1 : from;
  const isLabel = at === to - 1 && (kinds[at] === Part.word || kinds[at] === Part.quoted);
  return isLabel ? nameOf(parts[at] as string) : null;
}

/** The aggregate that the select list is, where it is that alone. */
export function aggregateOf(form: NormalForm, outlined: Outline, block: Block): Aggregate | null {
  const { parts } = form;
  const items = itemsOf(form, outlined, block);
  const [item] = items;
  if (items.length !== 1 || item === undefined || block.verb !== 'select' || block.combined) return null;
  const [from, to] = item;
  const name = parts[from] as string;
  if (parts[from + 1] !== '(' || (name !== 'exists' && !AGGREGATES.has(name))) return null;
  const close = outlined.partners[from + 1] as number;
  const end = afterCasts(form, outlined.partners, close + 1);
  return close > 0 && (end === to || labelOf(form, end, to) !== null) ? (name as Aggregate) : null;
}

/** Is the select list one constant, as in `SELECT 1 … LIMIT 1`? */
export function selectsConstant(form: NormalForm, outlined: Outline, block: Block): boolean {
  const items = itemsOf(form, outlined, block);
  const [item] = items;
  if (items.length !== 1 || item === undefined || block.verb !== 'select' || block.combined || block.sources === 0)
    return false;
  const [from, to] = item;
  return form.kinds[from] === Part.value && (to === from + 1 || labelOf(form, from + 1, to) !== null);
}

const BUILDS_ARRAY: ReadonlySet<string> = new Set(['json_build_array', 'jsonb_build_array']);

/** A tree of more relations than this is none. */
const ARRAYS = 20;

/** The items of each array that is built as JSON, in the order of the text. */
export function arraysOf(form: NormalForm, outlined: Outline): Anatomy['arrays'] {
  const { parts } = form;
  const { partners, blocks, levels } = outlined;
  const arrays: Anatomy['arrays'][number][] = [];
  for (let at = 0; at < parts.length && arrays.length < ARRAYS; at++) {
    if (!BUILDS_ARRAY.has(parts[at] as string) || parts[at + 1] !== '(') continue;
    const block = blocks[levels[at] as number] ?? null;
    const items = argumentsOf(form, outlined, at + 1).map(([from, to]) => {
      const column = columnAt(form, partners, from);
      return column === null || column.to !== to ? null : { table: tableOf(column, block), column: column.column };
    });
    arrays.push(items);
  }
  return arrays;
}

/** The parts [from, to) of each argument between this bracket and its partner. */
function argumentsOf({ parts }: NormalForm, { openers, partners }: Outline, open: number): [number, number][] {
  const close = partners[open] as number;
  const found: [number, number][] = [];
  let from = open + 1;
  for (let at = from; at < close; at++) {
    if (parts[at] !== ',' || openers[at] !== open) continue;
    found.push([from, at]);
    from = at + 1;
  }
  if (from < close) found.push([from, close]);
  return found;
}

/** The one table whose columns the rows consist of. */
export function onlyTableOf(block: Block): string | null {
  return block.combined ? null : onlySource(block);
}

/** Pairs of columns that are joined by `=` or USING, as `table.column`, each once. */
export function joinsOf(form: NormalForm, outlined: Outline): Anatomy['joins'] {
  const joins = new Map<string, readonly [string, string]>();
  for (let at = 0; at < form.parts.length; at++) {
    const clause = outlined.clauses[at];
    const isCondition = clause === Clause.on || clause === Clause.where;
    if (!isCondition) continue;
    if (form.parts[at] === '=' && form.kinds[at] === Part.operator) equated(form, outlined, at, joins);
    else if (clause === Clause.on && form.parts[at] === '(' && form.parts[at - 1] === 'using')
      shared(form, outlined, at, joins);
  }
  return [...joins.values()];
}

type Joins = Map<string, readonly [string, string]>;

function equated(form: NormalForm, outlined: Outline, at: number, joins: Joins): void {
  const { partners } = outlined;
  const left = columnBefore(form, partners, at);
  const right = left === null ? null : columnAt(form, partners, at + 1);
  if (left === null || right === null) return;
  if (form.kinds[left.from - 1] === Part.operator || form.kinds[right.to] === Part.operator) return;
  const block = outlined.blocks[outlined.levels[at] as number] ?? null;
  add(joins, tableOf(left, block), left.column, tableOf(right, block), right.column);
}

/** `a JOIN b USING (x)`: plain where the block has these two tables only. */
function shared(form: NormalForm, outlined: Outline, open: number, joins: Joins): void {
  const block = outlined.blocks[outlined.levels[open] as number];
  if (block === undefined || block.sources !== 2 || block.tables.size !== 2) return;
  const [left, right] = [...block.tables.values()] as [string | null, string | null];
  for (let at = open + 1; at < (outlined.partners[open] as number); at++) {
    if (!isName(form, at)) continue;
    const column = nameOf(form.parts[at] as string);
    add(joins, left, column, right, column);
  }
}

function add(joins: Joins, leftTable: string | null, left: string, rightTable: string | null, right: string): void {
  if (leftTable === null || rightTable === null) return;
  const pair = [`${leftTable}.${left}`, `${rightTable}.${right}`] as const;
  if (pair[0] !== pair[1]) joins.set(pair.join('='), pair);
}
