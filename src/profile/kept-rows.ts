// The rows of results as they are kept: all their values in one list, row by row, since a list for each column would be most of what a small result leaves behind.

import type { DocumentRows, KeptRows } from './note.js';
import type { Kept } from './values.js';

/** What the columns of rows are called, and which table each is of. */
interface Heads {
  readonly names: readonly string[];
  readonly tables: readonly number[];
}

/** All rows of a result that came with its answer. Their values stand in a list that others share. */
export class NotedRows implements KeptRows {
  readonly #heads: Heads;
  readonly #cells: readonly Kept[];
  readonly #from: number;
  readonly count: number;

  /** `from`: where the first row begins among the cells. */
  constructor(heads: Heads, cells: readonly Kept[], from: number, count: number) {
    this.#heads = heads;
    this.#cells = cells;
    this.#from = from;
    this.count = count;
  }

  get names(): readonly string[] {
    return this.#heads.names;
  }

  get tables(): readonly number[] {
    return this.#heads.tables;
  }

  get cut(): boolean {
    return false;
  }

  get portions(): null {
    return null;
  }

  get documents(): null {
    return null;
  }

  cell(column: number, row: number): Kept {
    return this.#cells[this.#from + row * this.#heads.names.length + column] as Kept;
  }
}

/** Rows with a list of their own, to which more may be added. */
export class ListedRows implements KeptRows {
  readonly names: readonly string[];
  readonly tables: readonly number[];
  /** Their values, one row's behind the other's. */
  readonly cells: Kept[];
  count = 0;
  cut = false;
  portions: KeptRows['portions'] = null;
  documents: readonly DocumentRows[] | null = null;

  constructor({ names, tables }: Heads, cells: Kept[] = []) {
    this.names = names;
    this.tables = tables;
    this.cells = cells;
  }

  cell(column: number, row: number): Kept {
    return this.cells[row * this.names.length + column] as Kept;
  }
}

/** Those inside JSON. */
export class ListedDocuments extends ListedRows implements DocumentRows {
  readonly path: string;
  readonly array: DocumentRows['array'];

  constructor(heads: Heads, path: string, array: DocumentRows['array'], cells?: Kept[]) {
    super(heads, cells);
    this.path = path;
    this.array = array;
  }
}
