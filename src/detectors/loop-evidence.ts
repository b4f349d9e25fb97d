// A loop as evidence: the statements, the line, the figures, and the sentences that figures alone cannot give. The same for
// reads and writes, so that every output can show them alike.

import { loopSite } from '../profile/loop-frame.js';
import { FINE_LOT } from '../profile/slices.js';
import type { Flow, Statement } from '../profile/types.js';
import type { ProfileView } from '../profile/views.js';
import type { Evidence, Facts } from './detector.js';
import { counted, figure } from './figures.js';
import { type Growth, growthOf, rowsOf } from './growth.js';
import { libraryOf } from './library-words.js';
import type { Loop } from './loops.js';
import { columnName } from './statement-name.js';
import { indexesOf } from './statements.js';

/** One piece of evidence for each loop, in the order of their first statements. */
export function* evidenceOf(loops: readonly Loop[], view: ProfileView): Generator<void, Evidence[]> {
  const growth = yield* growthOf(loops, view);
  const evidence: Evidence[] = [];
  for (let i = 0; i < loops.length; i++) {
    evidence.push(yield* evidenceOfLoop(loops[i] as Loop, growth[i] as Growth, view));
    yield;
  }
  return evidence;
}

function* evidenceOfLoop(loop: Loop, growth: Growth, view: ProfileView): Generator<void, Evidence> {
  const { repeat, confidence } = loop;
  const [first] = growth.source;
  const sourceSite = first ? view.repeatOf(first.index).callSite : null;
  const evidence: Evidence = {
    confidence,
    tied: loop.flows.some((flow) => !isByOrder(flow)),
    statements: yield* indexesOf(repeat.statements),
    source: yield* indexesOf(growth.source),
    callSite: loopSite(repeat.callSite, sourceSite),
    data: yield* factsOf(loop, growth),
  };
  return withLibrary(evidence, view);
}

/**
 * count: executions · distinct: with different values · wastedMs: what all but the dearest one took · table, column: what the loop asks for ·
 * sourceRows, sourceStatements, sourceColumn: what feeds it · perSourceStatement: executions for each of those ·
 * totalStatements, minimalStatements: of the tree from here, and what would do · root, growsTo1000: statements at 1,000 rows of that table ·
 * library: whose calls the advice names · proof, order: what is known of the values, as a clause · grows: growth as a clause, for the root of a tree.
 */
function* factsOf(loop: Loop, growth: Growth): Generator<void, Facts> {
  const { repeat, flows } = loop;
  const count = repeat.statements.length;
  const facts: Facts = {
    count,
    distinct: repeat.distinct,
    wastedMs: yield* wastedMs(repeat.statements),
    totalStatements: growth.totalStatements,
    minimalStatements: growth.minimalStatements,
    proof: yield* proofOf(loop),
  };
  const table = repeat.shape.writes[0] ?? repeat.shape.reads[0];
  if (table !== undefined) facts.table = table;
  const [flow] = flows;
  if (flow) {
    if (flow.to.column !== null) facts.column = flow.to.column;
    if (flows.every((each) => each.ordered)) facts.order = 'in row order';
    facts.sourceStatements = growth.source.length;
    if (!isByOrder(flow)) {
      facts.sourceColumn = sourceName(flow);
      facts.sourceRows = flow.from.documentRows ?? (yield* rowsOf(growth.source));
    }
    facts.perSourceStatement = rounded(count / growth.source.length);
  }
  if (growth.root !== null) facts.root = growth.root;
  if (growth.growsTo1000 !== null) {
    facts.growsTo1000 = growth.growsTo1000;
    if (growth.isRoot) {
      facts.grows = `1,000 ${pluralOf(growth.root)} → ${counted(growth.growsTo1000, 'statement')}`;
    }
  }
  return facts;
}

/** The same with the library that sent the statements, where that is seen. */
export function withLibrary(evidence: Evidence, view: ProfileView): Evidence {
  const library = libraryOf(evidence, view);
  return library === null ? evidence : { ...evidence, data: { ...evidence.data, library: library.name } };
}

/** Time that went by in all executions but the dearest, in ms: the one statement that remains takes at least that. */
export function* wastedMs(statements: readonly Statement[]): Generator<void, number> {
  let sum = 0;
  let dearest = 0;
  for (let i = 0; i < statements.length; i++) {
    if (i % FINE_LOT === FINE_LOT - 1) yield;
    const { durationMs } = statements[i] as Statement;
    sum += durationMs;
    if (durationMs > dearest) dearest = durationMs;
  }
  return rounded(sum - dearest);
}

/** To a hundredth: no clock in the profile is better than that, and binary fractions are no figures to read. */
function rounded(figure: number): number {
  return Math.round(figure * 100) / 100;
}

/** "20 of 20 users.id are message.sender_id", or what is known without a source. */
function* proofOf({ repeat, flows }: Loop): Generator<void, string> {
  const [flow] = flows;
  const count = repeat.statements.length;
  if (!flow) {
    if (repeat.distinct === 0) return `${counted(count, 'execution')} of one shape`;
    const values = repeat.distinct === 1 ? 'equal values' : `${counted(repeat.distinct, 'different value')}`;
    const where = repeat.callSite === null ? '' : ' from one call site';
    return `${counted(count, 'execution')} with ${values}${where}`;
  }
  if (isByOrder(flow)) {
    const target = targetName(flow, repeat.shape.slots);
    const turns = flow.from.statements.length;
    const each = turns === 1 ? 'all' : 'each';
    return `${counted(flow.values, 'different value')} of ${target}, ${each} after ${turns === 1 ? 'the one read' : `one of ${figure(turns)} reads`} of ${flow.from.table ?? 'another statement'}`;
  }
  let fed = 0;
  for (let i = 0; i < count; i++) {
    if (i % FINE_LOT === FINE_LOT - 1) yield;
    if ((repeat.statements[i]?.slotKeys?.[flow.to.parameter - 1] ?? -1) >= 0) fed++;
  }
  const target = joined(flows.map((each) => targetName(each, repeat.shape.slots)));
  const source = joined(flows.map(sourceName));
  // A table's keys that were read, and then each asked for again.
  const origin = source === target ? 'those of the rows read before' : source;
  return `${figure(fed)} of ${figure(count)} ${target} are ${origin}`;
}

export function targetName({ to: { column, parameter } }: Flow, slots: Loop['repeat']['shape']['slots']): string {
  return column === null ? `values of $${parameter}` : columnName(column, slots[parameter - 1]?.table ?? null);
}

/** Are its source's rows not shown? */
function isByOrder({ from }: Flow): boolean {
  return from.column === null && from.parameter === null;
}

export function sourceName({ from }: Flow): string {
  if (from.column === null) return 'a value that the source bound too';
  return from.table === null ? from.column : `${from.table}.${from.column}`;
}

function joined(names: readonly string[]): string {
  return names.length === 1 ? (names[0] as string) : `(${names.join(', ')})`;
}

/** The table's rows as English counts them: 1,000 chats, 1,000 categories. */
export function pluralOf(table: string | null): string {
  if (table === null) return 'rows';
  const name = table.slice(table.lastIndexOf('.') + 1);
  if (/s$/i.test(name)) return name;
  if (/[^aeiou]y$/i.test(name)) return `${name.slice(0, -1)}ies`;
  return /(?:x|z|ch|sh)$/i.test(name) ? `${name}es` : `${name}s`;
}
