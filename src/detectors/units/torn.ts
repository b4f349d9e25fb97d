// Which units stayed though what belongs to them did not come to be: the failures that a transaction would have undone. Not those that were tried
// again, nor those that the app undid itself.

import { addTo } from '../../profile/grouped.js';
import { FINE_LOT } from '../../profile/slices.js';
import { sorted } from '../../profile/sorted.js';
import type { Statement } from '../../profile/types.js';
import type { ProfileView } from '../../profile/views.js';
import type { Confidence } from '../detector.js';
import { hasFailed } from '../outcome.js';
import type { Relation, UnitGraph } from './relations.js';
import type { Unit, UnitNode } from './units.js';

/** Work that was left half done. */
export interface Torn {
  /** In the order in which they were sent. */
  stayed: readonly Unit[];
  /** What failed, or was rolled back; null: the request itself failed. */
  gone: Unit | null;
  confidence: Confidence;
  /** What ties them, as clauses. */
  why: readonly string[];
}

/** A unique key that was there already: the answer that many apps wait for. */
const UNIQUE_VIOLATION = '23505';

export function* tornIn(graph: UnitGraph, view: ProfileView): Generator<void, Torn[]> {
  const { nodes } = graph;
  const found: Torn[] = [];
  const failed = hasFailed(view.profile);
  let index: Index | null = null;
  for (const node of nodes) {
    yield;
    const gone = yield* firstGone(node);
    if (gone === null) continue;
    index ??= yield* indexOf(graph);
    if (yield* wasRepeated(gone, index)) continue;
    const ties: TornTie[] = yield* tiesInLoop(node, gone);
    for (const relation of index.sure.get(node) ?? []) {
      for (const tie of yield* tieTo(relation, node, gone)) ties.push(tie);
    }
    const stayed: Unit[] = [];
    const why = new Set<string>();
    let proven = false;
    for (const tie of ties) {
      if (yield* wasUndone(tie.unit, gone, index)) continue;
      why.add(tie.why);
      proven ||= tie.confidence === 'proven';
      if (stayed.push(tie.unit) % FINE_LOT === 0) yield;
    }
    if (stayed.length === 0) continue;
    const isExpected = gone.failure?.error?.code === UNIQUE_VIOLATION && !failed;
    found.push({
      stayed: yield* inOrder(stayed),
      gone,
      confidence: isExpected ? 'possible' : failed && proven ? 'proven' : 'likely',
      why: [...why],
    });
  }
  if (found.length > 0 || !failed) return found;
  const units: Unit[] = [];
  for (const { fate, aside, late, ambient, units: own } of nodes) {
    if (fate !== 'stayed' || aside || late || ambient) continue;
    for (const unit of own) if (unit.fate === 'stayed' && units.push(unit) % FINE_LOT === 0) yield;
  }
  return units.length === 0 ? found : [{ stayed: yield* inOrder(units), gone: null, confidence: 'likely', why: [] }];
}

/** What is asked of each unit that is gone, looked up. */
interface Index {
  nodeOf: ReadonlyMap<Unit, UnitNode>;
  /** Relations that are more than possible, by either node. */
  sure: ReadonlyMap<UnitNode, readonly Relation[]>;
  /** All relations, by the earlier node. */
  from: ReadonlyMap<UnitNode, readonly Relation[]>;
  /** Of each write with its values, where the last unit begins that stayed with it. */
  lastStayed: ReadonlyMap<string, number>;
}

function* indexOf({ nodes, relations }: UnitGraph): Generator<void, Index> {
  const nodeOf = new Map<Unit, UnitNode>();
  const sure = new Map<UnitNode, Relation[]>();
  const from = new Map<UnitNode, Relation[]>();
  const lastStayed = new Map<string, number>();
  let steps = 0;
  for (const node of nodes) {
    for (const unit of node.units) {
      nodeOf.set(unit, node);
      if (++steps % FINE_LOT === 0) yield;
      if (unit.fate !== 'stayed') continue;
      for (const write of unit.writes) {
        const sent = sentAs(write);
        lastStayed.set(sent, Math.max(lastStayed.get(sent) ?? -1, startOf(unit)));
        if (++steps % FINE_LOT === 0) yield;
      }
    }
  }
  for (const relation of relations) {
    addTo(from, relation.from, relation);
    if (relation.confidence !== 'possible') {
      addTo(sure, relation.from, relation);
      addTo(sure, relation.to, relation);
    }
    if (++steps % FINE_LOT === 0) yield;
  }
  return { nodeOf, sure, from, lastStayed };
}

function* firstGone({ units }: UnitNode): Generator<void, Unit | null> {
  for (let i = 0; i < units.length; i++) {
    if (i % FINE_LOT === FINE_LOT - 1) yield;
    const unit = units[i] as Unit;
    if (unit.fate === 'gone' && unit.failure !== null) return unit;
  }
  return null;
}

interface TornTie {
  unit: Unit;
  confidence: Confidence;
  why: string;
}

/** What the relation ties to a unit that is gone, as far as it was there before it, and stayed. */
function* tieTo({ from, to, kind, confidence, why }: Relation, node: UnitNode, gone: Unit): Generator<void, TornTie[]> {
  // That one stayed and the other failed is seen; amounts that cancel out leave no doubt that they belong together.
  const grade = kind === 'opposite' ? 'proven' : confidence;
  return yield* stayedBefore(gone, from === node ? to : from, grade, why);
}

/** The turns of a loop before the one that failed. */
function tiesInLoop(node: UnitNode, gone: Unit): Generator<void, TornTie[]> {
  return stayedBefore(gone, node, 'likely', 'they are turns of one loop');
}

function* stayedBefore(
  gone: Unit,
  { units }: UnitNode,
  confidence: Confidence,
  why: string,
): Generator<void, TornTie[]> {
  const ties: TornTie[] = [];
  for (let i = 0; i < units.length; i++) {
    if (i % FINE_LOT === FINE_LOT - 1) yield;
    const unit = units[i] as Unit;
    if (unit.fate === 'stayed' && startOf(unit) < startOf(gone)) ties.push({ unit, confidence, why });
  }
  return ties;
}

const startOf = ({ writes }: Unit): number => (writes[0] as Statement).index;

function* inOrder(units: readonly Unit[]): Generator<void, Unit[]> {
  return [...(yield* sorted([...new Set(units)], (a, b) => startOf(a) - startOf(b)))];
}

const sentAs = ({ shape, valuesKey }: Statement): string => `${shape.id} ${valuesKey}`;

/** Did the app send the same again, and was it kept then? */
function* wasRepeated({ writes, failure }: Unit, { lastStayed }: Index): Generator<void, boolean> {
  const start = (writes[0] as Statement).index;
  const again = (write: Statement) => (lastStayed.get(sentAs(write)) ?? -1) > start;
  for (let i = 0; i < writes.length; i++) {
    if (i % FINE_LOT === FINE_LOT - 1) yield;
    if (!again(writes[i] as Statement)) return false;
  }
  return failure === null || failure.shape.writes.length === 0 || again(failure);
}

/** Did the app take it back after the failure: a DELETE or an UPDATE of the same row? */
function* wasUndone(unit: Unit, gone: Unit, { nodeOf, from }: Index): Generator<void, boolean> {
  const relations = from.get(nodeOf.get(unit) as UnitNode) ?? [];
  const tables = new Set(unit.writes[0]?.shape.writes);
  for (let i = 0; i < relations.length; i++) {
    if (i % FINE_LOT === FINE_LOT - 1) yield;
    const { to } = relations[i] as Relation;
    const { index, shape } = to.writes[0] as Statement;
    if (to.fate !== 'stayed' || index < startOf(gone)) continue;
    if ((shape.verb === 'delete' || shape.verb === 'update') && shape.writes.some((table) => tables.has(table)))
      return true;
  }
  return false;
}
