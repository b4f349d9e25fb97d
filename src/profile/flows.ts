// Which column fed which value slot. Gathers the evidence for every repeated slot and asks belief.ts what it is worth; a
// flow is one edge between groups of statements, however many values travelled.

import {
  believe,
  believeWalk,
  type FlowEvidence,
  SELF_EVIDENT_BITS,
  type Strength,
  wordsFor,
  wordsForWalk,
} from './belief.js';
import { isSameFunction } from './call-sites.js';
import {
  arrivalsIn,
  arrivalsOf,
  type ColumnPart,
  type Columns,
  calledIn,
  columnsOf,
  type Holders,
  relationTo,
  type SourceColumn,
} from './columns.js';
import { begunAt, boundOf, type Execution, listOf, type Ordinals, scalarOf } from './execution.js';
import { type Bound, fitOf } from './fit.js';
import { isKey, isReference, type KnownNames, kinshipOf, type Relation } from './names.js';
import { byCall, type Reading } from './reading.js';
import { areWhole } from './row-lists.js';
import { pairsTravel } from './row-pairs.js';
import { FINE_LOT, LOT } from './slices.js';
import { sorted } from './sorted.js';
import { typedRows } from './typed-rows.js';
import type { CallSite, Flow, Slot } from './types.js';
import { Bits } from './values.js';
import { type WalkFit, walkFit } from './walks.js';

/** One value travels by chance; two that differ are the least that can show a loop. */
const DISTINCT_VALUES = 2;

/** `where id > $1` bound to the last row of the page before: the next page. */
const PAGE_OPERATORS: ReadonlySet<string> = new Set(['<', '>', '<=', '>=']);

/** As many references as one row has to other rows of one table; more values than that are a list. */
const ROW_VALUES = 8;

/** A column that came so often is of a loop's rows; looking through it for each other loop would cost the square of a scope. */
const ROWS_LOOKED_AT = 64;

/** How a walk asks for the rows that it goes on to: one by one, or those of a whole level. */
const WALK_OPERATORS: ReadonlySet<string> = new Set(['=', 'in', 'any']);

/** Finds the flows between the executions of one scope, in the order of their targets. */
export function* traceFlows({ groups: shapes, columns, known }: Reading, ordinals: Ordinals): Generator<void, Flow[]> {
  const tracer = new Tracer(columns, ordinals, known);
  for (const groups of shapes) {
    yield* tracer.traceShape(groups);
    yield;
  }
  return tracer.flows;
}

/** The executions of one shape that are looked at together, in the order of the app's calls. */
interface Group {
  executions: readonly Execution[];
  /** The same in the order in which the app began with them: turns side by side that each ask a pool for a connection get them as those open. */
  turns: readonly Execution[];
  /** Of it among all groups; its executions are marked with it. */
  number: number;
  /** Its first known one. */
  site: CallSite | null;
}

/** The values that one slot was bound to over a group of executions. */
interface Target extends Bound {
  group: Group;
  slot: Slot;
  lastSent: number;
  /** Was any of them bound as a list? */
  lists: boolean;
}

/** What the bound values say by themselves. */
interface Telling {
  /** As in `FlowEvidence`. */
  bits: number;
  unsorted: boolean;
  /** `orderBits`, where they were bound row by row. */
  orderBits: number;
}

interface Candidate {
  column: SourceColumn;
  parts: readonly ColumnPart[];
  /** The column that says of which table its rows speak, where only those of one type are meant. */
  type: string | null;
  evidence: FlowEvidence;
  /** What it would be worth if order told nothing. */
  alone: Strength | null;
}

class Tracer {
  readonly flows: Flow[] = [];
  #tuples = 0;
  #groups = 0;
  readonly #columns: Columns;
  readonly #ordinals: Ordinals;
  readonly #known: KnownNames;

  constructor(columns: Columns, ordinals: Ordinals, known: KnownNames) {
    this.#columns = columns;
    this.#ordinals = ordinals;
    this.#known = known;
  }

  /** Adds the flows into the executions of one shape, which come by call site. */
  *traceShape(groups: readonly (readonly Execution[])[]): Generator<void, void> {
    const traced: Traced[] = [];
    for (const group of groups) {
      traced.push(yield* this.#trace(group));
      if (groups.length > 1) yield;
    }
    for (const each of groups.length > 1 ? yield* this.#together(groups, traced) : traced) yield* this.#add(each);
  }

  /**
   * Each call site by itself, where all rows of a source are certain to feed it. What is left may have been sent by one loop from several lines
   * (both arms of an `if`), or from lines that are not known: that is so where one source is certain for all of it together, and either not for
   * each alone, or only together they use all of its rows, or they took turns.
   */
  *#together(groups: readonly (readonly Execution[])[], traced: readonly Traced[]): Generator<void, readonly Traced[]> {
    const all = yield* this.#trace(yield* joined(groups));
    // A function that calls itself shows another stack at each depth.
    if (isWalk(all) && isCertain(all) && !traced.every(isWalk)) return [all];
    // Each line was fed by other executions of one source: one loop, run in turns that stacks show differently.
    if (isWhole(all) && isOneLoop(all) && traced.every((each) => sourcesOf(each) < sourcesOf(all))) return [all];

    const left = groups.filter((_, i) => !isWhole(traced[i] as Traced));
    if (left.length < 2) return traced;
    const rest = left.length === groups.length ? all : yield* this.#trace(yield* joined(left));
    const eachAlone = traced.every(isCertain);
    if (!isOneLoop(rest) || (eachAlone && !isWhole(rest) && !tookTurns(left))) return traced;
    return [...traced.filter(isWhole), rest];
  }

  *#add(traced: Traced): Generator<void, void> {
    if (traced.length > 1) yield* this.#tie(traced);
    for (const { flow } of traced) this.flows.push(flow);
  }

  /** The flows into a group of executions of one shape, which are in the order of the app's calls. */
  *#trace(executions: readonly Execution[]): Generator<void, Traced> {
    const traced: Traced = [];
    if (executions.length === 0) return traced;
    const { slots } = (executions[0] as Execution).statement.shape;
    const left: Target[] = [];
    let group: Group | null = null;
    for (const slot of slots) {
      if (slot.role === 'limit' || slot.role === 'offset') continue;
      if (executions.length > 1 && slot.operator !== null && PAGE_OPERATORS.has(slot.operator)) {
        const page = yield* this.#pageFlow(executions, slot);
        if (page !== null) return [{ flow: page, source: null }];
      }
      group ??= yield* groupOf(executions, this.#groups++);
      const target = yield* targetOf(group, slot);
      if (target === null) continue;
      const best = yield* this.#bestSource(target);
      const walk = isSure(best) ? null : yield* this.#walkInto(target);
      if (walk !== null && (best?.strength !== 'certain' || isCertain(walk))) return walk;
      if (best === null) left.push(target);
      else {
        const { candidate, strength } = best;
        traced.push({ flow: yield* flowOf(candidate, strength, target), source: { candidate, target } });
      }
    }
    for (const target of left) yield* this.#besides(traced, target);
    if (traced.length > 0) return traced;
    for (const target of left) for (const flow of yield* this.#rowInto(target)) traced.push({ flow, source: null });
    return traced;
  }

  /** A column that alone tells nothing is known by its neighbour: each turn bound both as one row holds them. */
  *#besides(traced: Traced, target: Target): Generator<void, void> {
    if (target.slot.operator !== '=') return;
    for (const { flow, source } of traced) {
      if (source === null || flow.strength !== 'certain') continue;
      const slots = [source.target.slot.index, target.slot.index] as const;
      for (const column of this.#columns.of(source.candidate.column.shape)) {
        if (column === source.candidate.column || this.#relation(column, target.slot) === 'against') continue;
        yield;
        if (!(yield* pairsTravel(target.group.executions, slots, source.candidate.parts, column.parts))) continue;
        const candidate = yield* this.#candidateOf(column, target, yield* this.#tellingOf(target));
        const found = yield* flowOf(candidate, 'strong', target);
        found.why = `in the rows of ${flow.from.column}`;
        traced.push({ flow: found, source: { candidate, target } });
        return;
      }
    }
  }

  *#bestSource(target: Target): Generator<void, Believed | null> {
    const columns = yield* this.#covering(target);
    if (columns.length === 0) return null;
    const telling = yield* this.#tellingOf(target);
    const candidates: Candidate[] = [];
    for (const column of columns) {
      const candidate = yield* this.#candidateOf(column, target, telling);
      candidates.push(candidate);
      const last = candidate.evidence.exact ? null : yield* lastHolding(candidate.parts, target);
      if (last !== null) candidates.push(yield* weigh(column, [last], candidate.evidence.names, target, telling));
      if (target.slot.table !== null && !candidate.evidence.rowByRow)
        candidates.push(...(yield* this.#ofOneType(candidate, target, telling)));
      yield;
    }
    let best: Believed | null = null;
    for (const candidate of candidates) {
      const rival = candidates.some(
        (other) => other !== candidate && other.alone !== null && !sameColumn(other.column, candidate.column),
      );
      const strength = believe(candidate.evidence, rival);
      if (strength !== null && (best === null || rank(candidate, strength) > rank(best.candidate, best.strength))) {
        best = { candidate, strength };
      }
    }
    return best;
  }

  /** The columns that held every value before it was asked for. */
  *#covering(target: Target): Generator<void, readonly SourceColumn[]> {
    let rarest: Holders | null = null;
    let values = 0;
    for (let i = 0; i < target.distinct.length; i++) {
      if (++values % FINE_LOT === 0) yield;
      const holders = this.#columns.holding(target.distinct[i] as number);
      if (holders === null) return NO_COLUMNS;
      if (rarest === null || holders.count < rarest.count) rarest = holders;
      // The one that is left will be asked for all values.
      if (rarest.count === 1) break;
    }
    const own = target.group.executions[0]?.shape;
    const covering: SourceColumn[] = [];
    for (let holders = rarest; holders !== null; holders = holders.before) {
      if (++values % LOT === 0) yield;
      const { column } = holders;
      // Nothing feeds itself.
      const arrived = column.shape === own ? yield* arrivedOutside(column, target.group) : yield* arrivalsIn(column);
      if (yield* holdAll(arrived, target)) covering.push(column);
    }
    return covering.reverse();
  }

  *#tellingOf({ sequence, distinct }: Target): Generator<void, Telling> {
    const bits = new Bits();
    const order = new TextOrder();
    let values = 0;
    for (let i = 0; i < distinct.length; i++) {
      if (++values % LOT === 0) yield;
      const text = this.#ordinals.textOf(distinct[i] as number);
      bits.add(text);
      order.take(text);
    }
    const unsorted = order.isUnsorted;
    const repeats = sequence.length > distinct.length;
    const orderOfAll = unsorted || !repeats ? order : new TextOrder();
    for (let i = 0; i < sequence.length && orderOfAll !== order; i++) {
      if (++values % LOT === 0) yield;
      orderOfAll.take(this.#ordinals.textOf(sequence[i] as number));
    }
    const orderBits = orderOfAll.isUnsorted ? sequence.length * Math.log2(distinct.length) : 0;
    return { bits: yield* bits.sum(), unsorted, orderBits };
  }

  *#bitsOf(ordinals: Iterable<number>): Generator<void, number> {
    const bits = new Bits();
    let values = 0;
    for (const ordinal of ordinals) {
      bits.add(this.#ordinals.textOf(ordinal));
      if (++values % LOT === 0) yield;
    }
    return yield* bits.sum();
  }

  *#candidateOf(column: SourceColumn, target: Target, telling: Telling): Generator<void, Candidate> {
    const parts = yield* partsFor(column, target);
    return yield* weigh(column, parts, this.#relation(column, target.slot), target, telling);
  }

  /** The same column, but only its rows of one type, where these alone account for all that was asked for. */
  *#ofOneType({ column, parts, evidence }: Candidate, target: Target, telling: Telling): Generator<void, Candidate[]> {
    const found: Candidate[] = [];
    const { slot, sequence } = target;
    const types = yield* typedRows(parts, column.output, slot.table as string, sequence[0] as number);
    for (const { parts: typed, by, named } of types) {
      if (!(yield* hadArrived(typed, target))) continue;
      const weighed = yield* weigh(column, typed, named ? 'agree' : evidence.names, target, telling);
      if (named) found.push({ ...weighed, type: by });
      if (named || !weighed.evidence.exact || !weighed.evidence.tight) continue;
      // Each code is one more guess, so less is taken for certain.
      const guessed = { ...weighed.evidence, sharedFunction: false };
      found.push({ ...weighed, type: by, evidence: guessed, alone: believe(guessed, true) });
    }
    return found;
  }

  #relation(column: SourceColumn, slot: Slot): Relation {
    return relationTo(column, slot, this.#known);
  }

  /** Each value from the last row of the execution before it, compared by order: pages of one list. */
  *#pageFlow(group: readonly Execution[], slot: Slot): Generator<void, Flow | null> {
    for (const column of this.#columns.of((group[0] as Execution).shape)) {
      if (!(yield* isPaged(group, slot, column))) continue;
      const statements = yield* indexesOf(group);
      return {
        from: {
          statements: statements.slice(0, -1),
          column: calledIn(column),
          parameter: null,
          table: column.name.table,
        },
        to: { statements: statements.slice(1), parameter: slot.index, column: slot.column },
        rows: 'last',
        tuple: null,
        values: group.length - 1,
        ordered: true,
        strength: 'certain',
        why: 'each value is from the last row of the execution before it',
      };
    }
    return null;
  }

  /**
   * Each value from another column of one and the same row, the only one of its result: as many statements as that row has references. On a fresh
   * database small ids stand in any row, so the row has to be of a function that the loop runs through too, unless the values tell by themselves.
   */
  *#rowInto({ group, slot, distinct, firstSent }: Target): Generator<void, Flow[]> {
    if (slot.operator !== '=' || slot.list || distinct.length > ROW_VALUES) return [];
    const rows = new Map<Execution, Map<number, SourceColumn>>();
    for (const [ordinal, sent] of firstSent) {
      yield;
      for (const column of columnsOf(this.#columns.holding(ordinal))) {
        if (column.parts.length > ROWS_LOOKED_AT || !isReference(column.name.column)) continue;
        if (this.#relation(column, slot) === 'against') continue;
        for (const { execution, kept, ordinals, since } of column.parts) {
          if (kept.count !== 1 || ordinals[0] !== ordinal || since > sent) continue;
          if (execution.lookedAtIn === group.number) continue;
          const row = rows.get(execution) ?? new Map<number, SourceColumn>();
          rows.set(execution, row);
          row.set(ordinal, column);
        }
      }
    }
    for (const [execution, columns] of rows) {
      if (columns.size < distinct.length || new Set(columns.values()).size < columns.size) continue;
      const bits = yield* this.#bitsOf(distinct);
      if (bits < SELF_EVIDENT_BITS && !shareFunction(execution.statement.callSite, group.site)) continue;
      const asked = yield* byValue(group.executions, slot);
      const flows: Flow[] = [];
      for (const [ordinal, column] of columns) {
        flows.push({
          from: {
            statements: [execution.statement.index],
            column: calledIn(column),
            parameter: null,
            table: column.name.table,
          },
          to: {
            statements: yield* indexesOf(asked.get(ordinal) ?? []),
            parameter: slot.index,
            column: slot.column,
          },
          rows: 'each',
          tuple: null,
          values: 1,
          ordered: true,
          strength: 'strong',
          why: 'all values stand in one row, the only one of its result',
        });
      }
      return flows;
    }
    return [];
  }

  /** Most values from earlier rows of the group itself, the rest from one column elsewhere, or one value to start with from anywhere. */
  *#walkInto(target: Target): Generator<void, Traced | null> {
    const { group, slot } = target;
    if (slot.operator === null || !WALK_OPERATORS.has(slot.operator)) return null;
    let best: { fit: WalkFit; strength: Strength; names: Relation } | null = null;
    for (const column of this.#columns.of((group.executions[0] as Execution).shape)) {
      if (column.name.column === slot.column) continue;
      const fit = yield* walkFit(group, slot.index, column);
      yield;
      if (fit.fed.length * 2 < group.executions.length) continue;
      const names = kinshipOf(column.name, slot, this.#known);
      const evidence = {
        names,
        keys: isKey(column.name.column) && isKey(slot.column),
        distinct: fit.values.size,
        deep: fit.deep,
        tight: fit.tight,
        ordered: fit.ordered,
        bits: yield* this.#bitsOf(fit.values),
      };
      const strength = believeWalk(evidence);
      if (strength === null || (best !== null && rankOfWalk(best) >= rankOfWalk({ fit, strength }))) continue;
      best = { fit, strength, names };
    }
    if (best === null) return null;
    const entry = best.fit.entries.length === 0 ? null : yield* this.#entryOf(best.fit, target);
    if (best.fit.entries.length > 1 && entry === null) return null;
    const { fit, strength, names } = best;
    const flow: Flow = {
      from: {
        statements: yield* indexesOf([...fit.feeding]),
        column: calledIn(fit.column),
        parameter: null,
        table: fit.column.name.table,
      },
      to: { statements: yield* indexesOf(fit.fed), parameter: slot.index, column: slot.column },
      rows: fit.tight ? 'each' : 'some',
      tuple: null,
      values: fit.values.size,
      ordered: fit.ordered,
      strength,
      walk: true,
      why: wordsForWalk({ names, tight: fit.tight, ordered: fit.ordered }),
    };
    if (fit.column.document !== null) flow.from.documentRows = fit.rows;
    return [{ flow, source: null }, ...(entry === null ? [] : [{ flow: entry, source: null }])];
  }

  /** Where the walk started: the column that held all values which its own rows did not. One value alone has to have the names for it. */
  *#entryOf({ entries, starts }: WalkFit, { group, slot, lists }: Target): Generator<void, Flow | null> {
    const wanted = new Set(entries);
    const sequence: number[] = [];
    const distinct: number[] = [];
    const firstSent = new Map<number, number>();
    let lastSent = -1;
    let values = 0;
    for (const execution of starts) {
      for (const ordinal of boundOf(execution, slot.index)) {
        if (++values % LOT === 0) yield;
        if (!wanted.has(ordinal)) continue;
        sequence.push(ordinal);
        if (!firstSent.has(ordinal)) {
          firstSent.set(ordinal, execution.sentOrder);
          distinct.push(ordinal);
        }
        lastSent = execution.sentOrder;
      }
    }
    yield;
    const target: Target = { group, slot, sequence, distinct, firstSent, lastSent, lists };
    const telling = yield* this.#tellingOf(target);
    let best: Candidate | null = null;
    for (const column of yield* this.#covering(target)) {
      const candidate = yield* this.#candidateOf(column, target, telling);
      yield;
      const isKin = column.name.table !== null && column.name.table === slot.table;
      const names = isKin ? kinshipOf(column.name, slot, this.#known) : candidate.evidence.names;
      if (names === 'against' || (entries.length < DISTINCT_VALUES && names === 'silent')) continue;
      if (best === null || rank(candidate, 'strong') > rank(best, 'strong')) best = candidate;
    }
    if (best === null) return null;
    const flow = yield* flowOf(best, best.alone ?? 'strong', target);
    return { ...flow, to: { ...flow.to, statements: yield* indexesOf(starts) } };
  }

  /** Slots of one group that the same source rows fed together are one composite key. */
  *#tie(traced: Traced): Generator<void, void> {
    for (const [i, { flow, source }] of traced.entries()) {
      for (const other of traced.slice(i + 1)) {
        if (source === null || other.source === null || !(yield* travelTogether(source, other.source))) continue;
        flow.tuple ??= this.#tuples++;
        other.flow.tuple = flow.tuple;
      }
    }
  }
}

const NO_COLUMNS: readonly SourceColumn[] = [];

interface Believed {
  candidate: Candidate;
  strength: Strength;
}

/** A loop over rows that had been there before, in their order, is none over its own rows, though they may hold the same values. */
function isSure(best: Believed | null): boolean {
  return (
    best !== null &&
    best.strength === 'certain' &&
    (best.candidate.evidence.exact || best.candidate.evidence.subsequence)
  );
}

/** The flows found into one group, one for each slot that is fed, with what they were read from; a page has no source but itself. */
type Traced = { flow: Flow; source: Fed | null }[];

interface Fed {
  candidate: Candidate;
  target: Target;
}

const isCertain = (traced: Traced): boolean => traced.some(({ flow }) => flow.strength === 'certain');

const isWalk = (traced: Traced): boolean => traced.some(({ flow }) => flow.walk);

/** Is there nothing left of the source that other lines could have been fed with? */
const isWhole = (traced: Traced): boolean =>
  traced.some(({ flow }) => flow.strength === 'certain' && flow.rows !== 'some');

/** How many executions of the source fed it. */
const sourcesOf = (traced: Traced): number => Math.max(0, ...traced.map(({ flow }) => flow.from.statements.length));

/** One row each for one statement each is no loop but as many errands: a row created and read back, twice. */
const isOneLoop = (traced: Traced): boolean =>
  traced.some(({ flow }) => flow.strength === 'certain' && flow.from.statements.length < flow.to.statements.length);

/** Did the groups alternate, rather than one begin when another had ended? */
function tookTurns(groups: readonly (readonly Execution[])[]): boolean {
  const spans = groups.map((group) => ({
    first: (group[0] as Execution).sentOrder,
    last: (group[group.length - 1] as Execution).sentOrder,
  }));
  spans.sort((a, b) => a.first - b.first);
  return spans.some((span, i) => i > 0 && span.first < (spans[i - 1]?.last ?? 0));
}

/** Executions of several call sites, in the order of the app's calls. */
function* joined(groups: readonly (readonly Execution[])[]): Generator<void, readonly Execution[]> {
  return yield* sorted(groups.flat(), byCall);
}

/** Marks the executions as those of this group, so it has to be the one that is looked at until the next. */
function* groupOf(executions: readonly Execution[], number: number): Generator<void, Group> {
  let site: CallSite | null = null;
  let asked = false;
  for (let i = 0; i < executions.length; i++) {
    const execution = executions[i] as Execution;
    execution.lookedAtIn = number;
    site ??= execution.statement.callSite;
    asked ||= execution.askedOrder !== null;
    if (i % FINE_LOT === FINE_LOT - 1) yield;
  }
  return { executions, turns: asked ? yield* sorted(executions, byTurn) : executions, number, site };
}

const byTurn = (a: Execution, b: Execution): number => begunAt(a) - begunAt(b);

/** The values of one slot, or null where they cannot show a loop. */
function* targetOf(group: Group, slot: Slot): Generator<void, Target | null> {
  const sequence: number[] = [];
  const distinct: number[] = [];
  const firstSent = new Map<number, number>();
  let lastSent = -1;
  let lists = false;
  const take = (ordinal: number, sent: number): void => {
    sequence.push(ordinal);
    const first = firstSent.get(ordinal);
    if (first === undefined) distinct.push(ordinal);
    if (first === undefined || first > sent) firstSent.set(ordinal, sent);
    if (lastSent < sent) lastSent = sent;
  };
  for (let i = 0; i < group.turns.length; i++) {
    if (i % LOT === LOT - 1) yield;
    const execution = group.turns[i] as Execution;
    const list = listOf(execution, slot.index);
    if (list === null) {
      const ordinal = scalarOf(execution, slot.index);
      if (ordinal !== null) take(ordinal, execution.sentOrder);
      continue;
    }
    lists = true;
    for (let item = 0; item < list.length; item++) {
      if (item % LOT === LOT - 1) yield;
      take(list[item] as number, execution.sentOrder);
    }
  }
  return distinct.length < DISTINCT_VALUES ? null : { group, slot, sequence, distinct, firstSent, lastSent, lists };
}

/** Is each execution bound to the last row of the one before it? */
function* isPaged(group: readonly Execution[], slot: Slot, column: SourceColumn): Generator<void, boolean> {
  const lastOf = new Map<Execution, number | null>();
  for (const { execution, last } of column.parts) if (lastOf.set(execution, last).size % FINE_LOT === 0) yield;
  for (let i = 1; i < group.length; i++) {
    if (i % FINE_LOT === 0) yield;
    const last = lastOf.get(group[i - 1] as Execution) ?? null;
    if (last === null || scalarOf(group[i] as Execution, slot.index) !== last) return false;
  }
  return true;
}

/** The executions by the value that they were bound to. */
function* byValue(executions: readonly Execution[], slot: Slot): Generator<void, Map<number, Execution[]>> {
  const found = new Map<number, Execution[]>();
  for (let i = 0; i < executions.length; i++) {
    if (i % FINE_LOT === FINE_LOT - 1) yield;
    const execution = executions[i] as Execution;
    const value = scalarOf(execution, slot.index);
    if (value === null) continue;
    const same = found.get(value);
    if (same === undefined) found.set(value, [execution]);
    else same.push(execution);
  }
  return found;
}

/** When each value had arrived, without the rows of this group. */
function* arrivedOutside({ parts }: SourceColumn, { number }: Group): Generator<void, Map<number, number>> {
  const outside: ColumnPart[] = [];
  for (let i = 0; i < parts.length; i++) {
    const part = parts[i] as ColumnPart;
    if (part.execution.lookedAtIn !== number) outside.push(part);
    if (i % FINE_LOT === FINE_LOT - 1) yield;
  }
  return yield* arrivalsOf(outside);
}

/** Had each value arrived before it was asked for? */
function* holdAll(arrivals: ReadonlyMap<number, number>, { distinct, firstSent }: Bound): Generator<void, boolean> {
  for (let i = 0; i < distinct.length; i++) {
    if (i % FINE_LOT === FINE_LOT - 1) yield;
    const ordinal = distinct[i] as number;
    const arrived = arrivals.get(ordinal);
    if (arrived === undefined || arrived > (firstSent.get(ordinal) as number)) return false;
  }
  return true;
}

/** Does each value stand in these rows, and had they arrived before it was asked for? */
function* hadArrived(parts: readonly ColumnPart[], bound: Bound): Generator<void, boolean> {
  return yield* holdAll(yield* arrivalsOf(parts), bound);
}

/** The results of a column that could have fed the target: those that hold any of its values. */
function* partsFor(column: SourceColumn, { group, firstSent, lastSent }: Target): Generator<void, ColumnPart[]> {
  const parts: ColumnPart[] = [];
  let values = 0;
  for (let p = 0; p < column.parts.length; p++) {
    const part = column.parts[p] as ColumnPart;
    if (++values % FINE_LOT === 0) yield;
    if (part.since >= lastSent || part.execution.lookedAtIn === group.number) continue;
    for (let i = 0; i < part.ordinals.length; i++) {
      if (++values % FINE_LOT === 0) yield;
      if (!firstSent.has(part.ordinals[i] as number)) continue;
      parts.push(part);
      break;
    }
  }
  return parts;
}

/**
 * The last of several results that alone held every value before it was asked for: what an earlier one happens to hold as well is no part of the source.
 */
function* lastHolding(parts: readonly ColumnPart[], target: Target): Generator<void, ColumnPart | null> {
  if (parts.length < 2) return null;
  for (let i = parts.length - 1; i >= 0; i--) {
    const part = parts[i] as ColumnPart;
    if (i % LOT === LOT - 1) yield;
    if (part.ordinals.length >= target.distinct.length && (yield* hadArrived([part], target))) return part;
  }
  return null;
}

function* weigh(
  column: SourceColumn,
  parts: readonly ColumnPart[],
  names: Relation,
  target: Target,
  { bits, unsorted, orderBits }: Telling,
): Generator<void, Candidate> {
  const { group, slot, sequence, distinct } = target;
  const { rowByRow, asOften, exact, tight, subsequence } = yield* fitOf(target, parts);
  const sharedFunction = yield* anySharesFunction(parts, group.site);
  const evidence: FlowEvidence = {
    names,
    keys: isKey(column.name.column) && isKey(slot.column),
    distinct: distinct.length,
    rowByRow,
    asOften,
    exact,
    tight,
    subsequence,
    bits,
    unsorted,
    repeats: sequence.length > distinct.length,
    orderBits: rowByRow ? orderBits : 0,
    sharedFunction,
  };
  return { column, parts, type: null, evidence, alone: believe(evidence, true) };
}

function* flowOf(
  { column, parts, type, evidence }: Candidate,
  strength: Strength,
  { group, slot, lists }: Target,
): Generator<void, Flow> {
  const sources: Execution[] = [];
  let rows = 0;
  for (const { execution, kept } of parts) {
    rows += kept.count;
    if (sources.push(execution) % FINE_LOT === 0) yield;
  }
  const flow: Flow = {
    from: {
      statements: yield* indexesOf(sources),
      column: calledIn(column),
      parameter: null,
      table: column.name.table,
    },
    to: {
      statements: yield* indexesOf(group.executions),
      parameter: slot.index,
      column: slot.column,
    },
    rows: evidence.tight && type === null ? 'each' : 'some',
    tuple: null,
    values: evidence.distinct,
    ordered: evidence.exact || evidence.subsequence,
    strength,
    why: type === null ? wordsFor(evidence) : wordsOfType(type, evidence),
  };
  if (column.document !== null) flow.from.documentRows = rows;
  if (lists && (yield* areWhole(group.executions, slot.index, parts))) flow.whole = true;
  return flow;
}

function wordsOfType(type: string, evidence: FlowEvidence): string {
  const rows = evidence.names === 'agree' ? `the rows' ${type} names the table` : `of the rows of one ${type}`;
  return `${rows}, ${wordsFor({ ...evidence, names: 'silent' })}`;
}

/** Ascending, though a pool may have sent them in another order than they were called in. */
function* indexesOf(executions: readonly Execution[]): Generator<void, number[]> {
  const indexes = new Array<number>(executions.length);
  let isAscending = true;
  let last = 0;
  for (let i = 0; i < executions.length; i++) {
    const { index } = (executions[i] as Execution).statement;
    if (index < last) isAscending = false;
    last = index;
    indexes[i] = index;
    if (i % FINE_LOT === FINE_LOT - 1) yield;
  }
  return isAscending ? indexes : [...(yield* sorted(indexes, (a, b) => a - b))];
}

/** Certain before strong, agreeing names before silent ones, then the closer fit, then the rows that arrived last. */
function rank({ evidence, parts }: Candidate, strength: Strength): number {
  const names = evidence.names === 'agree' ? 2 : evidence.names === 'silent' ? 1 : 0;
  const fit =
    (evidence.rowByRow ? 4 : 0) + (evidence.exact ? 2 : 0) + (evidence.tight ? 2 : 0) + (evidence.subsequence ? 1 : 0);
  const arrived = parts[parts.length - 1]?.since ?? 0;
  return (strength === 'certain' ? 1e6 : 0) + names * 1e5 + fit * 1e4 + arrived / (arrived + 1);
}

/** Certain before strong, then what explains most. */
function rankOfWalk({ fit, strength }: { fit: WalkFit; strength: Strength }): number {
  return (strength === 'certain' ? 1e9 : 0) + fit.fed.length * 2 + (fit.tight ? 1 : 0);
}

/** The same column read twice is no rival to itself. */
function sameColumn(a: SourceColumn, b: SourceColumn): boolean {
  if (a === b) return true;
  return a.name.table !== null && a.name.table === b.name.table && a.name.column === b.name.column;
}

/** Does the loop, and any of these results, come through one function of the app? */
function* anySharesFunction(parts: readonly ColumnPart[], loop: CallSite | null): Generator<void, boolean> {
  if (loop === null) return false;
  let before: CallSite | null = null;
  for (let i = 0; i < parts.length; i++) {
    if (i % LOT === LOT - 1) yield;
    const { callSite } = (parts[i] as ColumnPart).execution.statement;
    if (callSite === before) continue;
    if (shareFunction(callSite, loop)) return true;
    before = callSite;
  }
  return false;
}

/** Are both sent from one function of the app? */
function shareFunction(source: CallSite | null, loop: CallSite | null): boolean {
  if (source === null || loop === null) return false;
  return loop.frames.some((frame) => source.frames.some((other) => isSameFunction(frame, other)));
}

function* travelTogether(one: Fed, other: Fed): Generator<void, boolean> {
  if (one.candidate.column.shape !== other.candidate.column.shape) return false;
  const slots = [one.target.slot.index, other.target.slot.index] as const;
  return yield* pairsTravel(one.target.group.executions, slots, one.candidate.parts, other.candidate.parts);
}

/** Does the order in which texts come say something, or does it just rise or fall, as any list may? */
class TextOrder {
  #before: string | null = null;
  #up = false;
  #down = false;

  take(text: string): void {
    if (this.isUnsorted) return;
    if (this.#before !== null && this.#before !== text) {
      if (compare(this.#before, text) < 0) this.#up = true;
      else this.#down = true;
    }
    this.#before = text;
  }

  get isUnsorted(): boolean {
    return this.#up && this.#down;
  }
}

function compare(a: string, b: string): number {
  const numbers = Number(a) - Number(b);
  if (!Number.isNaN(numbers)) return numbers;
  return a < b ? -1 : 1;
}
