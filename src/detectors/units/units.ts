// The write units of a scope: what PostgreSQL keeps or undoes as one, a transaction with writes or a write that was committed on its own, and what
// became of each. Loops of such units are one node: that their turns stand alone is another finding, or none.

import { addTo } from '../../profile/grouped.js';
import { FINE_LOT } from '../../profile/slices.js';
import { sorted } from '../../profile/sorted.js';
import type { Profile, Statement, Transaction } from '../../profile/types.js';
import type { ProfileView } from '../../profile/views.js';
import { isAside, isLastingWrite, temporaryTable } from './written.js';

/** stayed: committed · gone: it failed, or was rolled back · open: nobody knows yet, nor of what was never answered. */
export type Fate = 'stayed' | 'gone' | 'open';

export interface Unit {
  /** In the order in which they were sent; never empty. */
  writes: readonly Statement[];
  /** Null: committed on its own. */
  transaction: Transaction | null;
  fate: Fate;
  /** The first of its statements that failed, where that is why it is gone. */
  failure: Statement | null;
  /** Inside the transaction of a test, so that it is committed in none of the two ways. */
  ambient: boolean;
}

/** Units that are told apart by nothing but their values, or one unit. */
export interface UnitNode {
  index: number;
  units: readonly Unit[];
  /** All their writes, in the order in which they were sent. */
  writes: readonly Statement[];
  /** Written to. */
  tables: ReadonlySet<string>;
  fate: Fate;
  failure: Statement | null;
  ambient: boolean;
  /** Nothing but notes beside the work. */
  aside: boolean;
  /** Sent after the response. */
  late: boolean;
}

/** From so many on, units that look alike are a loop; fewer may be the two sides of one deed. */
const LOOP_UNITS = 3;

/** The nodes of a scope, in the order of their first writes. */
export function* unitNodesOf(view: ProfileView): Generator<void, UnitNode[]> {
  const units = yield* unitsOf(view.profile);
  const alike = new Map<string, Unit[]>();
  for (let i = 0; i < units.length; i++) {
    if (i % FINE_LOT === FINE_LOT - 1) yield;
    const unit = units[i] as Unit;
    const name = yield* likenessOf(unit, view);
    addTo(alike, name, unit);
  }
  const groups: Unit[][] = [];
  for (const same of alike.values()) {
    yield;
    const isLoop = same.length >= LOOP_UNITS || (same.length > 1 && isFed(same[0] as Unit, view));
    if (isLoop) groups.push(same);
    else groups.push(...same.map((unit) => [unit]));
  }
  const nodes: UnitNode[] = [];
  for (const group of yield* sorted(groups, (a, b) => firstWrite(a).index - firstWrite(b).index)) {
    nodes.push(yield* nodeOf(group, nodes.length));
  }
  return nodes;
}

const firstWrite = ([unit]: readonly Unit[]): Statement => (unit as Unit).writes[0] as Statement;

function* nodeOf(units: readonly Unit[], index: number): Generator<void, UnitNode> {
  const [first] = units as [Unit];
  const node = {
    index,
    units,
    writes: [] as Statement[],
    tables: new Set<string>(),
    fate: first.fate,
    failure: null as Statement | null,
    ambient: false,
    aside: true,
    late: false,
  };
  for (const { writes, fate, failure, ambient } of units) {
    node.ambient ||= ambient;
    // A loop of which one turn failed has stayed, as far as it came.
    if (fate === 'gone') {
      node.fate = units.length > 1 ? 'stayed' : 'gone';
      node.failure ??= failure;
    }
    for (const write of writes) {
      for (const table of write.shape.writes) node.tables.add(table);
      node.aside &&= isAside(write);
      node.late ||= write.late;
      if (node.writes.push(write) % FINE_LOT === 0) yield;
    }
  }
  return node;
}

/** Units of one likeness differ in nothing but their values. */
function* likenessOf({ writes, transaction, ambient }: Unit, view: ProfileView): Generator<void, string> {
  let repeats = '';
  for (let i = 0; i < writes.length; i++) {
    if (i % FINE_LOT === FINE_LOT - 1) yield;
    repeats += `${view.repeatOf((writes[i] as Statement).index).index} `;
  }
  return `${transaction === null || ambient ? 'alone' : 'transaction'} ${repeats}`;
}

function isFed({ writes }: Unit, view: ProfileView): boolean {
  return writes.some(({ index }) => view.repeatOf(index).flows.some(({ to }) => to.statements.length > 1));
}

function* unitsOf(profile: Profile): Generator<void, Unit[]> {
  const { statements, transactions } = profile;
  const temporary = new Set<string>();
  const units: Draft[] = [];
  const byTransaction = new Map<number, Draft>();
  const savepoints = new Map<number, Savepoints>();
  const undone = new Set(transactions.flatMap((transaction) => transaction.undone));
  for (const statement of statements) {
    if (statement.index % FINE_LOT === FINE_LOT - 1) yield;
    const { shape } = statement;
    const made = temporaryTable(shape);
    if (made !== null) temporary.add(made);
    const transaction = statement.transaction === null ? null : (transactions[statement.transaction] ?? null);
    let block: Draft | null = null;
    if (transaction?.ambient) {
      let walk = savepoints.get(transaction.index);
      if (walk === undefined) {
        walk = new Savepoints(transaction);
        savepoints.set(transaction.index, walk);
      }
      block = walk.take(statement, units);
    }
    if (statement.error !== null && transaction !== null && !transaction.ambient) {
      const unit = byTransaction.get(transaction.index);
      if (unit !== undefined) unit.failure ??= statement;
    }
    if (!isLastingWrite(shape, temporary) || wroteNothing(statement) || undone.has(statement.index)) continue;
    if (transaction === null) units.push(alone(statement));
    else if (transaction.ambient) {
      if (block !== null) keep(block, statement);
      else units.push({ ...alone(statement), transaction, ambient: true });
    } else {
      let unit = byTransaction.get(transaction.index);
      if (unit === undefined) {
        unit = { writes: [], transaction, fate: fateOf(transaction), failure: null, ambient: false };
        byTransaction.set(transaction.index, unit);
        units.push(unit);
      }
      keep(unit, statement);
    }
  }
  return units.filter(({ writes }) => writes.length > 0);
}

interface Draft extends Unit {
  writes: Statement[];
  failure: Statement | null;
}

/** What failed in a unit that stayed was mended by ROLLBACK TO, and is no part of it. */
function keep(unit: Draft, write: Statement): void {
  if (write.error === null || unit.fate !== 'stayed') unit.writes.push(write);
  if (write.error !== null) unit.failure ??= write;
}

/** A write that found no row, or whose rows were all there already. */
const wroteNothing = ({ affected, error }: Statement): boolean => affected === 0 && error === null;

function alone(statement: Statement): Draft {
  const { error, affected, command } = statement;
  const fate = error !== null ? 'gone' : affected === null && command === null ? 'open' : 'stayed';
  return { writes: [statement], transaction: null, fate, failure: error === null ? null : statement, ambient: false };
}

function fateOf({ outcome }: Transaction): Fate {
  return outcome === 'committed' ? 'stayed' : outcome === 'rolled back' ? 'gone' : 'open';
}

/** Inside a test's own transaction the outermost savepoints are the app's transactions. */
class Savepoints {
  readonly #transaction: Transaction;
  #depth = 0;
  #block: Draft | null = null;

  constructor(transaction: Transaction) {
    this.#transaction = transaction;
  }

  /** The block that a statement stands in; null where none is open. */
  take({ shape, error }: Statement, units: Draft[]): Draft | null {
    if (error !== null) return this.#block;
    if (shape.verb === 'savepoint') {
      if (this.#depth++ === 0) {
        // Whatever ROLLBACK TO undoes in it is none of its writes.
        this.#block = { writes: [], transaction: this.#transaction, fate: 'stayed', failure: null, ambient: false };
        units.push(this.#block);
      }
    } else if (shape.verb === 'release' && this.#depth > 0 && --this.#depth === 0) {
      this.#block = null;
    }
    return this.#block;
  }
}
