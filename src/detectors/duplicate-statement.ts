// Finds reads that were sent again with the very same values while nothing in the scope could have changed the answer.
// Repeats with different values are no duplicates, also where some values come twice: they are a loop or nothing.

import { loopSite } from '../profile/loop-frame.js';
import type { CallSite, Statement } from '../profile/types.js';
import type { ProfileView, Repeat } from '../profile/views.js';
import { type ChangedBetween, changesIn } from './changes.js';
import type { Detection, Detector, DismissedRepeat, Evidence, Facts, Words } from './detector.js';
import { figure } from './figures.js';
import { rowsOf } from './growth.js';
import { executionsFrom, knownSitesOf } from './known-sites.js';
import { wastedMs } from './loop-evidence.js';
import { retryOf } from './loops.js';
import { isRead } from './statements.js';

/** Asking twice is asking once too often. */
const EXECUTIONS = 2;

/** Fewer executions than this may equal the number of any result's rows by chance. */
const EXECUTIONS_PER_ROW = 3;

/** A loop's source is among the latest statements before it; looking further would cost the square of a scope full of duplicates. */
const REPEATS_LOOKED_AT = 16;

/**
 * A pause before each execution, in ms, that no work of the app explains: a loop sends its next statement in the same turn or after
 * a fast answer, a poll waits on a timer.
 */
const POLL_PAUSE_MS = 50;

export const duplicateStatement: Detector = {
  meta: {
    id: 'duplicate-statement',
    severity: 'info',
    summary: 'reads sent again with the same values, with no write between',
    page: 'dist/detectors/duplicate-statement.md',
    clock: false,
  },

  detect(view: ProfileView): Detection {
    const detection: Detection = { evidence: [], dismissals: [] };
    const scope: Scope = { view, changed: changesIn(view) };
    for (const executions of equalReads(view)) {
      const verdict = judge(executions, scope);
      if (verdict === null) continue;
      if ('kind' in verdict) detection.dismissals.push(verdict);
      else detection.evidence.push(verdict);
    }
    return detection;
  },

  word({ data, statements }: Evidence, view: ProfileView): Words {
    const executions = statements.map((statement) => view.profile.statements[statement] as Statement);
    const repeated = executionsFrom(knownSitesOf(executions), executions.length, ' with equal values');
    const perRow =
      data.sourceRows === undefined
        ? ''
        : `, once for each of ${figure(executions.length)} rows of ${data.sourceTable ?? 'an earlier result'}`;
    return {
      message: `${figure(executions.length)} statements where 1 does: the same values each time`,
      why: `${repeated}${perRow}; nothing in between could have changed the answer.`,
      advice:
        data.sourceRows === undefined
          ? 'Keep the first answer for the rest of the scope and hand it on.'
          : 'Ask once before the loop. With more than one value among the rows this becomes one statement per row: ask for all values at once.',
      replacement: null,
    };
  },
};

/** What every group of equal reads is judged against. */
interface Scope {
  view: ProfileView;
  changed: ChangedBetween;
}

/** Reads of one shape with equal values, at least two of each, whatever their call sites; in order of their first. */
function equalReads({ repeats }: ProfileView): Statement[][] {
  const groups = new Map<string, Statement[]>();
  for (const { shape, statements, distinct } of repeats) {
    // What a SELECT without a table answers comes from a function, which may answer anew each time; a locking read waits for others.
    if (distinct !== 1 || !isRead(shape) || shape.reads.length === 0 || shape.locks) continue;
    const key = `${shape.id} ${statements[0]?.valuesKey}`;
    const group = groups.get(key) ?? [];
    groups.set(key, group);
    for (const statement of statements) group.push(statement);
  }
  return [...groups.values()]
    .filter((group) => group.length >= EXECUTIONS)
    .map((group) => group.sort((a, b) => a.index - b.index));
}

function judge(executions: readonly Statement[], scope: Scope): Evidence | DismissedRepeat | null {
  const answered = executions.filter((statement) => statement.error === null);
  if (answered.length < EXECUTIONS) {
    return answered.length === executions.length ? null : dismissal('retry', executions, retryOf(executions));
  }
  const runs = splitAtChanges(answered, scope.changed).filter((run) => run.length >= EXECUTIONS);
  if (runs.length === 0) {
    const tables = (answered[0] as Statement).shape.reads.join(', ');
    return dismissal(
      'reread-after-write',
      answered,
      `before each repetition a statement ran that may have changed ${tables}`,
    );
  }
  const repeated = runs.flat();
  if (isPoll(repeated, scope.view)) {
    return dismissal('poll', answered, pollOf(repeated));
  }
  return evidenceOf(repeated, scope);
}

/** Runs of executions without a statement between them that may have changed their tables. */
function splitAtChanges(executions: readonly Statement[], changed: ChangedBetween): Statement[][] {
  const runs: Statement[][] = [];
  for (const statement of executions) {
    const run = runs.at(-1);
    const before = run?.at(-1);
    if (run && before && !changed(before.index, statement.index, statement.shape.reads)) run.push(statement);
    else runs.push([statement]);
  }
  return runs;
}

/** Did nothing of the scope run for a while before each repetition? */
function isPoll(executions: readonly Statement[], { profile }: ProfileView): boolean {
  return executions.every((statement, i) => {
    if (i === 0) return true;
    const before = profile.statements[statement.index - 1];
    if (!before || before.startMs === null || statement.startMs === null) return false;
    return statement.startMs - (before.startMs + before.durationMs) >= POLL_PAUSE_MS;
  });
}

/** The pauses, and what ended them where the number of rows shows it. */
function pollOf(executions: readonly Statement[]): string {
  const counts = executions.map(({ rows }) => rows);
  const last = counts.pop();
  const changed = counts.every((rows) => rows === counts[0]) && last !== counts[0];
  const end = changed ? ', until the number of rows changed' : '';
  return `the app paused for at least ${POLL_PAUSE_MS} ms before each repetition${end}`;
}

function evidenceOf(executions: readonly Statement[], scope: Scope): Evidence {
  const { shape } = executions[0] as Statement;
  const repeats = [...new Set(executions.map((statement) => scope.view.repeatOf(statement.index)))];
  const source = rowSourceOf(executions, repeats, scope);
  const data: Facts = {
    count: executions.length,
    distinct: 1,
    sites: knownSitesOf(executions).sites,
    wastedMs: wastedMs(executions),
    table: shape.reads[0] as string,
  };
  if (source) {
    data.sourceRows = executions.length;
    const [table] = source.shape.reads;
    if (table !== undefined) data.sourceTable = table;
  }
  return {
    confidence: 'proven',
    statements: executions.map((statement) => statement.index),
    source: source ? source.statements.map((statement) => statement.index) : [],
    callSite: source ? loopSite(siteOf(repeats), source.callSite) : repetitionSite(executions),
    data,
  };
}

/** The first repetition whose line is known, where its way parts from that of the first execution; the line of the first where no other is. */
function repetitionSite([first, ...repetitions]: readonly Statement[]): CallSite | null {
  const asked = first?.callSite ?? null;
  const again = repetitions.find(({ callSite }) => callSite !== null)?.callSite ?? null;
  return again === null ? asked : loopSite(again, asked);
}

function siteOf(repeats: readonly Repeat[]): CallSite | null {
  return repeats[0]?.callSite ?? null;
}

/**
 * The latest read that returned as many rows as there are executions, where that makes plain that they ran once a row: all from one
 * captured call site, through one function with the read, and never more of them than rows had arrived.
 */
function rowSourceOf(executions: readonly Statement[], repeats: readonly Repeat[], scope: Scope): Repeat | null {
  const [loop] = repeats;
  if (!loop || repeats.length > 1 || !loop.captured || loop.sites !== 1) return null;
  if (executions.length < EXECUTIONS_PER_ROW) return null;
  const before = scope.view.repeats.slice(Math.max(0, loop.index - REPEATS_LOOKED_AT), loop.index);
  const isSource = ({ shape, callSite, statements }: Repeat) =>
    isRead(shape) &&
    rowsOf(statements) === executions.length &&
    shareFunction(callSite, loop.callSite) &&
    rowsKeepAhead(statements, executions);
  return before.findLast(isSource) ?? null;
}

/** Did each execution find a row that had none yet? */
function rowsKeepAhead(source: readonly Statement[], executions: readonly Statement[]): boolean {
  let arrived = 0;
  let next = 0;
  return executions.every((execution, turn) => {
    for (let read = source[next]; read && read.index < execution.index; read = source[++next]) {
      arrived += read.rows ?? 0;
    }
    return arrived > turn;
  });
}

function shareFunction(a: CallSite | null, b: CallSite | null): boolean {
  if (a === null || b === null) return false;
  return a.frames.some((frame) =>
    b.frames.some((other) => other.file === frame.file && other.function === frame.function),
  );
}

function dismissal(kind: DismissedRepeat['kind'], executions: readonly Statement[], why: string): DismissedRepeat {
  return { kind, statements: executions.map((statement) => statement.index), why };
}
