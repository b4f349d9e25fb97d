// Which units stayed though what belongs to them did not come to be: the failures that a transaction would have undone. Not those that were tried
// again, nor those that the app undid itself.

import type { Statement } from '../../profile/types.js';
import type { ProfileView } from '../../profile/views.js';
import type { Confidence } from '../detector.js';
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

export function* tornIn({ nodes, relations }: UnitGraph, view: ProfileView): Generator<void, Torn[]> {
  const found: Torn[] = [];
  const neighbours = new Map<UnitNode, Relation[]>();
  for (const relation of relations) {
    if (relation.confidence === 'possible') continue;
    for (const node of [relation.from, relation.to]) neighbours.set(node, [...(neighbours.get(node) ?? []), relation]);
  }
  const failed = hasFailed(view);
  for (const node of nodes) {
    yield;
    const gone = node.units.find(({ fate, failure }) => fate === 'gone' && failure !== null);
    if (gone === undefined || wasRepeated(gone, nodes)) continue;
    const ties = [
      ...tiesInLoop(node, gone),
      ...(neighbours.get(node) ?? []).flatMap((relation) => tieTo(relation, node, gone)),
    ];
    const left = ties.filter(({ unit }) => !wasUndone(unit, gone, nodes, relations));
    if (left.length === 0) continue;
    const isExpected = gone.failure?.error?.code === UNIQUE_VIOLATION && !failed;
    const isProven = failed && left.some(({ confidence }) => confidence === 'proven');
    found.push({
      stayed: inOrder(left.map(({ unit }) => unit)),
      gone,
      confidence: isExpected ? 'possible' : isProven ? 'proven' : 'likely',
      why: [...new Set(left.map(({ why }) => why))],
    });
  }
  if (found.length > 0 || !failed) return found;
  const stayed = nodes.filter(({ fate, aside, late, ambient }) => fate === 'stayed' && !aside && !late && !ambient);
  if (stayed.length === 0) return found;
  const units = stayed.flatMap((node) => node.units.filter(({ fate }) => fate === 'stayed'));
  return [{ stayed: inOrder(units), gone: null, confidence: 'likely', why: [] }];
}

/** Did the request, or the function, end in an error? */
export function hasFailed({ profile: { outcome } }: ProfileView): boolean {
  return outcome.error !== null || (outcome.status ?? 0) >= 500;
}

interface TornTie {
  unit: Unit;
  confidence: Confidence;
  why: string;
}

/** What the relation ties to a unit that is gone, as far as it was there before it, and stayed. */
function tieTo({ from, to, kind, confidence, why }: Relation, node: UnitNode, gone: Unit): TornTie[] {
  const other = from === node ? to : from;
  // That one stayed and the other failed is seen; amounts that cancel out leave no doubt that they belong together.
  const grade = kind === 'opposite' ? 'proven' : confidence;
  return other.units
    .filter((unit) => unit.fate === 'stayed' && startOf(unit) < startOf(gone))
    .map((unit) => ({ unit, confidence: grade, why }));
}

/** The turns of a loop before the one that failed. */
function tiesInLoop({ units }: UnitNode, gone: Unit): TornTie[] {
  return units
    .filter((unit) => unit.fate === 'stayed' && startOf(unit) < startOf(gone))
    .map((unit) => ({ unit, confidence: 'likely' as const, why: 'they are turns of one loop' }));
}

const startOf = ({ writes }: Unit): number => (writes[0] as Statement).index;

const inOrder = (units: readonly Unit[]): Unit[] => [...new Set(units)].sort((a, b) => startOf(a) - startOf(b));

/** Did the app send the same again, and was it kept then? */
function wasRepeated(gone: Unit, nodes: readonly UnitNode[]): boolean {
  const wanted = sentOf(gone.failure === null ? gone.writes : [...new Set([...gone.writes, gone.failure])]);
  return nodes.some(({ units }) =>
    units.some(
      (unit) => unit.fate === 'stayed' && startOf(unit) > startOf(gone) && includes(sentOf(unit.writes), wanted),
    ),
  );
}

const sentOf = (writes: readonly Statement[]): string[] =>
  writes.filter(({ shape }) => shape.writes.length > 0).map(({ shape, valuesKey }) => `${shape.id} ${valuesKey}`);

const includes = (all: readonly string[], wanted: readonly string[]): boolean =>
  wanted.length > 0 && wanted.every((each) => all.includes(each));

/** Did the app take it back after the failure: a DELETE or an UPDATE of the same row? */
function wasUndone(unit: Unit, gone: Unit, nodes: readonly UnitNode[], relations: readonly Relation[]): boolean {
  const node = nodes.find(({ units }) => units.includes(unit));
  return relations.some(({ from, to }) => {
    if (from !== node || to.fate !== 'stayed') return false;
    const write = to.writes[0] as Statement;
    if (write.index < startOf(gone) || !(write.shape.verb === 'delete' || write.shape.verb === 'update')) return false;
    return unit.writes.some(({ shape }) => shape.writes.some((table) => write.shape.writes.includes(table)));
  });
}
