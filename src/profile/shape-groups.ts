// The executions whose values may be followed back to rows: those of a shape that was sent more than once, or that bound a list. Most shapes of a request are
// sent once, with single values, of which nothing could be told from chance.

import type { Execution } from './execution.js';
import { LOT } from './slices.js';

/** The executions of one shape by call site, in the order of the app's calls. */
export type ShapeGroups = readonly (readonly Execution[])[];

/** Those of each shape, in the order of their first. `counts`: how often each was sent. */
export function* groupsByShape(
  executions: readonly Execution[],
  counts: readonly number[],
): Generator<void, ShapeGroups[]> {
  const byShape: (Gathered | undefined)[] = [];
  const all: ShapeGroups[] = [];
  for (let i = 0; i < executions.length; i++) {
    if (i % LOT === LOT - 1) yield;
    const execution = executions[i] as Execution;
    const { shape, statement, lists } = execution;
    if ((counts[shape] === 1 && lists === null) || statement.shape.slots.length === 0) continue;
    const known = byShape[shape];
    if (known !== undefined) add(known, execution);
    else {
      const groups = [[execution]];
      byShape[shape] = { groups, last: 0, bySite: null };
      all.push(groups);
    }
  }
  return all;
}

/** The executions of one shape while they are put together. */
interface Gathered {
  readonly groups: Execution[][];
  /** The group of the execution before, which most often is the next one's. */
  last: number;
  /** By the number that the executions of a call site share, their group's place; null while there is only one. */
  bySite: Map<number, number> | null;
}

function add(shape: Gathered, execution: Execution): void {
  const { groups } = shape;
  const site = execution.group;
  if (siteOf(groups, shape.last) !== site) {
    shape.bySite ??= new Map([[siteOf(groups, 0), 0]]);
    let place = shape.bySite.get(site);
    if (place === undefined) {
      place = groups.push([]) - 1;
      shape.bySite.set(site, place);
    }
    shape.last = place;
  }
  (groups[shape.last] as Execution[]).push(execution);
}

const siteOf = (groups: ShapeGroups, place: number): number =>
  ((groups[place] as readonly Execution[])[0] as Execution).group;
