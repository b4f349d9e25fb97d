// Which statements of a profile are no work of the app's: what drivers and ORMs send to set up a connection, to learn the catalogue, to
// reset a client, and to put a transaction around a single statement. They are counted apart and are in no finding that counts.

import { parse } from '../sql/parse.js';
import { LOT } from './slices.js';
import type { Profile, Shape, Statement } from './types.js';

/** A transaction around no more than this much is what an ORM puts around each `save()`: the statement alone would do the same. */
const LONE = 1;

/** A text that asks for nothing: pools send it to see whether a connection lives. */
const PING = 'select ?';

/** The indexes of a profile's infrastructure. Linear in its statements. */
export function* findInfrastructure(profile: Profile): Generator<void, ReadonlySet<number>> {
  const found = new Set<number>();
  const work = new Work(profile);
  const { statements } = profile;
  let shape: Shape | null = null;
  let isOwn = false;
  for (let i = 0; i < statements.length; i++) {
    const statement = statements[i] as Statement;
    // Turns of a loop follow each other.
    if (statement.shape !== shape) {
      shape = statement.shape;
      isOwn = !isHousekeeping(shape);
    }
    if (!isOwn) found.add(statement.index);
    else if (!CONTROL.has(statement.shape.verb)) work.add(statement);
    if (i % LOT === LOT - 1) yield;
  }
  for (let i = 0; i < statements.length; i++) {
    const statement = statements[i] as Statement;
    if (work.isPing(statement) || work.isAroundOne(statement)) found.add(statement.index);
    if (i % LOT === LOT - 1) yield;
  }
  return found;
}

const CONTROL: ReadonlySet<Statement['shape']['verb']> = new Set([
  'begin',
  'commit',
  'rollback',
  'savepoint',
  'release',
  'empty',
]);

/** What is the app's own, by connection and by transaction. */
class Work {
  /** Of each connection, the first statement that asks for something. */
  readonly #first = new Map<number | null, number>();
  readonly #inTransaction = new Map<number, number>();
  readonly #profile: Profile;

  constructor(profile: Profile) {
    this.#profile = profile;
  }

  add({ index, connection, transaction, shape }: Statement): void {
    if (transaction !== null) this.#inTransaction.set(transaction, (this.#inTransaction.get(transaction) ?? 0) + 1);
    if (shape.text !== PING && !this.#first.has(connection)) this.#first.set(connection, index);
  }

  /** Does it try the connection before the first real statement there? Where there is none, it is what the app asked for. */
  isPing({ index, connection, shape }: Statement): boolean {
    return shape.text === PING && index < (this.#first.get(connection) ?? -1);
  }

  isAroundOne({ shape, transaction }: Statement): boolean {
    if (transaction === null || !CONTROL.has(shape.verb)) return false;
    const isAmbient = this.#profile.transactions[transaction]?.ambient ?? true;
    return !isAmbient && (this.#inTransaction.get(transaction) ?? 0) <= LONE;
  }
}

/** Shapes are few, and a shape's text reads as any text of it does. */
const housekeeping = new WeakMap<Shape, boolean>();

function isHousekeeping(shape: Shape): boolean {
  let is = housekeeping.get(shape);
  if (is === undefined) {
    is = parse(shape.text).statements[0]?.anatomy.infrastructure ?? false;
    housekeeping.set(shape, is);
  }
  return is;
}
