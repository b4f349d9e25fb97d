// Many records of one kind as columns: names stand once, and what is the same for all stands once. Statements of a loop differ in little.

/** The value of each record, in order; or the one that all of them have. */
export type Column<V> = V[] | { all: V };

export interface Columns<R> {
  count: number;
  columns: { [K in keyof R]: Column<R[K]> };
}

/** Yields after as many values, so that no stretch grows with the number of records. */
const LOT = 512;

/** Every record has the members `names`, and no other is kept. */
export function* toColumns<R extends object>(
  records: readonly R[],
  names: readonly (keyof R)[],
): Generator<void, Columns<R>> {
  const columns = {} as Columns<R>['columns'];
  const isSmall = records.length <= LOT;
  for (const name of names) columns[name] = isSmall ? smallColumnOf(records, name) : yield* columnOf(records, name);
  return { count: records.length, columns };
}

/** Nearly all scopes have no more of anything than one lot, and a generator for each column takes longer than what is in it. */
function smallColumnOf<R, K extends keyof R>(records: readonly R[], name: K): Column<R[K]> {
  const values: R[K][] = [];
  return columnWith(values, addLot(values, records, name));
}

function* columnOf<R, K extends keyof R>(records: readonly R[], name: K): Generator<void, Column<R[K]>> {
  const values: R[K][] = [];
  let isConstant = addLot(values, records, name);
  while (values.length < records.length) {
    yield;
    isConstant = addLot(values, records, name) && isConstant;
  }
  return columnWith(values, isConstant);
}

/** Adds the values of the records that come next. Are they all what the first one has? */
function addLot<R, K extends keyof R>(values: R[K][], records: readonly R[], name: K): boolean {
  const end = Math.min(values.length + LOT, records.length);
  let isConstant = true;
  for (let i = values.length; i < end; i++) {
    const value = (records[i] as R)[name];
    isConstant &&= isSame(value, (records[0] as R)[name]);
    values.push(value);
  }
  return isConstant;
}

function columnWith<V>(values: V[], isConstant: boolean): Column<V> {
  return isConstant && values.length > 0 ? { all: values[0] as V } : values;
}

function isSame(a: unknown, b: unknown): boolean {
  return a === b || (Array.isArray(a) && Array.isArray(b) && a.length === 0 && b.length === 0);
}

/** The records again. Throws where a column is not as long as they are many. */
export function fromColumns<R extends object>({ count, columns }: Columns<R>, names: readonly (keyof R)[]): R[] {
  const readers = names.map((name) => [name, valuesOf(columns[name], count)] as const);
  return Array.from({ length: count }, (_, i) => {
    const record = {} as R;
    for (const [name, valueAt] of readers) record[name] = valueAt(i);
    return record;
  });
}

function valuesOf<V>(column: Column<V>, count: number): (i: number) => V {
  if (!Array.isArray(column)) return () => column.all;
  if (column.length !== count) throw new RangeError(`a column of ${column.length} values for ${count} records`);
  return (i) => column[i] as V;
}
