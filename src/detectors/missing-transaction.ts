// Finds writes that belong together and were committed apart: what if the second one fails? What belongs together is known from the values that
// went from one into the next, from keys that they share, and from one table written by one function.

import { FINE_LOT } from '../profile/slices.js';
import { sorted } from '../profile/sorted.js';
import type { CallSite, Statement } from '../profile/types.js';
import type { ProfileView } from '../profile/views.js';
import { type Confidence, type Detection, type Detector, type Evidence, sliced, type Words } from './detector.js';
import { escapesIn } from './escapes.js';
import { counted } from './figures.js';
import { inOneTransaction, libraryOf } from './library-words.js';
import { capital, deedOf } from './statement-name.js';
import { type Relation, showsOneScope, type UnitGraph, unitGraphOf } from './units/relations.js';
import { tornIn } from './units/torn.js';
import type { Unit, UnitNode } from './units/units.js';

export const missingTransaction: Detector = sliced({
  meta: {
    id: 'missing-transaction',
    severity: 'error',
    summary: 'writes that belong together, committed apart',
    page: 'dist/detectors/missing-transaction.md',
    clock: false,
  },

  needs: 'writes',

  *detect(view: ProfileView): Generator<void, Detection> {
    const graph = yield* unitGraphOf(view);
    if (graph.nodes.length < 2) return { evidence: [], dismissals: [] };
    const told = yield* toldElsewhere(graph, view);
    const kept = graph.nodes.filter(({ fate }) => fate === 'stayed');
    const sure = graph.relations.filter(({ confidence }) => confidence !== 'possible');
    const evidence: Evidence[] = [];
    const left: UnitNode[] = [];
    for (const group of yield* groupsOf(kept, sure)) {
      yield;
      const [first] = group.nodes as [UnitNode];
      if (group.nodes.length === 1) left.push(first);
      else if (!group.nodes.some((node) => told.has(node))) evidence.push(yield* evidenceOf(group, view));
    }
    const apart = left.filter((node) => !told.has(node));
    if (apart.length > 1) {
      const both = new Set(apart);
      const unsure = graph.relations.filter(({ from, to }) => both.has(from) && both.has(to));
      // Where a scope may be several requests, that they stand in one says nothing.
      if (unsure.length > 0 || view.profile.visible.bounds !== false)
        evidence.push(yield* evidenceOf({ nodes: apart, relations: unsure, confidence: 'possible' }, view));
    }
    return { evidence, dismissals: [] };
  },

  word(evidence: Evidence, view: ProfileView): Words {
    const { confidence, data } = evidence;
    const isPossible = confidence === 'possible';
    const ties =
      isPossible && data.ties === ''
        ? 'Nothing that was seen ties them: it is for you to know whether one may stay without the others.'
        : `${capital(String(data.ties))}.`;
    const late =
      Number(data.late) === 0
        ? ''
        : ` ${counted(Number(data.late), 'write')} came after the response, so nobody was told of a failure.`;
    return {
      message: String(data.message),
      why: ties + late,
      advice: `${inOneTransaction(libraryOf(evidence, view))}, so that all of them stay or none. Where one may well stay without the others, say so with allow().`,
      replacement: null,
    };
  },
});

/** What is found torn, or sent beside its transaction, is not told again. */
function* toldElsewhere(graph: UnitGraph, view: ProfileView): Generator<void, ReadonlySet<UnitNode>> {
  const units = new Set<Unit>();
  let steps = 0;
  for (const { stayed, gone } of yield* tornIn(graph, view)) {
    if (gone !== null) units.add(gone);
    for (const unit of stayed) if (units.add(unit).size % FINE_LOT === 0) yield;
  }
  const escaped = new Set<Statement>();
  for (const { statement } of yield* escapesIn(view.profile)) if (escaped.add(statement).size % FINE_LOT === 0) yield;
  const told = new Set<UnitNode>();
  if (units.size + escaped.size === 0) return told;
  for (const node of graph.nodes) {
    for (const unit of node.units) {
      if (units.has(unit)) told.add(node);
      if (++steps % FINE_LOT === 0) yield;
    }
    for (const write of node.writes) {
      if (escaped.has(write)) told.add(node);
      if (++steps % FINE_LOT === 0) yield;
    }
  }
  return told;
}

/** Nodes that belong together, in the order in which they were sent, and what ties them. */
interface Group {
  nodes: UnitNode[];
  relations: Relation[];
  confidence: Confidence;
}

function* groupsOf(nodes: readonly UnitNode[], relations: readonly Relation[]): Generator<void, Group[]> {
  const parent = new Map<UnitNode, UnitNode>();
  const rootOf = (node: UnitNode): UnitNode => {
    let root = node;
    for (let next = parent.get(root); next !== undefined; next = parent.get(root)) root = next;
    for (let at = node; at !== root; ) {
      const next = parent.get(at) as UnitNode;
      parent.set(at, root);
      at = next;
    }
    return root;
  };
  const kept = new Set(nodes);
  const within = relations.filter(({ from, to }) => kept.has(from) && kept.has(to));
  let steps = 0;
  for (const { from, to } of within) {
    if (++steps % FINE_LOT === 0) yield;
    const [one, other] = [rootOf(from), rootOf(to)];
    if (one !== other) parent.set(one.index > other.index ? one : other, one.index > other.index ? other : one);
  }
  const groups = new Map<UnitNode, Group>();
  for (const node of nodes) {
    if (++steps % FINE_LOT === 0) yield;
    const root = rootOf(node);
    const group = groups.get(root);
    if (group === undefined) groups.set(root, { nodes: [node], relations: [], confidence: 'likely' });
    else group.nodes.push(node);
  }
  for (const relation of within) {
    if (++steps % FINE_LOT === 0) yield;
    const group = groups.get(rootOf(relation.from)) as Group;
    group.relations.push(relation);
    if (relation.confidence === 'proven') group.confidence = 'proven';
  }
  return [...groups.values()];
}

/** As many reasons as anybody reads. */
const MOST_TIES = 3;

/**
 * units: what was committed apart · writes: statements · tables: written to, in order · message: what happened, as a clause · ties: what ties them, as far as that is proven ·
 * late: how many were sent after the response.
 */
function* evidenceOf({ nodes, relations, confidence }: Group, view: ProfileView): Generator<void, Evidence> {
  const statements: number[] = [];
  const tables = new Set<string>();
  for (const { writes } of nodes) {
    for (const { index, shape } of writes) {
      for (const table of shape.writes) tables.add(table);
      if (statements.push(index) % FINE_LOT === 0) yield;
    }
  }
  const units = nodes.reduce((sum, node) => sum + node.units.length, 0);
  const proven = relations.filter((relation) => relation.confidence === 'proven');
  const ties = proven.length > 0 ? proven : relations;
  return {
    confidence,
    tied: relations.length > 0 && relations.every((relation) => showsOneScope(relation, view)),
    statements: [...(yield* sorted(statements, (a, b) => a - b))],
    source: [],
    callSite: siteOf(nodes, ties),
    data: {
      units,
      writes: statements.length,
      tables: [...tables].join(', '),
      message: messageOf(nodes, units),
      ties: [...new Set(ties.map(({ why }) => why))].slice(0, MOST_TIES).join('; '),
      late: nodes.filter(({ late }) => late).length,
    },
  };
}

/** Where the surest relation arrives: the write that should have been in the unit of the one before it. */
function siteOf(nodes: readonly UnitNode[], [surest]: readonly Relation[]): CallSite | null {
  const [, second] = nodes as [UnitNode, UnitNode];
  return ((surest?.to ?? second).writes[0] as Statement).callSite;
}

function messageOf(nodes: readonly UnitNode[], units: number): string {
  const alone = nodes.every((node) => node.units.every(({ transaction }) => transaction === null));
  const [first, second] = nodes.map(({ writes }) => writes[0] as Statement) as [Statement, Statement];
  const what = units === 2 ? `${deedOf(first)}, then ${deedOf(second)}: ` : '';
  if (alone) return `${what}${counted(units, 'write')}, each committed on its own`;
  return `${what}${counted(units, 'unit')}, each committed on its own`;
}
