// When repeated executions are a loop: the ladder of evidence that reads and writes share, and the ways in which a repeat
// turns out to be harmless. Facts only; the words are the detectors' own.

import { FINE_LOT, LOT } from '../profile/slices.js';
import { sorted } from '../profile/sorted.js';
import type { Flow, Shape, Slot, Statement } from '../profile/types.js';
import type { ProfileView, Repeat } from '../profile/views.js';
import type { Confidence, DismissedRepeat } from './detector.js';
import { counted, figure } from './figures.js';
import { indexesOf, isSetBased } from './statements.js';
import { POLL_PAUSE_MS } from './thresholds.js';
import { isWalk } from './walks.js';

/** A repeat that is a loop, and how well that is known. */
export interface Loop {
  repeat: Repeat;
  confidence: Confidence;
  /** The flows that tie it to its source: one, or one per column of a composite key. Empty where no source is known. */
  flows: readonly Flow[];
}

export interface LoopSearch {
  loops: Loop[];
  dismissals: DismissedRepeat[];
  /** Repeats that are neither: too few executions, or nothing ties them together. */
  undecided: Repeat[];
}

/** One execution is no loop; with two, both fed by values of the same earlier rows, there is no other reading. */
const EXECUTIONS_WITH_SOURCE = 2;

/** Executions with equal values are duplicates, whatever their source. */
const DIFFERENT_VALUES = 2;

/**
 * Without a known source the call site alone speaks. Two values from one line are what any helper gives that is called for a sender and a
 * receiver; three from the very same stack are a loop in all but contrived code.
 */
export const EXECUTIONS_WITHOUT_SOURCE = 3;

/** Where values are hidden: as many as other tools ask for that know no more either. */
const EXECUTIONS_HIDDEN = 5;

/** A batch of one row is the loop that batching was meant to replace. */
const CHUNK_ITEMS = 2;

/** Sorts the repeats of a profile whose shape is of interest into loops, harmless ones and the rest. */
export function* findLoops(view: ProfileView, isOfInterest: (repeat: Repeat) => boolean): Generator<void, LoopSearch> {
  const search: LoopSearch = { loops: [], dismissals: [], undecided: [] };
  for (let r = 0; r < view.repeats.length; r++) {
    const repeat = view.repeats[r] as Repeat;
    if (repeat.index % LOT === LOT - 1) yield;
    if (!isOfInterest(repeat) || isWalk(repeat)) continue;
    const verdict = repeat.statements.length < EXECUTIONS_WITH_SOURCE ? null : yield* judge(repeat, view);
    if (verdict === null) search.undecided.push(repeat);
    else if ('confidence' in verdict) search.loops.push(verdict);
    else search.dismissals.push(verdict);
  }
  return yield* withoutBatches(search, view);
}

/** Executions of one shape, wherever they came from. */
export interface SameShape {
  shape: Shape;
  /** In the order in which they were sent. */
  statements: readonly Statement[];
}

/** Repeats of one shape together, as many as would be a loop without a source, in the order of their first. */
export function* byShape(repeats: readonly Repeat[]): Generator<void, SameShape[]> {
  const shapes = new Map<string, { shape: Shape; statements: Statement[] }>();
  let steps = 0;
  for (let i = 0; i < repeats.length; i++) {
    if (i % LOT === LOT - 1) yield;
    const { shape, statements, ofShape } = repeats[i] as Repeat;
    if (ofShape < EXECUTIONS_WITHOUT_SOURCE) continue;
    let group = shapes.get(shape.id);
    if (group === undefined) {
      group = { shape, statements: [] };
      shapes.set(shape.id, group);
    }
    for (let s = 0; s < statements.length; s++) {
      group.statements.push(statements[s] as Statement);
      if (++steps % FINE_LOT === 0) yield;
    }
  }
  const groups: SameShape[] = [];
  for (const { shape, statements } of shapes.values()) {
    if (++steps % LOT === 0) yield;
    if (statements.length < EXECUTIONS_WITHOUT_SOURCE) continue;
    if (groups.push({ shape, statements: yield* sorted(statements, byIndex) }) % LOT === 0) yield;
  }
  return groups;
}

const byIndex = (a: Statement, b: Statement): number => a.index - b.index;

/** Batches are told by what they carry: those of one shape together, whether their call sites are one, several or unknown. */
function* withoutBatches({ loops, dismissals, undecided }: LoopSearch, view: ProfileView): Generator<void, LoopSearch> {
  const batched = new Set<Repeat>();
  for (const { shape, statements } of yield* byShape(undecided)) {
    if (statements[0]?.slotKeys === null) continue;
    if ((yield* distinctOver(shape.slots, statements)) < EXECUTIONS_WITHOUT_SOURCE) continue;
    const why = yield* batchOf({ shape, statements }, statements, []);
    if (why === null) continue;
    const batch = yield* dismissal('chunked', { statements }, why);
    dismissals.push(batch);
    let steps = 0;
    for (const statement of batch.statements) {
      batched.add(view.repeatOf(statement));
      if (++steps % FINE_LOT === 0) yield;
    }
  }
  return {
    loops,
    dismissals,
    undecided: batched.size === 0 ? undecided : undecided.filter((one) => !batched.has(one)),
  };
}

function* judge(repeat: Repeat, view: ProfileView): Generator<void, Loop | DismissedRepeat | null> {
  const { shape, statements } = repeat;
  if (statements[0]?.slotKeys === null) return yield* judgeHidden(repeat);

  const keyset = repeat.flows.length === 0 ? null : yield* keysetOf(repeat, view);
  if (keyset) {
    return yield* dismissal(
      'pagination',
      repeat,
      `each ${keyset.to.column ?? 'value'} is from the last row of the page before`,
    );
  }
  const slots = shape.slots.filter((slot) => !isPageSlot(slot));
  const different = yield* distinctOver(slots, statements);
  const turns = yield* withoutRetries(repeat, view);
  if (different < DIFFERENT_VALUES) {
    const pages = yield* distinctOver(shape.slots.filter(isPageSlot), statements);
    if (pages > 1) return yield* dismissal('pagination', repeat, 'only LIMIT and OFFSET change');
    // Of reads sent again, duplicates are told where they are looked for.
    return shape.writes.length > 0 && turns.length === 1
      ? yield* dismissal('retry', repeat, yield* retryOf(statements))
      : null;
  }

  const distinct = turns === statements ? different : yield* distinctOver(slots, turns);
  if (distinct < DIFFERENT_VALUES) return null;
  const row = yield* singleRowOf(repeat, turns, view);
  if (row !== null) return yield* dismissal('single-row-source', repeat, row);
  let known = yield* flowsFrom(repeat, view, 'certain');
  if (known.length === 0) known = yield* flowsFrom(repeat, view, 'strong');
  const oneSite = repeat.captured && repeat.sites === 1 && canBeBatched(repeat.shape);
  const bySite = oneSite && turns.length >= EXECUTIONS_WITHOUT_SOURCE && distinct >= EXECUTIONS_WITHOUT_SOURCE;
  const byNumber = known.length === 0 && !bySite && (yield* isLoopByNumber(repeat, turns, view));
  if (known.length === 0 && !bySite && !byNumber) return null;

  const unpaged: Flow[] = [];
  for (const flow of known) if (!(yield* isPaged(flow, view))) unpaged.push(flow);
  const batch = yield* batchOf(repeat, turns, unpaged);
  if (batch !== null) return yield* dismissal('chunked', repeat, batch);
  const isFew = byNumber && turns.length < EXECUTIONS_HIDDEN;
  const confidence = known[0]?.strength === 'certain' ? 'proven' : isFew ? 'possible' : 'likely';
  return { repeat, confidence, flows: known };
}

/**
 * Where a source shows values, and neither the rows that they could come from nor the lines that sent them: their number speaks, as it does where they are
 * hidden, and that they differ in what is asked for by equality or written, not in the page that is asked for.
 */
function* isLoopByNumber(
  { shape }: Repeat,
  turns: readonly Statement[],
  { profile }: ProfileView,
): Generator<void, boolean> {
  const { rows, callSites } = profile.visible;
  if (rows || callSites || turns.length < EXECUTIONS_WITHOUT_SOURCE || !canBeBatched(shape)) return false;
  const keys = shape.slots.filter(({ role, operator, list }) => operator === '=' || list || role === 'insert');
  if ((yield* distinctOver(keys, turns)) < EXECUTIONS_WITHOUT_SOURCE) return false;
  const ranges = shape.slots.filter(({ operator }) => RANGE.test(operator ?? ''));
  return (yield* distinctOver(ranges, turns)) < DIFFERENT_VALUES && !(yield* isPoll(turns));
}

/**
 * Executions whose values the source hides: each may be the same question. What speaks for a loop is their number alone, so it takes more of them, and
 * none of what makes a repeat harmless may be possible: pages, chunks, a poll.
 */
function* judgeHidden(repeat: Repeat): Generator<void, Loop | null> {
  const { shape, statements } = repeat;
  if (!canBeBatched(shape) || mayPage(shape)) return null;
  const answered: Statement[] = [];
  let steps = 0;
  for (const statement of statements) {
    if (statement.error === null && statement.listSizes === undefined) answered.push(statement);
    if (++steps % FINE_LOT === 0) yield;
  }
  if (answered.length < EXECUTIONS_WITHOUT_SOURCE || (yield* isPoll(answered))) return null;
  return { repeat, confidence: answered.length < EXECUTIONS_HIDDEN ? 'possible' : 'likely', flows: [] };
}

/**
 * May each execution be the next page, or the next chunk? A LIMIT alone is none: ORMs write one around each look-up by key. With a lock it takes the next from a
 * queue.
 */
function mayPage({ slots, locks }: Shape): boolean {
  const limits = slots.filter(({ role }) => role === 'limit').length;
  if (limits > 1 || (limits > 0 && locks)) return true;
  return slots.some(({ role, list, operator }) => role === 'offset' || list || RANGE.test(operator ?? ''));
}

/** The next page's key is compared by these. */
const RANGE = /^[<>]=?$/;

/** Was each execution sent long after the one before it? */
function* isPoll(statements: readonly Statement[]): Generator<void, boolean> {
  let steps = 0;
  for (let i = 1; i < statements.length; i++) {
    if (++steps % FINE_LOT === 0) yield;
    const { startMs, durationMs } = statements[i - 1] as Statement;
    if (startMs === null) return false;
    if (((statements[i] as Statement).startMs ?? 0) - startMs - durationMs < POLL_PAUSE_MS) return false;
  }
  return true;
}

/** Do the rows come page by page? Then a batch for each page is no statement of its own for each row. */
function* isPaged({ from }: Flow, view: ProfileView): Generator<void, boolean> {
  const pages = view.repeatOf(from.statements[0] as number);
  if (pages.flows.length > 0 && (yield* keysetOf(pages, view))) return true;
  const { slots } = pages.shape;
  const pageSlots = slots.filter(isPageSlot);
  if (pageSlots.length === 0 || (yield* distinctOver(pageSlots, pages.statements)) < DIFFERENT_VALUES) return false;
  const others = slots.filter((slot) => !isPageSlot(slot));
  return (yield* distinctOver(others, pages.statements)) < DIFFERENT_VALUES;
}

/** The flow from the last row of each of its executions to the next. */
function* keysetOf(repeat: Repeat, view: ProfileView): Generator<void, Flow | null> {
  for (const flow of repeat.flows) if (flow.rows === 'last' && (yield* isOwn(flow, repeat, view))) return flow;
  return null;
}

/** Could one statement ask for several of its values? Writes are rows; a read has to ask by equality, and of a table: `name ilike $1` and `select f($1)` do not. */
export function canBeBatched({ slots, reads, writes }: Shape): boolean {
  if (writes.length > 0) return true;
  return reads.length > 0 && slots.some(({ operator, list }) => list || operator === '=');
}

function isPageSlot({ role }: Slot): boolean {
  return role === 'limit' || role === 'offset';
}

/** Executions with different values in these slots, as far as values can be read: what cannot be counts as one. */
export function* distinctOver(slots: readonly Slot[], statements: readonly Statement[]): Generator<void, number> {
  const seen = new Set<number | string>();
  const [only] = slots;
  let steps = 0;
  for (let i = 0; i < statements.length; i++) {
    const statement = statements[i] as Statement;
    if (++steps % FINE_LOT === 0) yield;
    seen.add(
      only !== undefined && slots.length === 1
        ? (statement.slotKeys?.[only.index - 1] ?? '')
        : valuesOver(slots, statement),
    );
  }
  return seen.size;
}

/** The values of these slots together, as a text that only equal ones have. */
function valuesOver(slots: readonly Slot[], { slotKeys }: Statement): string {
  return slots.map(({ index }) => slotKeys?.[index - 1]).join(' ');
}

/** The executions without those that failed, or whose transaction was rolled back, and that were sent again with the same values. */
export function* withoutRetries(
  { shape, statements }: Repeat,
  view: ProfileView,
): Generator<void, readonly Statement[]> {
  const isUndone = ({ transaction }: Statement) =>
    transaction !== null && view.profile.transactions[transaction]?.outcome === 'rolled back';
  let steps = 0;
  let any = false;
  for (let i = 0; i < statements.length; i++) {
    const statement = statements[i] as Statement;
    if (++steps % FINE_LOT === 0) yield;
    any = statement.error !== null || isUndone(statement);
    if (any) break;
  }
  if (!any) return statements;

  const transactionOfLater = new Map<string, number | null>();
  const kept: Statement[] = [];
  for (let i = statements.length - 1; i >= 0; i--) {
    if (++steps % LOT === 0) yield;
    const statement = statements[i] as Statement;
    const values = valuesOver(shape.slots, statement);
    const later = transactionOfLater.get(values);
    const { transaction } = statement;
    const isRetried =
      later !== undefined && (statement.error !== null || (isUndone(statement) && later !== transaction));
    if (isRetried) continue;
    kept.push(statement);
    transactionOfLater.set(values, transaction);
  }
  return kept.reverse();
}

/** What a retried statement was sent again for: its own failure, with what the server said, or its transaction's. */
export function* retryOf(statements: readonly Statement[]): Generator<void, string> {
  const codes = new Set<string>();
  let failed = 0;
  let steps = 0;
  for (const { error } of statements) {
    if (++steps % FINE_LOT === 0) yield;
    if (error === null) continue;
    failed++;
    if (error.code) codes.add(error.code);
  }
  if (failed === 0) return 'sent again with the same values after its transaction was rolled back';
  return `sent again with the same values after it failed${codes.size === 0 ? '' : ` (${[...codes].join(', ')})`}`;
}

/**
 * Why the executions are as many as one row has columns, or as there were single rows, and no loop over rows; null where they may be one. A row of
 * its own for each is a loop where what returned these rows is one, or comes from one line: then two are not seen to be all.
 */
function* singleRowOf(repeat: Repeat, turns: readonly Statement[], view: ProfileView): Generator<void, string | null> {
  const columns = repeat.flows.filter(
    ({ values, walk, from }) => values === 1 && !walk && from.statements.length === 1,
  );
  if (columns.length > 1 && columns.length === repeat.flows.length) {
    const table = columns[0]?.from.table;
    const all = columns.length === 2 ? 'both values' : `all ${figure(columns.length)} values`;
    return `${all} are columns of one row${table ? ` of ${table}` : ''}, the only one of its result: more rows cannot make them more`;
  }
  const [flow] = repeat.flows;
  if (!flow || flow.from.statements.length < turns.length || flow.from.column === null) return null;
  if ((flow.from.documentRows ?? 0) > flow.from.statements.length) return null;
  const sources = new Set<Repeat>();
  let sites = 0;
  let steps = 0;
  for (const statement of flow.from.statements) {
    if (++steps % FINE_LOT === 0) yield;
    const source = view.repeatOf(statement);
    if (source.flows.length > 0 || view.profile.statements[statement]?.rows !== 1) return null;
    if (!sources.has(source)) sites += source.sites;
    sources.add(source);
  }
  if (sites < flow.from.statements.length) return null;
  return `each of the ${counted(turns.length, 'execution')} was fed by the only row of a statement of its own, all sent from different lines`;
}

/** The flows of this strength that come from other statements; those of one composite key together. */
function* flowsFrom(repeat: Repeat, view: ProfileView, strength: Flow['strength']): Generator<void, Flow[]> {
  for (const flow of repeat.flows) {
    if (flow.strength !== strength || (yield* isOwn(flow, repeat, view))) continue;
    return flow.tuple === null ? [flow] : repeat.flows.filter(({ tuple }) => tuple === flow.tuple);
  }
  return [];
}

function* isOwn({ from }: Flow, repeat: Repeat, view: ProfileView): Generator<void, boolean> {
  let steps = 0;
  for (let i = 0; i < from.statements.length; i++) {
    if (view.repeatOf(from.statements[i] as number) !== repeat) return false;
    if (++steps % FINE_LOT === 0) yield;
  }
  return true;
}

/** Why the executions are batches already; null where they are not. `turns` are those of them that count. */
function* batchOf(
  { shape, statements }: SameShape,
  turns: readonly Statement[],
  flows: readonly Flow[],
): Generator<void, string | null> {
  if (turns[0]?.batch !== null && (yield* isOneRoundTrip(turns)))
    return 'one text carried them all to the server: one round trip';
  const lists = shape.slots.filter((slot) => slot.list && !isPageSlot(slot));
  const isBatch =
    isSetBased(shape) ||
    (shape.writes.length > 0 && (yield* isRowBatch({ shape, statements }))) ||
    (lists.length === 1 && (yield* isChunked({ shape, statements }, lists[0] as Slot, flows)));
  return isBatch ? `each of the ${counted(statements.length, 'execution')} handles a whole list of values` : null;
}

/** Were they all parts of one text, which travel together? */
function* isOneRoundTrip(statements: readonly Statement[]): Generator<void, boolean> {
  const batch = statements[0]?.batch ?? null;
  if (batch === null) return false;
  let steps = 0;
  for (const statement of statements) {
    if (statement.batch !== batch) return false;
    if (++steps % FINE_LOT === 0) yield;
  }
  return true;
}

/** Does each INSERT, the last perhaps left out, carry several rows? */
function* isRowBatch({ shape, statements }: SameShape): Generator<void, boolean> {
  const inserted = shape.slots.filter((slot) => slot.role === 'insert');
  if (inserted.length === 0) return false;
  for (let i = 0; i < statements.length - 1; i++) {
    if (i % LOT === LOT - 1) yield;
    if (!inserted.some((slot) => itemsOf(statements[i] as Statement, slot) >= CHUNK_ITEMS)) return false;
  }
  return true;
}

/**
 * Is each execution one chunk of a long list, as batch loaders send them? Then nothing but the list changes, all lists but the last are equally
 * long, and they do not each come from a statement of their own: that is a loop over rows, whose turns happen to look for several things.
 */
function* isChunked({ shape, statements }: SameShape, list: Slot, flows: readonly Flow[]): Generator<void, boolean> {
  if (flows.some((flow) => flow.whole || flow.from.statements.length >= statements.length)) return false;
  const full = itemsOf(statements[0] as Statement, list);
  if (full < CHUNK_ITEMS) return false;
  for (let i = 1; i < statements.length; i++) {
    if (i % FINE_LOT === 0) yield;
    const size = itemsOf(statements[i] as Statement, list);
    if (size > full || (size < full && i < statements.length - 1)) return false;
  }
  const scalars = shape.slots.filter((slot) => !slot.list && !isPageSlot(slot));
  return (yield* distinctOver(scalars, statements)) <= 1;
}

/** How many values were bound where the slot stands. */
function itemsOf({ listSizes }: Statement, { index }: Slot): number {
  return listSizes?.[index - 1] ?? 1;
}

function* dismissal(
  kind: DismissedRepeat['kind'],
  { statements }: Pick<Repeat, 'statements'>,
  why: string,
): Generator<void, DismissedRepeat> {
  return { kind, statements: yield* indexesOf(statements), why };
}
