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
import { arrivalsOf, arrivedOutside, type ColumnPart, Columns, type SourceColumn, tableNamesOf } from './columns.js';
import { boundOf, type Execution, type Ordinals, scalarOf } from './execution.js';
import { isKey, isReference, type KnownNames, kinshipOf, type Relation, relationOf, tableWords } from './names.js';
import { areWhole } from './row-lists.js';
import { pairsTravel } from './row-pairs.js';
import { LOT } from './slices.js';
import { typedRows } from './typed-rows.js';
import type { CallSite, Flow, Slot } from './types.js';
import { bitsOf } from './values.js';
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
export function* traceFlows(sent: readonly Execution[], ordinals: Ordinals): Generator<void, Flow[]> {
  const executions = [...sent].sort(byCall);
  yield;
  const tables = tableNamesOf(executions);
  yield;
  const columns = new Columns();
  yield* columns.read(executions, ordinals, tables);
  const known = knownNamesOf(executions);
  yield;
  const tracer = new Tracer(columns, ordinals, known);
  for (const groups of yield* groupsByShape(executions)) yield* tracer.traceShape(groups);
  return tracer.flows;
}

const byCall = (a: Execution, b: Execution): number => a.sentOrder - b.sentOrder;

/** The executions of each shape, by call site. */
function* groupsByShape(executions: readonly Execution[]): Generator<void, Execution[][][]> {
  const shapes = new Map<string, Map<number, Execution[]>>();
  for (let i = 0; i < executions.length; i++) {
    if (i % LOT === 0) yield;
    const execution = executions[i] as Execution;
    const { id, slots } = execution.statement.shape;
    if (slots.length === 0) continue;
    let groups = shapes.get(id);
    if (groups === undefined) {
      groups = new Map();
      shapes.set(id, groups);
    }
    const group = groups.get(execution.group);
    if (group === undefined) groups.set(execution.group, [execution]);
    else group.push(execution);
  }
  return [...shapes.values()].map((groups) => [...groups.values()]);
}

function knownNamesOf(executions: readonly Execution[]): KnownNames {
  const tables = new Set<string>();
  const joins = new Set<string>();
  const seen = new Set<string>();
  for (const { statement, anatomy } of executions) {
    if (seen.has(statement.shape.id)) continue;
    seen.add(statement.shape.id);
    for (const table of statement.shape.reads) tables.add(tableWords(table));
    for (const table of statement.shape.writes) tables.add(tableWords(table));
    for (const [a, b] of anatomy.joins) joins.add(`${a}=${b}`).add(`${b}=${a}`);
  }
  return { isTable: (words) => tables.has(words), joined: (a, b) => joins.has(`${a}=${b}`) };
}

/** The values that one slot was bound to over a group of executions. */
interface Target {
  executions: ReadonlySet<Execution>;
  slot: Slot;
  /** In the order in which they were sent, NULLs left out. */
  sequence: readonly number[];
  /** For each distinct value: when it was first sent. */
  firstSent: ReadonlyMap<number, number>;
  lastSent: number;
  bits: number;
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
    for (const group of groups) traced.push(yield* this.#trace(group));
    for (const each of groups.length > 1 ? yield* this.#together(groups, traced) : traced) this.#add(each);
  }

  /**
   * Each call site by itself, where all rows of a source are certain to feed it. What is left may have been sent by one loop from several lines
   * (both arms of an `if`), or from lines that are not known: that is so where one source is certain for all of it together, and either not for
   * each alone, or only together they use all of its rows, or they took turns.
   */
  *#together(groups: readonly (readonly Execution[])[], traced: readonly Traced[]): Generator<void, readonly Traced[]> {
    const all = yield* this.#trace(groups.flat().sort(byCall));
    // A function that calls itself shows another stack at each depth.
    if (isWalk(all) && isCertain(all) && !traced.every(isWalk)) return [all];
    // Each line was fed by other executions of one source: one loop, run in turns that stacks show differently.
    if (isWhole(all) && isOneLoop(all) && traced.every((each) => sourcesOf(each) < sourcesOf(all))) return [all];

    const left = groups.filter((_, i) => !isWhole(traced[i] as Traced));
    if (left.length < 2) return traced;
    const rest = left.length === groups.length ? all : yield* this.#trace(left.flat().sort(byCall));
    const eachAlone = traced.every(isCertain);
    if (!isOneLoop(rest) || (eachAlone && !isWhole(rest) && !tookTurns(left))) return traced;
    return [...traced.filter(isWhole), rest];
  }

  #add(traced: Traced): void {
    this.#tie(traced);
    for (const { flow } of traced) this.flows.push(flow);
  }

  /** The flows into a group of executions of one shape. */
  *#trace(group: readonly Execution[]): Generator<void, Traced> {
    const traced: Traced = [];
    const left: Target[] = [];
    for (const slot of (group[0] as Execution).statement.shape.slots) {
      if (slot.role === 'limit' || slot.role === 'offset') continue;
      const page = this.#pageFlow(group, slot);
      if (page !== null) return [{ flow: page, source: null }];
      const target = yield* this.#targetOf(group, slot);
      const best = target && (yield* this.#bestSource(target));
      const walk = target && !isSure(best) ? yield* this.#walkInto(group, target) : null;
      if (walk !== null && (best?.strength !== 'certain' || isCertain(walk))) return walk;
      if (target && !best) left.push(target);
      if (best) {
        const { candidate, strength } = best;
        traced.push({ flow: flowOf(candidate, strength, target), source: { candidate, target } });
      }
    }
    for (const target of left) yield* this.#besides(traced, target);
    if (traced.length > 0) return traced;
    for (const target of left) for (const flow of this.#rowInto(target)) traced.push({ flow, source: null });
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
        if (!pairsTravel(target.executions, slots, source.candidate.parts, column.parts)) continue;
        const candidate = this.#candidateOf(column, target);
        const found = flowOf(candidate, 'strong', target);
        found.why = `in the rows of ${flow.from.column}`;
        traced.push({ flow: found, source: { candidate, target } });
        return;
      }
    }
  }

  /** The values of one slot, or null where they cannot show a loop. */
  *#targetOf(group: readonly Execution[], slot: Slot): Generator<void, Target | null> {
    const sequence: number[] = [];
    const firstSent = new Map<number, number>();
    let lastSent = -1;
    for (let i = 0; i < group.length; i++) {
      if (i % LOT === 0) yield;
      const execution = group[i] as Execution;
      for (const ordinal of boundOf(execution, slot.index)) {
        sequence.push(ordinal);
        if (!firstSent.has(ordinal)) firstSent.set(ordinal, execution.sentOrder);
        lastSent = execution.sentOrder;
      }
    }
    if (firstSent.size < DISTINCT_VALUES) return null;
    yield;
    const bits = bitsOf([...firstSent.keys()].map((ordinal) => this.#ordinals.textOf(ordinal)));
    return { executions: new Set(group), slot, sequence, firstSent, lastSent, bits };
  }

  *#bestSource(target: Target): Generator<void, Believed | null> {
    const candidates: Candidate[] = [];
    for (const column of this.#covering(target)) {
      const candidate = this.#candidateOf(column, target);
      candidates.push(candidate, ...this.#ofOneType(candidate, target));
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
  #covering(target: Target): SourceColumn[] {
    let rarest: readonly SourceColumn[] | null = null;
    for (const ordinal of target.firstSent.keys()) {
      const holders = this.#columns.holding(ordinal);
      if (rarest === null || holders.length < rarest.length) rarest = holders;
      if (rarest.length === 0) return [];
    }
    return (rarest ?? []).filter((column) => covers(column, target));
  }

  #candidateOf(column: SourceColumn, target: Target): Candidate {
    const parts = column.parts.filter(
      (part) =>
        part.since < target.lastSent &&
        !target.executions.has(part.execution) &&
        part.ordinals.some((ordinal) => target.firstSent.has(ordinal)),
    );
    return this.#weigh(column, parts, this.#relation(column, target.slot), target);
  }

  /** The same column, but only its rows of one type, where these alone account for all that was asked for. */
  *#ofOneType({ column, parts, evidence }: Candidate, target: Target): Generator<Candidate, void> {
    const { slot, sequence, firstSent } = target;
    if (slot.table === null || evidence.rowByRow) return;
    for (const { parts: typed, by, named } of typedRows(parts, column.output, slot.table, sequence[0] as number)) {
      if (!hadArrived(typed, firstSent)) continue;
      const weighed = this.#weigh(column, typed, named ? 'agree' : evidence.names, target);
      if (named) yield { ...weighed, type: by };
      if (named || !weighed.evidence.exact || !weighed.evidence.tight) continue;
      // Each code is one more guess, so less is taken for certain.
      const guessed = { ...weighed.evidence, sharedFunction: false };
      yield { ...weighed, type: by, evidence: guessed, alone: believe(guessed, true) };
    }
  }

  #weigh(column: SourceColumn, parts: readonly ColumnPart[], names: Relation, target: Target): Candidate {
    const { slot, sequence, firstSent } = target;
    const source = parts.flatMap((part) => part.ordinals);
    const rowByRow = equal(sequence, source) || (parts.length > 1 && interleaves(sequence, parts));
    const once = unique(source);
    const exact =
      rowByRow ||
      equal(sequence, once) ||
      (parts.length > 1 &&
        equal(
          sequence,
          parts.flatMap((part) => unique(part.ordinals)),
        ));
    const evidence: FlowEvidence = {
      names,
      keys: isKey(column.name.column) && isKey(slot.column),
      distinct: firstSent.size,
      rowByRow,
      asOften: rowByRow || sameCounts(sequence, source),
      exact,
      tight: once.every((ordinal) => firstSent.has(ordinal)),
      subsequence: exact || isSubsequence(sequence, source) || isSubsequence([...firstSent.keys()], once),
      bits: target.bits,
      unsorted: this.#isUnsorted([...firstSent.keys()]),
      repeats: sequence.length > firstSent.size,
      orderBits: rowByRow && this.#isUnsorted(sequence) ? sequence.length * Math.log2(firstSent.size) : 0,
      sharedFunction: parts.some((part) => shareFunction(part.execution.statement.callSite, target.executions)),
    };
    return { column, parts, type: null, evidence, alone: believe(evidence, true) };
  }

  /** The name in the database and the output's own name (`select id as chat_id`): either may agree. */
  #relation(column: SourceColumn, slot: Slot): Relation {
    const named = relationOf(column.name, slot, this.#known);
    if (named === 'agree' || column.output === column.name.column) return named;
    return relationOf({ table: null, column: column.output }, slot, this.#known) === 'agree' ? 'agree' : named;
  }

  #isUnsorted(ordinals: readonly number[]): boolean {
    let up = false;
    let down = false;
    for (let i = 1; i < ordinals.length; i++) {
      const before = ordinals[i - 1] as number;
      const here = ordinals[i] as number;
      if (before === here) continue;
      if (compare(this.#ordinals.textOf(before), this.#ordinals.textOf(here)) < 0) up = true;
      else down = true;
      if (up && down) return true;
    }
    return false;
  }

  /** Each value from the last row of the execution before it, compared by order: pages of one list. */
  #pageFlow(group: readonly Execution[], slot: Slot): Flow | null {
    if (group.length < 2 || slot.operator === null || !PAGE_OPERATORS.has(slot.operator)) return null;
    for (const column of this.#columns.of((group[0] as Execution).statement.shape.id)) {
      const lastOf = new Map(column.parts.map((part) => [part.execution, part.last]));
      const follows = group.every((execution, i) => {
        if (i === 0) return true;
        const last = lastOf.get(group[i - 1] as Execution);
        return last !== undefined && last !== null && scalarOf(execution, slot.index) === last;
      });
      if (!follows) continue;
      const statements = group.map((execution) => execution.statement.index);
      return {
        from: { statements: statements.slice(0, -1), column: column.output, parameter: null, table: column.name.table },
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
  #rowInto({ executions, slot, firstSent, bits }: Target): Flow[] {
    if (slot.operator !== '=' || slot.list || firstSent.size > ROW_VALUES) return [];
    const rows = new Map<Execution, Map<number, SourceColumn>>();
    for (const [ordinal, sent] of firstSent) {
      for (const column of this.#columns.holding(ordinal)) {
        if (column.parts.length > ROWS_LOOKED_AT || !isReference(column.name.column)) continue;
        if (this.#relation(column, slot) === 'against') continue;
        for (const { execution, ordinals, since } of column.parts) {
          if (execution.kept?.count !== 1 || ordinals[0] !== ordinal || since > sent) continue;
          if (executions.has(execution)) continue;
          const row = rows.get(execution) ?? new Map<number, SourceColumn>();
          rows.set(execution, row);
          row.set(ordinal, column);
        }
      }
    }
    for (const [execution, columns] of rows) {
      if (columns.size < firstSent.size || new Set(columns.values()).size < columns.size) continue;
      if (bits < SELF_EVIDENT_BITS && !shareFunction(execution.statement.callSite, executions)) continue;
      return [...columns].map(([ordinal, column]) => ({
        from: {
          statements: [execution.statement.index],
          column: column.output,
          parameter: null,
          table: column.name.table,
        },
        to: {
          statements: indexesOf([...executions].filter((each) => scalarOf(each, slot.index) === ordinal)),
          parameter: slot.index,
          column: slot.column,
        },
        rows: 'each',
        tuple: null,
        values: 1,
        ordered: true,
        strength: 'strong',
        why: 'all values stand in one row, the only one of its result',
      }));
    }
    return [];
  }

  /** Most values from earlier rows of the group itself, the rest from one column elsewhere, or one value to start with from anywhere. */
  *#walkInto(group: readonly Execution[], target: Target): Generator<void, Traced | null> {
    const { slot } = target;
    if (slot.operator === null || !WALK_OPERATORS.has(slot.operator)) return null;
    let best: { fit: WalkFit; strength: Strength; names: Relation } | null = null;
    for (const column of this.#columns.of((group[0] as Execution).statement.shape.id)) {
      if (column.name.column === slot.column) continue;
      const fit = yield* walkFit(group, slot.index, column);
      yield;
      if (fit.fed.length * 2 < group.length) continue;
      const names = kinshipOf(column.name, slot, this.#known);
      const evidence = {
        names,
        keys: isKey(column.name.column) && isKey(slot.column),
        distinct: fit.values.size,
        deep: fit.deep,
        tight: fit.tight,
        ordered: fit.ordered,
        bits: bitsOf([...fit.values].map((ordinal) => this.#ordinals.textOf(ordinal))),
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
        statements: indexesOf(fit.feeding),
        column: fit.column.output,
        parameter: null,
        table: fit.column.name.table,
      },
      to: { statements: indexesOf(fit.fed), parameter: slot.index, column: slot.column },
      rows: fit.tight ? 'each' : 'some',
      tuple: null,
      values: fit.values.size,
      ordered: fit.ordered,
      strength,
      walk: true,
      why: wordsForWalk({ names, tight: fit.tight, ordered: fit.ordered }),
    };
    return [{ flow, source: null }, ...(entry === null ? [] : [{ flow: entry, source: null }])];
  }

  /** Where the walk started: the column that held all values which its own rows did not. One value alone has to have the names for it. */
  *#entryOf({ entries, starts }: WalkFit, { executions, slot }: Target): Generator<void, Flow | null> {
    const wanted = new Set(entries);
    const sequence: number[] = [];
    const firstSent = new Map<number, number>();
    let lastSent = -1;
    for (const execution of starts) {
      for (const ordinal of boundOf(execution, slot.index)) {
        if (!wanted.has(ordinal)) continue;
        sequence.push(ordinal);
        if (!firstSent.has(ordinal)) firstSent.set(ordinal, execution.sentOrder);
        lastSent = execution.sentOrder;
      }
    }
    yield;
    const bits = bitsOf(entries.map((ordinal) => this.#ordinals.textOf(ordinal)));
    const target: Target = { executions, slot, sequence, firstSent, lastSent, bits };
    let best: Candidate | null = null;
    for (const column of this.#covering(target)) {
      const candidate = this.#candidateOf(column, target);
      yield;
      const isKin = column.name.table !== null && column.name.table === slot.table;
      const names = isKin ? kinshipOf(column.name, slot, this.#known) : candidate.evidence.names;
      if (names === 'against' || (entries.length < DISTINCT_VALUES && names === 'silent')) continue;
      if (best === null || rank(candidate, 'strong') > rank(best, 'strong')) best = candidate;
    }
    if (best === null) return null;
    const flow = flowOf(best, best.alone ?? 'strong', target);
    return { ...flow, to: { ...flow.to, statements: indexesOf(starts) } };
  }

  /** Slots of one group that the same source rows fed together are one composite key. */
  #tie(traced: Traced): void {
    for (const [i, { flow, source }] of traced.entries()) {
      for (const other of traced.slice(i + 1)) {
        if (source === null || other.source === null || !travelTogether(source, other.source)) continue;
        flow.tuple ??= this.#tuples++;
        other.flow.tuple = flow.tuple;
      }
    }
  }
}

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

function covers(column: SourceColumn, target: Target): boolean {
  const [first] = target.executions;
  const isOwn = first?.statement.shape.id === column.shape;
  const arrivals = isOwn ? arrivedOutside(column, target.executions) : column.arrived;
  for (const [ordinal, sent] of target.firstSent) {
    const arrived = arrivals.get(ordinal);
    if (arrived === undefined || arrived > sent) return false;
  }
  return true;
}

/** Does each value stand in these rows, and had they arrived before it was asked for? */
function hadArrived(parts: readonly ColumnPart[], firstSent: ReadonlyMap<number, number>): boolean {
  const arrived = arrivalsOf(parts);
  for (const [ordinal, sent] of firstSent) if ((arrived.get(ordinal) ?? Number.POSITIVE_INFINITY) > sent) return false;
  return true;
}

function flowOf({ column, parts, type, evidence }: Candidate, strength: Strength, target: Target): Flow {
  const flow: Flow = {
    from: {
      statements: indexesOf(parts.map((part) => part.execution)),
      column: column.output,
      parameter: null,
      table: column.name.table,
    },
    to: {
      statements: indexesOf(target.executions),
      parameter: target.slot.index,
      column: target.slot.column,
    },
    rows: evidence.tight && type === null ? 'each' : 'some',
    tuple: null,
    values: evidence.distinct,
    ordered: evidence.exact || evidence.subsequence,
    strength,
    why: type === null ? wordsFor(evidence) : wordsOfType(type, evidence),
  };
  if (areWhole(target.executions, target.slot.index, parts)) flow.whole = true;
  return flow;
}

function wordsOfType(type: string, evidence: FlowEvidence): string {
  const rows = evidence.names === 'agree' ? `the rows' ${type} names the table` : `of the rows of one ${type}`;
  return `${rows}, ${wordsFor({ ...evidence, names: 'silent' })}`;
}

/** Ascending, though a pool may have sent them in another order than they were called in. */
function indexesOf(executions: Iterable<Execution>): number[] {
  return Array.from(executions, (execution) => execution.statement.index).sort((a, b) => a - b);
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

/** Do the statements of the loop and this source come through one function of the app? */
function shareFunction(source: CallSite | null, loop: Iterable<Execution>): boolean {
  if (source === null) return false;
  const site = firstSiteOf(loop);
  if (site === null) return false;
  return site.frames.some((frame) => source.frames.some((other) => isSameFunction(frame, other)));
}

function firstSiteOf(loop: Iterable<Execution>): CallSite | null {
  for (const { statement } of loop) if (statement.callSite !== null) return statement.callSite;
  return null;
}

function travelTogether(one: Fed, other: Fed): boolean {
  if (one.candidate.column.shape !== other.candidate.column.shape) return false;
  const slots = [one.target.slot.index, other.target.slot.index] as const;
  return pairsTravel(one.target.executions, slots, one.candidate.parts, other.candidate.parts);
}

function equal(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((value, i) => value === b[i]);
}

function sameCounts(a: readonly number[], b: readonly number[]): boolean {
  if (a.length !== b.length) return false;
  const counts = new Map<number, number>();
  for (const value of a) counts.set(value, (counts.get(value) ?? 0) + 1);
  for (const value of b) counts.set(value, (counts.get(value) ?? 0) - 1);
  return [...counts.values()].every((count) => count === 0);
}

function unique(values: readonly number[]): number[] {
  return [...new Set(values)];
}

function isSubsequence(part: readonly number[], whole: readonly number[]): boolean {
  let found = 0;
  for (const value of whole) if (value === part[found]) found++;
  return found === part.length;
}

/** With more loops side by side than this a merge of them is hardly an order any more, and looking for it would cost the square. */
const LOOPS_SIDE_BY_SIDE = 32;

/** Several loops running side by side, each in its own source's row order: the sequence is a merge of the parts. */
function interleaves(sequence: readonly number[], parts: readonly ColumnPart[]): boolean {
  if (parts.length > LOOPS_SIDE_BY_SIDE) return false;
  const next = parts.map(() => 0);
  for (const value of sequence) {
    const at = parts.findIndex((part, i) => part.ordinals[next[i] as number] === value);
    if (at < 0) return false;
    next[at] = (next[at] as number) + 1;
  }
  return parts.every((part, i) => next[i] === part.ordinals.length);
}

function compare(a: string, b: string): number {
  const numbers = Number(a) - Number(b);
  if (!Number.isNaN(numbers)) return numbers;
  return a < b ? -1 : 1;
}
