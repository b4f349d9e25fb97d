// Finds reads that are fed by their own earlier rows: a tree walked node by node or level by level, a list followed link by
// link. A batch cannot replace them, since each value is only known when the row before has come; WITH RECURSIVE can.

import { loopSite } from '../profile/loop-frame.js';
import type { Statement } from '../profile/types.js';
import type { ProfileView } from '../profile/views.js';
import type { Detection, Detector, Evidence, Facts, Words } from './detector.js';
import { counted, figure } from './figures.js';
import { rowsOf } from './growth.js';
import { pluralOf, sourceName, targetName, wastedMs } from './loop-evidence.js';
import { messageFor } from './loop-words.js';
import { replacementForWalk } from './replacement/walk.js';
import { isRead } from './statements.js';
import { type Walk, walkOf, walksIn } from './walks.js';

/** The figure that growth is told for, as for other loops. */
const ROWS_TOLD = 1_000;

export const recursiveWalk: Detector = {
  meta: {
    id: 'recursive-walk',
    severity: 'warning',
    summary: 'a tree or a list read step by step, each step fed by the rows of the one before',
    page: 'dist/detectors/recursive-walk.md',
    clock: false,
  },

  detect(view: ProfileView): Detection {
    const walks = walksIn(view).filter(({ repeat }) => isRead(repeat.shape));
    return { evidence: walks.map((walk) => evidenceOf(walk, view)), dismissals: [] };
  },

  word(evidence: Evidence, view: ProfileView): Words {
    const walk = walkOf(view.repeatOf(evidence.statements[0] as number)) as Walk;
    const { data } = evidence;
    const growth = walk.perLevel
      ? 'one statement for each level: the number grows with the depth only'
      : 'the number of statements grows with the rows that are reached';
    return {
      message: messageFor(evidence),
      why: `${data.proof}: ${walk.flow.why}; ${growth}.`,
      advice:
        'Let the server walk: WITH RECURSIVE, where `union` ends a cycle. It goes on to the end; where the app stops before, add a column that counts the depth, or the condition that stops it.',
      replacement: replacementForWalk(walk.repeat, walk.flow, Number(data.starts) > 1),
    };
  },
};

function evidenceOf(walk: Walk, view: ProfileView): Evidence {
  const { repeat, entry, confidence, perLevel } = walk;
  const source = entry === null ? [] : entry.from.statements;
  const [first] = source;
  const sourceSite = first === undefined ? null : view.repeatOf(first).callSite;
  const evidence: Evidence = {
    confidence,
    statements: repeat.statements.map((statement) => statement.index),
    source,
    callSite: loopSite(repeat.callSite, sourceSite),
    data: factsOf(walk),
  };
  return perLevel ? { ...evidence, severity: 'info' } : evidence;
}

/**
 * count, distinct, wastedMs, table, column, sourceColumn, totalStatements, minimalStatements, proof, order, grows, growsTo1000: as for other loops ·
 * starts: executions that no earlier row fed · rows: that came back in all.
 */
function factsOf({ repeat, flow, entry, perLevel }: Walk): Facts {
  const { statements, shape } = repeat;
  const count = statements.length;
  const entries = entry?.from.statements.length ?? 0;
  const fed = new Set(flow.to.statements);
  const facts: Facts = {
    count,
    distinct: repeat.distinct,
    wastedMs: wastedMs(statements),
    totalStatements: count + entries,
    minimalStatements: 1 + entries,
    starts: Math.max(1, statements.filter(({ index }) => !fed.has(index)).length),
    rows: rowsOf(statements),
    proof: proofOf(
      { flow, entry },
      { count, slots: shape.slots, starts: statements.filter(({ index }) => !fed.has(index)) },
    ),
    sourceColumn: sourceName(flow),
  };
  const [table] = shape.reads;
  if (table !== undefined) facts.table = table;
  if (flow.to.column !== null) facts.column = flow.to.column;
  if (flow.ordered) facts.order = 'in row order';
  if (perLevel || facts.rows === 0) return facts;
  const widest = Math.max(...statements.map(({ rows }) => rows ?? 0));
  if (widest > 1) {
    const starts = Number(facts.starts);
    const grown = Math.round(((count - starts) * ROWS_TOLD) / Number(facts.rows)) + starts + entries;
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
