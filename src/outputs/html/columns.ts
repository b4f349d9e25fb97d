// Rows of numbers, column by column: what changes little from row to row then stands side by side, which is what makes 100,000 statements
// small. Written on this side and read in the page, so both directions stand in one file.

/** Null: not known. */
export type Cell = number | null;

/** Each column as a list, or as one cell where all rows have the same. */
export interface PackedColumns {
  rows: number;
  columns: Readonly<Record<string, readonly Cell[] | Cell>>;
}

export type Row<Name extends string> = Record<Name, Cell>;

/** `names` fixes which columns there are, and their order. */
export function packColumns<Name extends string>(rows: readonly Row<Name>[], names: readonly Name[]): PackedColumns {
  const columns = names.map((name) => [name, packColumn(rows.map((row) => row[name]))] as const);
  return { rows: rows.length, columns: Object.fromEntries(columns) };
}

function packColumn(cells: readonly Cell[]): readonly Cell[] | Cell {
  const [first = null] = cells;
  return cells.every((cell) => cell === first) ? first : cells;
}

/** Reads single cells, so that no row has to be made of all there are. */
export function cellReader<Name extends string>({ columns }: PackedColumns): (name: Name, row: number) => Cell {
  return (name, row) => {
    const column = columns[name];
    return Array.isArray(column) ? (column[row] ?? null) : ((column as Cell | undefined) ?? null);
  };
}
