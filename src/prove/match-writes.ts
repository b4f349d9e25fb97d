// Which write of the first run each committed write is, when some were tried again, sent twice or taken back. By shape, place and order; never by asking
// the tables.

import { addTo } from '../profile/grouped.js';
import type { Learned } from './failures.js';
import { changedBy, type Entry, type Ledger } from './ledger.js';

/** What was committed, told apart by what it is to the writes of the first run. */
export interface Matched {
  committed: readonly Entry[];
  /** The number of the write that it is; of what is there, and of what was taken back. */
  numbers: ReadonlyMap<Entry, number>;
  /** Deleted again after the failure, with what deleted it. */
  takenBack: ReadonlySet<Entry>;
  /** Writes of the first run that are there. */
  there: readonly Entry[];
  /** Sent once more, though it had stayed. */
  again: readonly Entry[];
  /** Only sent because of the failure, and no deletion of what had stayed. */
  fresh: readonly Entry[];
  /** Every write of the first run is there. */
  all: boolean;
}

export function matchWrites(learned: Learned, ledger: Ledger): Matched {
  const committed = ledger.entries.filter(({ stayed }) => stayed);
  const shapes = new Set(learned.entries.map(({ statement }) => statement.shape.id));
  const isKnown = ({ statement }: Entry): boolean => shapes.has(statement.shape.id);
  const takenBack = takenBackIn(committed, ledger, isKnown);
  const left = committed.filter((entry) => !takenBack.has(entry));
  const numbers = numbersOf(learned, left);
  const others = left.filter((entry) => !numbers.has(entry));
  return {
    committed,
    // What was taken back may have been tried again since, so it has its number from a count of its own.
    numbers: new Map([...numbersOf(learned, [...takenBack].filter(isKnown)), ...numbers]),
    takenBack,
    there: left.filter((entry) => numbers.has(entry)),
    again: others.filter(isKnown),
    fresh: others.filter((entry) => !isKnown(entry)),
    all: numbers.size === learned.entries.filter(({ stayed }) => stayed).length,
  };
}

/** What a DELETE that was only sent because of the failure deleted again, and that DELETE: what it names by a value or a tie, or else the last that had stayed. */
function takenBackIn(committed: readonly Entry[], ledger: Ledger, isKnown: (entry: Entry) => boolean): Set<Entry> {
  const takenBack = new Set<Entry>();
  for (const deletion of committed) {
    const { shape, index } = deletion.statement;
    if (shape.verb !== 'delete' || isKnown(deletion) || index < (ledger.struck ?? 0)) continue;
    const stayed = committed.filter((entry) => isKnown(entry) && !takenBack.has(entry) && isOf(entry, deletion));
    const named = stayed.filter((entry) => isNamedBy(entry, deletion, ledger));
    const candidates = named.length > 0 ? named : stayed;
    for (let rows = changedBy(deletion.statement) ?? 1; rows > 0; ) {
      const entry = candidates.pop();
      if (entry === undefined) break;
      takenBack.add(entry).add(deletion);
      rows -= changedBy(entry.statement) ?? 1;
    }
  }
  return takenBack;
}

/** Did it put rows into that table before? */
function isOf({ statement }: Entry, { statement: deletion }: Entry): boolean {
  const { verb, writes } = statement.shape;
  return statement.index < deletion.index && verb !== 'delete' && writes[0] === deletion.shape.writes[0];
}

function isNamedBy({ statement }: Entry, { statement: deletion }: Entry, { profile }: Ledger): boolean {
  const values = new Set(statement.slotKeys?.filter((key) => key >= 0));
  return (
    deletion.slotKeys?.some((key) => values.has(key)) === true ||
    profile.ties.some(({ from, to }) => from.statement === statement.index && to.statement === deletion.index)
  );
}

/** Which write of the first run each one is, each at most once: by its name, or as another try of one that failed. */
function numbersOf(learned: Learned, committed: readonly Entry[]): Map<Entry, number> {
  const pairing = new Pairing(learned);
  const needed = countByKey(learned.entries.filter(({ stayed }) => stayed));
  const there = countByKey(committed);
  for (const entry of committed) {
    const { key, occurrence } = entry.name;
    // As many as there should be: then their order tells which is which, also where one was sent again.
    const isComplete = needed.get(key) === there.get(key);
    pairing.pair(entry, ({ name }) => name.key === key && (isComplete || name.occurrence === occurrence));
  }
  for (const entry of committed) if (hasPlace(entry)) pairing.pair(entry, ({ name }) => name.key === entry.name.key);
  const kept = new Set([...pairing.numbers.keys()].map(sentAs));
  for (const entry of committed) {
    // Tried again by another caller. What has the very values of one that stayed is that one, once more.
    const { shape } = entry.statement;
    if (!kept.has(sentAs(entry)))
      pairing.pair(entry, (write) => write.statement.shape.id === shape.id && isSameLine(write, entry));
  }
  return pairing.numbers;
}

/** The writes of the first run, given away one by one. */
class Pairing {
  readonly numbers = new Map<Entry, number>();
  /** Those that are left, by their shape. */
  readonly #free = new Map<string, { number: number; write: Entry }[]>();

  constructor({ entries }: Learned) {
    for (const [i, write] of entries.entries()) {
      if (write.stayed) addTo(this.#free, write.statement.shape.id, { number: i + 1, write });
    }
  }

  pair(entry: Entry, fits: (write: Entry) => boolean): void {
    if (this.numbers.has(entry)) return;
    const free = this.#free.get(entry.statement.shape.id) ?? [];
    const place = free.findIndex(({ write }) => fits(write));
    const [taken] = place === -1 ? [] : free.splice(place, 1);
    if (taken !== undefined) this.numbers.set(entry, taken.number);
  }
}

function countByKey(entries: readonly Entry[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { name } of entries) counts.set(name.key, (counts.get(name.key) ?? 0) + 1);
  return counts;
}

/** A shape with the values that it was sent with: ordinals hold within one run. */
const sentAs = ({ statement }: Entry): string => `${statement.shape.id} ${statement.valuesKey}`;

const hasPlace = ({ name }: Entry): boolean => !name.key.endsWith('\n');

/** The line that sent it. */
const innermost = ({ name }: Entry): string => name.key.split('\n', 2)[1] as string;

/** Of code without a file nothing is known. */
const isSameLine = (a: Entry, b: Entry): boolean => !hasPlace(a) || !hasPlace(b) || innermost(a) === innermost(b);
