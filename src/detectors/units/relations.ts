// What ties the write units of a scope together: the values that went from one into the next, keys that they share, one table written from one
// function. Each relation says how sure it is and, in words, why.

import { shareFunction } from '../../profile/loop-frame.js';
import { FINE_LOT } from '../../profile/slices.js';
import type { Statement, Tie } from '../../profile/types.js';
import type { ProfileView } from '../../profile/views.js';
import type { Confidence } from '../detector.js';
import { columnName, deedOf } from '../statement-name.js';
import { type UnitNode, unitNodesOf } from './units.js';
import { isProgress, type Key, keysOf } from './written.js';

export interface Relation {
  /** The earlier one. */
  from: UnitNode;
  to: UnitNode;
  confidence: Confidence;
  /** row: both write one and the same row. */
  kind: 'returned' | 'fresh key' | 'row' | 'replaced' | 'key' | 'opposite' | 'table';
  /** As a clause, without any value. */
  why: string;
}

export interface UnitGraph {
  nodes: readonly UnitNode[];
  relations: readonly Relation[];
}

const RANK: Record<Confidence, number> = { proven: 2, likely: 1, possible: 0 };

/** Several detectors ask for it. */
const known = new WeakMap<ProfileView, UnitGraph>();

/** The units of a scope with what relates them, the surest relation of each pair. */
export function* unitGraphOf(view: ProfileView): Generator<void, UnitGraph> {
  let graph = known.get(view);
  if (graph === undefined) {
    const nodes = yield* unitNodesOf(view);
    graph = { nodes, relations: nodes.length < 2 ? [] : yield* relationsOf(nodes, view) };
    known.set(view, graph);
  }
  return graph;
}

function* relationsOf(nodes: readonly UnitNode[], view: ProfileView): Generator<void, Relation[]> {
  const gathered = new Gathered();
  const nodeOf = new Map<number, UnitNode>();
  let steps = 0;
  for (const node of nodes) {
    for (const { index } of node.writes) if (nodeOf.set(index, node).size % FINE_LOT === 0) yield;
  }
  for (const tie of view.profile.ties) {
    if (++steps % FINE_LOT === 0) yield;
    const [from, to] = [nodeOf.get(tie.from.statement), nodeOf.get(tie.to.statement)];
    if (from !== undefined && to !== undefined && from !== to) gathered.add(tieRelation(tie, from, to, view));
  }
  yield* shareKeys(nodes, gathered);
  yield* shareTables(nodes, view, gathered);
  return gathered.all();
}

/** The surest relation of each pair. */
class Gathered {
  readonly #byPair = new Map<string, Relation>();

  add(relation: Relation | null): void {
    if (relation === null) return;
    const pair = `${relation.from.index} ${relation.to.index}`;
    const other = this.#byPair.get(pair);
    if (other === undefined || RANK[relation.confidence] > RANK[other.confidence]) this.#byPair.set(pair, relation);
  }

  all(): Relation[] {
    return [...this.#byPair.values()];
  }
}

function tieRelation(tie: Tie, from: UnitNode, to: UnitNode, view: ProfileView): Relation | null {
  const { profile } = view;
  const [source, target] = [profile.statements[tie.from.statement], profile.statements[tie.to.statement]] as [
    Statement,
    Statement,
  ];
  switch (tie.kind) {
    case 'returned': {
      const confidence = tie.strength === 'certain' ? 'proven' : 'likely';
      const why = `${slotName(tie, target)} is the ${tie.from.column ?? 'value'} that ${deedOf(source)} returned`;
      return graded({ from, to, confidence, kind: 'returned', why }, target);
    }
    case 'opposite': {
      const isOneFunction = shareFunction(source.callSite, target.callSite);
      const isNext = !profile.visible.callSites && areNeighbours(source, target, view);
      if (!isOneFunction && !isNext) return null;
      const column = tie.to.column ?? 'the amount';
      const how = isOneFunction
        ? `one function writes ${source.shape.writes[0]} twice`
        : `${source.shape.writes[0]} is written twice in a row`;
      const why = `${how}, and ${column} cancels out`;
      return graded({ from, to, confidence: 'likely', kind: 'opposite', why }, target);
    }
    default:
      return null;
  }
}

/** Is it by a value that nothing else had, or by one that the app bound in two writes one after the other? Then both are of one scope. */
export function showsOneScope({ kind, from, to }: Relation, view: ProfileView): boolean {
  if (kind === 'returned' || kind === 'fresh key' || kind === 'opposite') return true;
  return kind !== 'table' && areNeighbours(from.writes.at(-1) as Statement, to.writes[0] as Statement, view);
}

/** Does the app send nothing between them? */
function areNeighbours(source: Statement, target: Statement, { infrastructure }: ProfileView): boolean {
  for (let index = source.index + 1; index < target.index; index++) if (!infrastructure.has(index)) return false;
  return true;
}

function slotName({ to: { column, parameter } }: Tie, { shape }: Statement): string {
  return column === null ? 'a value' : columnName(column, shape.slots[parameter - 1]?.table ?? null);
}

/** Nodes that bind one and the same key: each is tied to the first. */
function* shareKeys(nodes: readonly UnitNode[], gathered: Gathered): Generator<void, void> {
  const first = new Map<string, { node: UnitNode; statement: Statement; key: Key }>();
  let steps = 0;
  for (const node of nodes) {
    for (const statement of node.writes) {
      if (++steps % FINE_LOT === 0) yield;
      for (const key of keysOf(statement)) {
        const name = `${key.subject} ${key.value}`;
        const other = first.get(name);
        if (other === undefined) first.set(name, { node, statement, key });
        else if (other.node !== node) gathered.add(keyRelation(other, { node, statement, key }));
      }
    }
  }
}

interface Keyed {
  node: UnitNode;
  statement: Statement;
  key: Key;
}

function keyRelation(one: Keyed, other: Keyed): Relation | null {
  const [from, to] = one.node.index < other.node.index ? [one, other] : [other, one];
  const base = { from: from.node, to: to.node };
  const isSameTable = from.key.slot.table === to.key.slot.table;
  if (from.key.own && from.key.slot.role === 'insert') {
    const why = `${to.key.slot.column} is the key of the row that ${deedOf(from.statement)} made`;
    return graded({ ...base, confidence: 'proven', kind: 'fresh key', why }, to.statement);
  }
  if (isSameTable && from.statement.shape.verb === 'delete' && to.statement.shape.verb === 'insert') {
    const why = `rows of one ${from.key.subject} are deleted from ${from.key.slot.table} and inserted again`;
    return graded({ ...base, confidence: 'likely', kind: 'replaced', why }, to.statement);
  }
  const isRow = isSameTable && from.key.own && to.key.own;
  const why = isRow
    ? `both write one row of ${from.key.slot.table}`
    : `both write what belongs to one ${from.key.subject}`;
  return graded({ ...base, confidence: 'likely', kind: isRow ? 'row' : 'key', why }, to.statement);
}

/** Nodes that write one table from one function of the app: each is tied to the one before it. Two turns of one line may be of a loop. */
function* shareTables(nodes: readonly UnitNode[], view: ProfileView, gathered: Gathered): Generator<void, void> {
  const last = new Map<string, { node: UnitNode; statement: Statement }>();
  for (const node of nodes) {
    yield;
    const statement = node.writes[0] as Statement;
    const tables = new Set(statement.shape.writes);
    for (const table of tables) {
      const other = last.get(table);
      last.set(table, { node, statement });
      if (other === undefined || view.repeatOf(other.statement.index) === view.repeatOf(statement.index)) continue;
      if (!shareFunction(other.statement.callSite, statement.callSite)) continue;
      const why = `one function writes ${table} twice`;
      gathered.add(graded({ from: other.node, to: node, confidence: 'likely', kind: 'table', why }, statement));
    }
  }
}

/** What speaks against it: notes beside the work, what says how far a row has come, what comes after the response, a test's own transaction. */
function graded(relation: Relation, target: Statement): Relation {
  const { from, to, kind, confidence } = relation;
  const isBinding = kind === 'returned' || kind === 'fresh key';
  const isOneRow = kind === 'row' || kind === 'table' || (isBinding && sharesTable(from, target));
  if (from.late || to.late || from.ambient || to.ambient || (isOneRow && isProgress(target))) {
    return { ...relation, confidence: 'possible' };
  }
  if (!from.aside && !to.aside) return relation;
  return { ...relation, confidence: isBinding && confidence === 'proven' ? 'likely' : 'possible' };
}

const sharesTable = ({ tables }: UnitNode, { shape }: Statement): boolean =>
  shape.writes.some((table) => tables.has(table));
