// Finds reads that are fed by their own earlier rows: a tree walked node by node or level by level, a list followed link by
// link. A batch cannot replace them, since each value is only known when the row before has come; WITH RECURSIVE can.

import { loopSite } from '../profile/loop-frame.js';
import { FINE_LOT, LOT } from '../profile/slices.js';
import type { Statement } from '../profile/types.js';
import type { ProfileView, Repeat } from '../profile/views.js';
import { type Detection, type Detector, type Evidence, type Facts, sliced, type Words } from './detector.js';
import { counted, figure } from './figures.js';
import { rowsOf } from './growth.js';
import { code, libraryOf } from './library-words.js';
import { pluralOf, sourceName, targetName, wastedMs, withLibrary } from './loop-evidence.js';
import { messageFor } from './loop-words.js';
import { replacementForWalk } from './replacement/walk.js';
import { indexesOf, isRead } from './statements.js';
import { type Walk, walkOf } from './walks.js';

/** The figure that growth is told for, as for other loops. */
const ROWS_TOLD = 1_000;

export const recursiveWalk: Detector = sliced({
  needs: 'repeatedReads',
  meta: {
    id: 'recursive-walk',
    severity: 'warning',
    summary: 'a tree or a list read step by step, each step fed by the rows of the one before',
    page: 'dist/detectors/recursive-walk.md',
    clock: false,
  },

  *detect(view: ProfileView): Generator<void, Detection> {
    const evidence: Evidence[] = [];
    for (let r = 0; r < view.repeats.length; r++) {
      const repeat = view.repeats[r] as Repeat;
      if (repeat.index % LOT === LOT - 1) yield;
      const walk = isRead(repeat.shape) ? walkOf(repeat) : null;
      if (walk !== null) evidence.push(yield* evidenceOf(walk, view));
    }
    return { evidence, dismissals: [] };
  },

  word(evidence: Evidence, view: ProfileView): Words {
    const walk = walkOf(view.repeatOf(evidence.statements[0] as number)) as Walk;
    const { data } = evidence;
    const library = libraryOf(evidence, view);
    const call = library?.recursive ?? library?.raw;
    const through = call === undefined ? '' : `, by ${code(call)}`;
    const growth = walk.perLevel
      ? 'one statement for each level: the number grows with the depth only'
      : 'the number of statements grows with the rows that are reached';
    return {
      message: messageFor(evidence),
      why: `${data.proof}: ${walk.flow.why}; ${growth}.`,
      advice: `Let the server walk: WITH RECURSIVE${through}, where \`union\` ends a cycle. It goes on to the end; where the app stops before, add a column that counts the depth, or the condition that stops it.`,
      replacement: replacementForWalk(walk.repeat, walk.flow, Number(data.starts) > 1),
    };
  },
});

function* evidenceOf(walk: Walk, view: ProfileView): Generator<void, Evidence> {
  const { repeat, entry, confidence, perLevel } = walk;
  const source = entry === null ? [] : entry.from.statements;
  const [first] = source;
  const sourceSite = first === undefined ? null : view.repeatOf(first).callSite;
  const evidence: Evidence = {
    confidence,
    statements: yield* indexesOf(repeat.statements),
    source,
    callSite: loopSite(repeat.callSite, sourceSite),
    data: yield* factsOf(walk),
  };
  return withLibrary(perLevel ? { ...evidence, severity: 'info' } : evidence, view);
}

/**
 * count, distinct, wastedMs, library, table, column, sourceColumn, totalStatements, minimalStatements, proof, order, grows, growsTo1000: as for other loops ·
 * starts: executions that no earlier row fed · rows: that came back in all.
 */
function* factsOf({ repeat, flow, entry, perLevel }: Walk): Generator<void, Facts> {
  const { statements, shape } = repeat;
  const count = statements.length;
  const entries = entry?.from.statements.length ?? 0;
  const fed = new Set<number>();
  for (const index of flow.to.statements) if (fed.add(index).size % FINE_LOT === 0) yield;
  const starts: Statement[] = [];
  let isWide = (flow.from.documentRows ?? 0) > flow.from.statements.length;
  for (let i = 0; i < count; i++) {
    if (i % FINE_LOT === FINE_LOT - 1) yield;
    const statement = statements[i] as Statement;
    if (!fed.has(statement.index)) starts.push(statement);
    isWide ||= (statement.rows ?? 0) > 1;
  }
  const facts: Facts = {
    count,
    distinct: repeat.distinct,
    wastedMs: yield* wastedMs(statements),
    totalStatements: count + entries,
    minimalStatements: 1 + entries,
    starts: Math.max(1, starts.length),
    rows: flow.from.documentRows ?? (yield* rowsOf(statements)),
    proof: proofOf({ flow, entry }, { count, slots: shape.slots, starts }),
    sourceColumn: sourceName(flow),
  };
  const [table] = shape.reads;
  if (table !== undefined) facts.table = table;
  if (flow.to.column !== null) facts.column = flow.to.column;
  if (flow.ordered) facts.order = 'in row order';
  if (perLevel || facts.rows === 0) return facts;
  if (isWide) {
    const begun = Number(facts.starts);
    const grown = Math.round(((count - begun) * ROWS_TOLD) / Number(facts.rows)) + begun + entries;
    facts.growsTo1000 = grown;
    facts.grows = `1,000 ${pluralOf(flow.from.table)} → ${counted(grown, 'statement')}`;
  } else {
    facts.grows = 'each further step is one more statement';
  }
  return facts;
}

/** `12 of 13 parent_id are folder.id of earlier rows of this statement, the other one is from outside`. */
function proofOf(
  { flow, entry }: Pick<Walk, 'flow' | 'entry'>,
  { count, slots, starts }: { count: number; slots: Walk['repeat']['shape']['slots']; starts: readonly Statement[] },
): string {
  const fed = flow.to.statements.length;
  const own = `${figure(fed)} of ${figure(count)} ${targetName(flow, slots)} are ${sourceName(flow)} of its own earlier rows`;
  if (starts.length === 0) return own;
  const rest = starts.length === 1 ? 'the other one is' : `the other ${figure(starts.length)} are`;
  if (entry === null) return `${own}, ${rest} from elsewhere`;
  return `${own}, ${rest} ${sourceName(entry) === sourceName(flow) ? 'from another statement' : sourceName(entry)}`;
}
