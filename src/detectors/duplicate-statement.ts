// Finds reads that were sent again with the very same values while nothing in the scope could have changed the answer.
// Repeats with different values are no duplicates, also where some values come twice: they are a loop or nothing.

import { loopSite } from '../profile/loop-frame.js';
import { FINE_LOT, LOT } from '../profile/slices.js';
import { sorted } from '../profile/sorted.js';
import type { CallSite, Statement } from '../profile/types.js';
import type { ProfileView, Repeat } from '../profile/views.js';
import { type ChangedBetween, changesIn } from './changes.js';
import {
  type Detection,
  type Detector,
  type DismissedRepeat,
  type Evidence,
  type Facts,
  sliced,
  type Words,
} from './detector.js';
import { figure } from './figures.js';
import { rowsOf } from './growth.js';
import { executionsFrom, knownSitesOf } from './known-sites.js';
import { wastedMs } from './loop-evidence.js';
import { retryOf } from './loops.js';
import { byLoader, isResolverLoop } from './resolvers.js';
import { indexesOf, isRead } from './statements.js';
import { POLL_PAUSE_MS } from './thresholds.js';

/** Asking twice is asking once too often. */
const EXECUTIONS = 2;

/** Fewer executions than this may equal the number of any result's rows by chance. */
const EXECUTIONS_PER_ROW = 3;

/** A loop's source is among the latest statements before it; looking further would cost the square of a scope full of duplicates. */
const REPEATS_LOOKED_AT = 16;

export const duplicateStatement: Detector = sliced({
  needs: 'repeatedReads',
  meta: {
    id: 'duplicate-statement',
    severity: 'info',
    summary: 'reads sent again with the same values, with no write between',
    page: 'dist/detectors/duplicate-statement.md',
    clock: false,
  },

  *detect(view: ProfileView): Generator<void, Detection> {
    const detection: Detection = { evidence: [], dismissals: [] };
    const equal = yield* equalReads(view);
    if (equal.length === 0) return detection;
    const scope: Scope = { view, changed: yield* changesIn(view) };
    for (const executions of equal) {
      const verdict = yield* judge(executions, scope);
      yield;
      if (verdict === null) continue;
      if ('kind' in verdict) detection.dismissals.push(verdict);
      else detection.evidence.push(verdict);
    }
    return detection;
  },

  word(evidence: Evidence, view: ProfileView): Words {
    const { data, statements } = evidence;
    const perRow =
      data.sourceRows === undefined
        ? ''
        : `, once for each of ${figure(statements.length)} rows of ${data.sourceTable ?? 'an earlier result'}`;
    return {
      message: `${figure(statements.length)} statements where 1 does: the same values each time`,
      why: `${data.repeated}${perRow}; nothing in between could have changed the answer.`,
      advice: isResolverLoop(evidence, view)
        ? byLoader(null)
        : data.sourceRows === undefined
          ? 'Keep the first answer for the rest of the scope and hand it on.'
          : 'Ask once before the loop. With more than one value among the rows this becomes one statement per row: ask for all values at once.',
      replacement: null,
    };
  },
});

/** What every group of equal reads is judged against. */
interface Scope {
  view: ProfileView;
  changed: ChangedBetween;
}

/** Reads of one shape with equal values, at least two of each, whatever their call sites; in order of their first. */
function* equalReads({ repeats }: ProfileView): Generator<void, (readonly Statement[])[]> {
  const groups = new Map<string, Statement[]>();
  let steps = 0;
  for (let r = 0; r < repeats.length; r++) {
    const { shape, statements, distinct, ofShape } = repeats[r] as Repeat;
    if (++steps % LOT === 0) yield;
    if (ofShape < EXECUTIONS) continue;
    // What a SELECT without a table answers comes from a function, which may answer anew each time; a locking read waits for others.
    if (distinct !== 1 || !isRead(shape) || shape.reads.length === 0 || shape.locks) continue;
    const key = `${shape.id} ${statements[0]?.valuesKey}`;
    let group = groups.get(key);
    if (group === undefined) {
      group = [];
      groups.set(key, group);
    }
    for (const statement of statements) if (group.push(statement) % FINE_LOT === 0) yield;
  }
  const equal: (readonly Statement[])[] = [];
  for (const group of groups.values()) {
    if (++steps % LOT === 0) yield;
    if (group.length >= EXECUTIONS) equal.push(yield* sorted(group, (a, b) => a.index - b.index));
  }
  return equal;
}

function* judge(executions: readonly Statement[], scope: Scope): Generator<void, Evidence | DismissedRepeat | null> {
  const answered: Statement[] = [];
  let steps = 0;
  for (const statement of executions) {
    if (statement.error === null) answered.push(statement);
    if (++steps % FINE_LOT === 0) yield;
  }
  if (answered.length < EXECUTIONS) {
    if (answered.length === executions.length) return null;
    return yield* dismissal('retry', executions, yield* retryOf(executions));
  }
  const repeated = yield* unchangedOf(answered, scope.changed);
  if (repeated.length === 0) {
    const tables = (answered[0] as Statement).shape.reads.join(', ');
    return yield* dismissal(
      'reread-after-write',
      answered,
      `before each repetition a statement ran that may have changed ${tables}`,
    );
  }
  if (yield* isPoll(repeated, scope.view)) return yield* dismissal('poll', answered, yield* pollOf(repeated));
  return yield* evidenceOf(repeated, scope);
}

/** The executions that have another one beside them, with nothing between the two that may have changed their tables. */
function* unchangedOf(executions: readonly Statement[], changed: ChangedBetween): Generator<void, Statement[]> {
  const found: Statement[] = [];
  let run = 0;
  for (let i = 0; i < executions.length; i++) {
    if (i % LOT === LOT - 1) yield;
    const statement = executions[i] as Statement;
    const before = executions[i - 1];
    if (before !== undefined && changed(before.index, statement.index, statement.shape.reads)) {
      if (run < EXECUTIONS) found.length -= run;
      run = 0;
    }
    found.push(statement);
    run++;
  }
  if (run < EXECUTIONS) found.length -= run;
  return found;
}

/** Did nothing of the scope run for a while before each repetition? */
function* isPoll(executions: readonly Statement[], { profile }: ProfileView): Generator<void, boolean> {
  for (let i = 1; i < executions.length; i++) {
    if (i % FINE_LOT === 0) yield;
    const { index, startMs } = executions[i] as Statement;
    const before = profile.statements[index - 1];
    if (!before || before.startMs === null || startMs === null) return false;
    if (startMs - (before.startMs + before.durationMs) < POLL_PAUSE_MS) return false;
  }
  return true;
}

/** The pauses, and what ended them where the number of rows shows it. */
function* pollOf(executions: readonly Statement[]): Generator<void, string> {
  const before = executions[0]?.rows;
  let changed = executions.at(-1)?.rows !== before;
  for (let i = 0; changed && i < executions.length - 1; i++) {
    if (i % FINE_LOT === FINE_LOT - 1) yield;
    changed = executions[i]?.rows === before;
  }
  const end = changed ? ', until the number of rows changed' : '';
  return `the app paused for at least ${POLL_PAUSE_MS} ms before each repetition${end}`;
}

function* evidenceOf(executions: readonly Statement[], scope: Scope): Generator<void, Evidence> {
  const { shape } = executions[0] as Statement;
  const repeats = new Set<Repeat>();
  let steps = 0;
  for (const { index } of executions) {
    repeats.add(scope.view.repeatOf(index));
    if (++steps % FINE_LOT === 0) yield;
  }
  const [loop] = repeats;
  const source = loop && repeats.size === 1 ? yield* rowSourceOf(executions, loop, scope) : null;
  const known = yield* knownSitesOf(executions);
  const data: Facts = {
    count: executions.length,
    distinct: 1,
    sites: known.sites,
    wastedMs: yield* wastedMs(executions),
    table: shape.reads[0] as string,
    repeated: executionsFrom(known, executions.length, ' with equal values'),
  };
  if (source) {
    data.sourceRows = executions.length;
    const [table] = source.shape.reads;
    if (table !== undefined) data.sourceTable = table;
  }
  return {
    confidence: 'proven',
    statements: yield* indexesOf(executions),
    source: source ? yield* indexesOf(source.statements) : [],
    callSite: source ? loopSite(loop?.callSite ?? null, source.callSite) : yield* repetitionSite(executions),
    data,
  };
}

/** The first repetition whose line is known, where its way parts from that of the first execution; the line of the first where no other is. */
function* repetitionSite(executions: readonly Statement[]): Generator<void, CallSite | null> {
  const asked = executions[0]?.callSite ?? null;
  for (let i = 1; i < executions.length; i++) {
    if (i % FINE_LOT === 0) yield;
    const again = executions[i]?.callSite ?? null;
    if (again !== null) return loopSite(again, asked);
  }
  return asked;
}

/**
 * The latest read that returned as many rows as there are executions, where that makes plain that they ran once a row: all from one
 * captured call site, through one function with the read, and never more of them than rows had arrived.
 */
function* rowSourceOf(executions: readonly Statement[], loop: Repeat, { view }: Scope): Generator<void, Repeat | null> {
  if (!loop.captured || loop.sites !== 1 || executions.length < EXECUTIONS_PER_ROW) return null;
  for (let i = loop.index - 1; i >= Math.max(0, loop.index - REPEATS_LOOKED_AT); i--) {
    yield;
    const source = view.repeats[i] as Repeat;
    if (!isRead(source.shape) || !shareFunction(source.callSite, loop.callSite)) continue;
    if ((yield* rowsOf(source.statements)) !== executions.length) continue;
    if (yield* rowsKeepAhead(source.statements, executions)) return source;
  }
  return null;
}

/** Did each execution find a row that had none yet? */
function* rowsKeepAhead(source: readonly Statement[], executions: readonly Statement[]): Generator<void, boolean> {
  let arrived = 0;
  let next = 0;
  let turn = 0;
  for (const execution of executions) {
    for (let read = source[next]; read && read.index < execution.index; read = source[++next]) {
      arrived += read.rows ?? 0;
      if (next % FINE_LOT === FINE_LOT - 1) yield;
    }
    if (arrived <= turn) return false;
    if (++turn % FINE_LOT === 0) yield;
  }
  return true;
}

function shareFunction(a: CallSite | null, b: CallSite | null): boolean {
  if (a === null || b === null) return false;
  return a.frames.some((frame) =>
    b.frames.some((other) => other.file === frame.file && other.function === frame.function),
  );
}

function* dismissal(
  kind: DismissedRepeat['kind'],
  executions: readonly Statement[],
  why: string,
): Generator<void, DismissedRepeat> {
  return { kind, statements: yield* indexesOf(executions), why };
}
