// What loops become when the tables grow. A loop fed by another loop's rows stands under it; the statements that feed the
// outermost one are the tree's root, and every count is so many statements per row of that root.

import { FINE_LOT, LOT } from '../profile/slices.js';
import { sorted } from '../profile/sorted.js';
import type { Statement } from '../profile/types.js';
import type { ProfileView, Repeat } from '../profile/views.js';
import type { Loop } from './loops.js';

/** The figure that growth is told for: large enough to hurt, small enough to be anyone's table. */
const ROWS_TOLD = 1_000;

/** Where one loop stands in its tree. */
export interface Growth {
  /** The statements whose rows feed the loop; empty where no source is known. */
  source: readonly Statement[];
  /** Does no other of the loops feed it? */
  isRoot: boolean;
  /** Statements of this loop and of all loops under it; a root's source included. */
  totalStatements: number;
  /** As many as would do the same: one for each loop. */
  minimalStatements: number;
  /** The table that feeds the tree; null where it is not known. */
  root: string | null;
  /** `totalStatements` if the tree's source had `ROWS_TOLD` rows; null where its rows are not known. */
  growsTo1000: number | null;
}

/** A loop in its tree, while the trees are being put together. */
interface Node {
  loop: Loop;
  source: readonly Statement[];
  parent: Node | null;
  /** The outermost loop of its tree; null where it is that itself. */
  top: Node | null;
  /** Of this loop and those under it. */
  statements: number;
  loops: number;
}

/** The growth of each loop, in the order given: that of their first statements. */
export function* growthOf(loops: readonly Loop[], view: ProfileView): Generator<void, Growth[]> {
  const growths: Growth[] = [];
  for (const node of yield* nodesOf(loops, view)) {
    const { source, parent, statements, loops: count } = node;
    const top = node.top ?? node;
    const [feed] = top.loop.flows;
    const rows = feed?.from.column === null ? 0 : (feed?.from.documentRows ?? (yield* rowsOf(top.source)));
    const besides = parent === null ? source.length : 0;
    // A loop that was broken off says nothing of how many turns it would have made.
    const isCut = feed?.rows === 'some' && wasBrokenOff(view);
    growths.push({
      source,
      isRoot: parent === null,
      totalStatements: statements + besides,
      minimalStatements: count + besides,
      root: feed?.from.table ?? null,
      growsTo1000: rows === 0 || isCut ? null : Math.round((statements * ROWS_TOLD) / rows) + besides,
    });
    yield;
  }
  return growths;
}

/** Did the scope end in an error, or because nobody waited for it any longer? A status of 500 and more is an error that somebody caught. */
function wasBrokenOff({ profile: { outcome } }: ProfileView): boolean {
  return outcome.aborted || outcome.error !== null || (outcome.status ?? 0) >= 500;
}

/** All rows that these statements returned. */
export function* rowsOf(statements: readonly Statement[]): Generator<void, number> {
  let sum = 0;
  for (let i = 0; i < statements.length; i++) {
    sum += (statements[i] as Statement).rows ?? 0;
    if (i % FINE_LOT === FINE_LOT - 1) yield;
  }
  return sum;
}

function* nodesOf(loops: readonly Loop[], view: ProfileView): Generator<void, Node[]> {
  const nodeOf = new Map<Repeat, Node>();
  const nodes: Node[] = [];
  for (const loop of loops) {
    const source = yield* sourceOf(loop, view);
    const parent = yield* parentOf(source, nodeOf, view);
    const top = parent && (parent.top ?? parent);
    const node: Node = { loop, source, parent, top, statements: loop.repeat.statements.length, loops: 1 };
    nodeOf.set(loop.repeat, node);
    nodes.push(node);
    yield;
  }
  // From the end, each tree is complete before it is added to a larger one: what is inside begins later.
  for (let i = nodes.length - 1; i >= 0; i--) {
    if (i % LOT === LOT - 1) yield;
    const { parent, statements, loops: count } = nodes[i] as Node;
    if (parent === null) continue;
    parent.statements += statements;
    parent.loops += count;
  }
  return nodes;
}

/** The statements that a loop's flows come from, in the order in which they were sent. */
function* sourceOf({ flows }: Loop, view: ProfileView): Generator<void, Statement[]> {
  if (flows.length === 0) return [];
  const found = new Set<Statement>();
  for (const { from } of flows) {
    for (const index of from.statements) {
      if (found.add(view.profile.statements[index] as Statement).size % FINE_LOT === 0) yield;
    }
  }
  return [...(yield* sorted([...found], (a, b) => a.index - b.index))];
}

/** The loop whose statements are this one's source; only loops that began earlier are known yet, so none is above itself. */
function* parentOf(
  source: readonly Statement[],
  nodeOf: ReadonlyMap<Repeat, Node>,
  view: ProfileView,
): Generator<void, Node | null> {
  const [first] = source;
  if (!first) return null;
  const above = view.repeatOf(first.index);
  let steps = 0;
  for (const { index } of source) {
    if (view.repeatOf(index) !== above) return null;
    if (++steps % FINE_LOT === 0) yield;
  }
  return nodeOf.get(above) ?? null;
}
