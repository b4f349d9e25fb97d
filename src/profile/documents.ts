// Rows inside the JSON that a statement made of them (`json_agg`, `to_jsonb`): query builders fetch a whole tree as one column. Read like the rows of a
// result of their own, one for each path. The driver has parsed them, maybe with a parser of the app's: no getter and no trap of theirs is run here.

import { types } from 'node:util';
import { ListedDocuments } from './kept-rows.js';
import type { DocumentRows } from './note.js';
import { KEY_LENGTH, type Kept, UNREADABLE } from './values.js';

/** How deep rows stand in rows: a tree of relations is rarely deeper, and a document of another kind may be. */
const DEPTH = 5;

/** Names of one row that are looked at: as many columns as a wide table has. */
const WIDTH = 100;

/** Paths of one result: more tables than this are no tree of relations but an object that is keyed by values. */
const PATHS = 20;

/** Is there room for so many values of one more row? `rows`: those that its path has. */
export type Room = (values: number, rows: number) => boolean;

/** Reads the documents of one result, cell by cell. */
export class DocumentReader {
  readonly #tables = new Map<string, Table>();
  readonly #room: Room;
  readonly #positional: boolean;
  /** Did a document have more than is looked at? */
  isCut = false;

  /** `positional`: rows are arrays (`json_build_array`), so a list of scalars is one of them. */
  constructor(positional: boolean, room: Room) {
    this.#positional = positional;
    this.#room = room;
  }

  /** One cell of the column of that name. */
  read(name: string, cell: unknown): void {
    if (isObject(cell)) this.#document(name, cell, 0);
  }

  /** What was found, path by path. */
  get tables(): DocumentRows[] {
    return [...this.#tables.values()].filter(({ count }) => count > 0);
  }

  #document(path: string, value: object, depth: number): void {
    if (types.isProxy(value)) return;
    if (!Array.isArray(value) || (this.#positional && isRow(value))) this.#row(path, value, depth);
    else this.#list(path, value, depth);
  }

  #list(path: string, list: readonly unknown[], depth: number): void {
    const { length } = list;
    for (let i = 0; i < length; i++) {
      const item = propertyOf(list, i);
      if (!isObject(item)) this.#item(path, item);
      else if (!types.isProxy(item)) this.#row(path, item, depth);
    }
  }

  #row(path: string, row: object, depth: number): void {
    const table = this.#tables.get(path) ?? this.#add(path, this.#keysOf(row), Array.isArray(row) ? row.length : null);
    if (table === null || !this.#takes(table)) return;
    const { keys, paths, cells } = table;
    for (let i = 0; i < keys.length; i++) {
      const value = propertyOf(row, keys[i] as string);
      cells.push(cellOf(value));
      if (!isObject(value)) continue;
      if (depth < DEPTH) this.#document(paths[i] as string, value, depth + 1);
      else this.isCut = true;
    }
  }

  /** Of a list of scalars: a row of one column, which is called as the list is. */
  #item(path: string, item: unknown): void {
    const table = this.#tables.get(path) ?? this.#add(path, [lastOf(path)], null);
    if (table !== null && table.keys.length === 1 && this.#takes(table)) table.cells.push(cellOf(item));
  }

  /** Is there room for one more row? */
  #takes(table: Table): boolean {
    const { keys, count, cut } = table;
    if (cut || keys.length === 0) return false;
    if (this.#room(keys.length, count)) table.count++;
    else table.cut = true;
    return !table.cut;
  }

  /** As the first row has them, since rows of one query are alike: what can be a key, and what may hold rows. */
  #keysOf(row: object): string[] {
    const keys: string[] = [];
    for (const key of Object.keys(row)) {
      const value = propertyOf(row, key);
      if (!isObject(value) && cellOf(value) === UNREADABLE) continue;
      if (keys.length < WIDTH) keys.push(key);
      else {
        this.isCut = true;
        break;
      }
    }
    return keys;
  }

  #add(path: string, keys: readonly string[], length: number | null): Table | null {
    if (this.#tables.size >= PATHS) {
      this.isCut = true;
      return null;
    }
    const isArray = length !== null;
    const names = isArray ? keys.map((place) => `${lastOf(path)}[${place}]`) : keys;
    const table = new Table(
      { names, tables: names.map(() => 0) },
      path,
      isArray ? { length, places: keys.map(Number) } : null,
    );
    table.keys = keys;
    table.paths = keys.map((key) => (isArray ? `${path}[${key}]` : `${path}.${key}`));
    this.#tables.set(path, table);
    return table;
  }
}

class Table extends ListedDocuments {
  /** Of its rows' properties. */
  keys: readonly string[] = [];
  /** Where the documents inside each column are. */
  paths: readonly string[] = [];
}

function lastOf(path: string): string {
  return path.slice(path.lastIndexOf('.') + 1);
}

function isRow(list: readonly unknown[]): boolean {
  return list.length > 0 && !isObject(propertyOf(list, 0));
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/** Never a getter's answer. */
function propertyOf(holder: object, name: string | number): unknown {
  return Object.getOwnPropertyDescriptor(holder, name)?.value;
}

/** Keys are whole numbers or short texts; nothing else in a document names a row. */
function cellOf(value: unknown): Kept {
  if (typeof value === 'string') return value.length <= KEY_LENGTH ? value : UNREADABLE;
  if (typeof value === 'number') return Number.isInteger(value) ? value : UNREADABLE;
  return value === null || value === undefined ? null : UNREADABLE;
}
