// When a repeated statement is fed by its own earlier rows: a walk over a tree or along a list. It stands apart from the
// flows between statements, because here the order to be seen is that of one result's rows, whoever asked first.

import type { ColumnPart, SourceColumn } from './columns.js';
import { boundOf, type Execution } from './execution.js';
import { FINE_LOT, LOT } from './slices.js';
import { sorted } from './sorted.js';

/** How well one column of a group's own rows explains the values that the group was bound to later. */
export interface WalkFit {
  column: SourceColumn;
  /** Those that got a value from earlier rows of the group, and those whose rows gave one. */
  fed: Execution[];
  feeding: ReadonlySet<Execution>;
  /** That came back in all. */
  rows: number;
  /** Those that got at least one value from elsewhere: where the walk starts. */
  starts: Execution[];
  /** Different values that came from own rows. */
  values: ReadonlySet<number>;
  /** Different values that came from elsewhere, in the order in which they were sent. */
  entries: number[];
  /** Did one that was fed feed another: three steps in a row? */
  deep: boolean;
  /** Was everything that the column held asked for? The walk went on to the end. */
  tight: boolean;
  /** Were the values of each result asked for in the order of its rows, or all of them in reverse? */
  ordered: boolean;
}

interface Origin {
  part: ColumnPart;
  row: number;
}

/** The executions that may be a walk, in the order of the app's calls. */
interface Walking {
  executions: readonly Execution[];
  /** Which they are marked with. */
  number: number;
}

/** The fit of one column of the group's own rows, in slices. */
export function* walkFit(
  { executions, number }: Walking,
  slot: number,
  column: SourceColumn,
): Generator<void, WalkFit> {
  const own: ColumnPart[] = [];
  let looked = 0;
  let rows = 0;
  for (const part of column.parts) {
    if (part.execution.lookedAtIn === number) {
      own.push(part);
      rows += part.kept.count;
    }
    if (++looked % FINE_LOT === 0) yield;
  }
  const parts = yield* sorted(own, (a, b) => a.execution.answeredOrder - b.execution.answeredOrder);
  const origins = new Map<number, Origin>();
  const fed: Execution[] = [];
  const feeding = new Set<Execution>();
  const starts: Execution[] = [];
  const values = new Set<number>();
  const entries = new Set<number>();
  const asked = new Set<number>();
  const order = new RowOrder();
  let arrived = 0;
  let deep = false;
  const fedBefore = new Set<Execution>();

  for (const execution of executions) {
    if (++looked % LOT === 0) yield;
    for (
      let part = parts[arrived];
      part && part.execution.answeredOrder < execution.sentOrder;
      part = parts[++arrived]
    ) {
      for (let row = 0; row < part.ordinals.length; row++) {
        if (++looked % LOT === 0) yield;
        const ordinal = part.ordinals[row] as number;
        if (ordinal >= 0) origins.set(ordinal, { part, row });
      }
    }
    let isFed = false;
    let isStart = false;
    for (const ordinal of boundOf(execution, slot)) {
      if (++looked % LOT === 0) yield;
      const origin = origins.get(ordinal);
      if (origin === undefined) {
        isStart = true;
        entries.add(ordinal);
      } else {
        isFed = true;
        values.add(ordinal);
        feeding.add(origin.part.execution);
        if (fedBefore.has(origin.part.execution)) deep = true;
        if (!asked.has(ordinal)) order.add(origin);
      }
      asked.add(ordinal);
    }
    if (isFed) {
      fed.push(execution);
      fedBefore.add(execution);
    }
    if (isStart) starts.push(execution);
  }

  yield;
  return {
    column,
    fed,
    feeding,
    rows,
    starts,
    values,
    entries: [...entries],
    deep,
    tight: yield* isTight(executions, parts, column, asked),
    ordered: order.holds,
  };
}

/** In which order the rows of each result were asked for. */
class RowOrder {
  readonly #last = new Map<ColumnPart, number>();
  #up = false;
  #down = false;

  add({ part, row }: Origin): void {
    const before = this.#last.get(part);
    if (before !== undefined && row > before) this.#up = true;
    if (before !== undefined && row < before) this.#down = true;
    this.#last.set(part, row);
  }

  /** Rows that come one to a result have no other order than the one they arrived in. */
  get holds(): boolean {
    return !(this.#up && this.#down);
  }
}

/** A result of whose values none was bound anywhere has no part, but what it held was not asked for either. */
function* isTight(
  group: readonly Execution[],
  parts: readonly ColumnPart[],
  column: SourceColumn,
  asked: ReadonlySet<number>,
): Generator<void, boolean> {
  const known = new Set<Execution>();
  let values = 0;
  for (const { execution, ordinals } of parts) {
    known.add(execution);
    for (const ordinal of ordinals) {
      if (!asked.has(ordinal)) return false;
      if (++values % FINE_LOT === 0) yield;
    }
  }
  for (const execution of group) {
    if (++values % LOT === 0) yield;
    if (!known.has(execution) && holdsAny(execution, column)) return false;
  }
  return true;
}

function holdsAny({ kept }: Execution, { document, output }: SourceColumn): boolean {
  const rows = document === null ? kept : kept?.documents?.find(({ path }) => path === document);
  if (!rows) return false;
  const place = rows.names.indexOf(output);
  if (place < 0) return false;
  for (let row = 0; row < rows.count; row++) if (rows.cell(place, row) !== null) return true;
  return false;
}
