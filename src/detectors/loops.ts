// When repeated executions are a loop: the ladder of evidence that reads and writes share, and the ways in which a repeat
// turns out to be harmless. Facts only; the words are the detectors' own.

import type { Flow, Shape, Slot, Statement } from '../profile/types.js';
import type { ProfileView, Repeat } from '../profile/views.js';
import type { Confidence, DismissedRepeat } from './detector.js';
import { counted, figure } from './figures.js';
import { isSetBased } from './statements.js';
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

/** A batch of one row is the loop that batching was meant to replace. */
const CHUNK_ITEMS = 2;

/** Sorts the repeats of a profile whose shape is of interest into loops, harmless ones and the rest. */
export function findLoops(view: ProfileView, isOfInterest: (repeat: Repeat) => boolean): LoopSearch {
  const search: LoopSearch = { loops: [], dismissals: [], undecided: [] };
  for (const repeat of view.repeats) {
    if (!isOfInterest(repeat) || isWalk(repeat)) continue;
    const verdict = judge(repeat, view);
    if (verdict === null) search.undecided.push(repeat);
    else if ('confidence' in verdict) search.loops.push(verdict);
    else search.dismissals.push(verdict);
  }
  const { undecided, batches } = withoutBatches(search.undecided, view);
  return { loops: search.loops, dismissals: [...search.dismissals, ...batches], undecided };
}

/** Executions of one shape, wherever they came from. */
export interface SameShape {
  shape: Shape;
  /** In the order in which they were sent. */
  statements: readonly Statement[];
}

/** Repeats of one shape together, in the order of their first. */
export function byShape(repeats: readonly Repeat[]): SameShape[] {
  const groups = new Map<string, { shape: Shape; statements: Statement[] }>();
  for (const { shape, statements } of repeats) {
    const group = groups.get(shape.id) ?? { shape, statements: [] };
    groups.set(shape.id, group);
    for (const statement of statements) group.statements.push(statement);
  }
  for (const { statements } of groups.values()) statements.sort((a, b) => a.index - b.index);
  return [...groups.values()];
}

/** Batches are told by what they carry: those of one shape together, whether their call sites are one, several or unknown. */
function withoutBatches(
  undecided: readonly Repeat[],
  view: ProfileView,
): { undecided: Repeat[]; batches: DismissedRepeat[] } {
  const batches = byShape(undecided).flatMap(({ shape, statements }) => {
    if (statements[0]?.slotKeys === null || distinctOver(shape.slots, statements) < EXECUTIONS_WITHOUT_SOURCE)
      return [];
    const why = batchOf({ shape, statements }, statements, []);
    return why === null ? [] : [dismissal('chunked', { statements }, why)];
  });
  const batched = new Set(batches.flatMap(({ statements }) => statements.map((statement) => view.repeatOf(statement))));
  return { undecided: undecided.filter((repeat) => !batched.has(repeat)), batches };
}

function judge(repeat: Repeat, view: ProfileView): Loop | DismissedRepeat | null {
  const { shape, statements } = repeat;
  if (statements.length < EXECUTIONS_WITH_SOURCE || statements[0]?.slotKeys === null) return null;

  const keyset = repeat.flows.find((flow) => flow.rows === 'last' && isOwn(flow, repeat, view));
  if (keyset) {
    return dismissal(
      'pagination',
      repeat,
      `each ${keyset.to.column ?? 'value'} is from the last row of the page before`,
    );
  }
  const slots = shape.slots.filter((slot) => !isPageSlot(slot));
  const different = distinctOver(slots, statements);
  const turns = withoutRetries(repeat, view);
  if (different < DIFFERENT_VALUES) {
    const pages = distinctOver(shape.slots.filter(isPageSlot), statements);
    if (pages > 1) return dismissal('pagination', repeat, 'only LIMIT and OFFSET change');
    // Of reads sent again, duplicates are told where they are looked for.
    return shape.writes.length > 0 && turns.length === 1 ? dismissal('retry', repeat, retryOf(statements)) : null;
  }

  const distinct = turns === statements ? different : distinctOver(slots, turns);
  if (distinct < DIFFERENT_VALUES) return null;
  const row = singleRowOf(repeat, turns, view);
  if (row !== null) return dismissal('single-row-source', repeat, row);
  const known = [flowsFrom(repeat, view, 'certain'), flowsFrom(repeat, view, 'strong')].find(
    (flows) => flows.length > 0,
  );
  const oneSite = repeat.captured && repeat.sites === 1 && canBeBatched(repeat.shape);
  const bySite = oneSite && turns.length >= EXECUTIONS_WITHOUT_SOURCE && distinct >= EXECUTIONS_WITHOUT_SOURCE;
  if (!known && !bySite) return null;

  const batch = batchOf(repeat, turns, known?.filter((flow) => !isPaged(flow, view)) ?? []);
  if (batch !== null) return dismissal('chunked', repeat, batch);
  const confidence = known?.[0]?.strength === 'certain' ? 'proven' : 'likely';
  return { repeat, confidence, flows: known ?? [] };
}

/** Do the rows come page by page? Then a batch for each page is no statement of its own for each row. */
function isPaged({ from }: Flow, view: ProfileView): boolean {
  const pages = view.repeatOf(from.statements[0] as number);
  const { slots } = pages.shape;
  return (
    pages.flows.some((flow) => flow.rows === 'last' && isOwn(flow, pages, view)) ||
    (distinctOver(slots.filter(isPageSlot), pages.statements) > 1 &&
      distinctOver(
        slots.filter((slot) => !isPageSlot(slot)),
        pages.statements,
      ) < DIFFERENT_VALUES)
  );
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
export function distinctOver(slots: readonly Slot[], statements: readonly Statement[]): number {
  const seen = new Set<number | string>();
  const [only] = slots;
  if (slots.length === 1 && only) {
    for (const { slotKeys } of statements) seen.add(slotKeys?.[only.index - 1] ?? '');
  } else {
    for (const statement of statements) seen.add(valuesOver(slots, statement));
  }
  return seen.size;
}

/** The values of these slots together, as a text that only equal ones have. */
function valuesOver(slots: readonly Slot[], { slotKeys }: Statement): string {
  return slots.map(({ index }) => slotKeys?.[index - 1]).join(' ');
}

/** The executions without those that failed, or whose transaction was rolled back, and that were sent again with the same values. */
export function withoutRetries({ shape, statements }: Repeat, view: ProfileView): readonly Statement[] {
  const isUndone = ({ transaction }: Statement) =>
    transaction !== null && view.profile.transactions[transaction]?.outcome === 'rolled back';
  if (!statements.some((statement) => statement.error !== null || isUndone(statement))) return statements;

  const transactionOfLater = new Map<string, number | null>();
  const kept: Statement[] = [];
  for (const statement of [...statements].reverse()) {
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
export function retryOf(statements: readonly Statement[]): string {
  const failed = statements.filter(({ error }) => error !== null);
  if (failed.length === 0) return 'sent again with the same values after its transaction was rolled back';
  const codes = [...new Set(failed.flatMap(({ error }) => error?.code ?? []))].join(', ');
  return `sent again with the same values after it failed${codes && ` (${codes})`}`;
}

/**
 * Why the executions are as many as one row has columns, or as there were single rows, and no loop over rows; null where they may be one. A row of
 * its own for each is a loop where what returned these rows is one, or comes from one line: then two are not seen to be all.
 */
function singleRowOf(repeat: Repeat, turns: readonly Statement[], view: ProfileView): string | null {
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
  const sources = new Set(flow.from.statements.map((statement) => view.repeatOf(statement)));
  const sites = [...sources].reduce((sum, source) => sum + source.sites, 0);
  const alone = flow.from.statements.every((statement) => view.profile.statements[statement]?.rows === 1);
  if (!alone || sites < flow.from.statements.length || [...sources].some((source) => source.flows.length > 0))
    return null;
  return `each of the ${counted(turns.length, 'execution')} was fed by the only row of a statement of its own, all sent from different lines`;
}

/** The flows of this strength that come from other statements; those of one composite key together. */
function flowsFrom(repeat: Repeat, view: ProfileView, strength: Flow['strength']): Flow[] {
  const flows = repeat.flows.filter((flow) => flow.strength === strength && !isOwn(flow, repeat, view));
  const [first] = flows;
  if (!first) return [];
  return first.tuple === null ? [first] : repeat.flows.filter((flow) => flow.tuple === first.tuple);
}

function isOwn(flow: Flow, repeat: Repeat, view: ProfileView): boolean {
  return flow.from.statements.every((statement) => view.repeatOf(statement) === repeat);
}

/** Why the executions are batches already; null where they are not. `turns` are those of them that count. */
function batchOf({ shape, statements }: SameShape, turns: readonly Statement[], flows: readonly Flow[]): string | null {
  if (isOneRoundTrip(turns)) return 'one text carried them all to the server: one round trip';
  if (!isSetBased(shape) && !isRowBatch({ shape, statements }) && !isChunked({ shape, statements }, flows)) return null;
  return `each of the ${counted(statements.length, 'execution')} handles a whole list of values`;
}

/** Were they all parts of one text, which travel together? */
function isOneRoundTrip(statements: readonly Statement[]): boolean {
  const batch = statements[0]?.batch ?? null;
  return batch !== null && statements.every((statement) => statement.batch === batch);
}

/** Does each INSERT, the last perhaps left out, carry several rows? */
function isRowBatch({ shape, statements }: SameShape): boolean {
  const inserted = shape.slots.filter((slot) => slot.role === 'insert');
  return (
    inserted.length > 0 &&
    statements.slice(0, -1).every((statement) => inserted.some((slot) => itemsOf(statement, slot) >= CHUNK_ITEMS))
  );
}

/**
 * Is each execution one chunk of a long list, as batch loaders send them? Then nothing but the list changes, all lists but the last are equally
 * long, and they do not each come from a statement of their own: that is a loop over rows, whose turns happen to look for several things.
 */
function isChunked({ shape, statements }: SameShape, flows: readonly Flow[]): boolean {
  const slots = shape.slots.filter((slot) => !isPageSlot(slot));
  const [list, ...more] = slots.filter((slot) => slot.list);
  const scalars = slots.filter((slot) => !slot.list);
  if (!list || more.length > 0 || distinctOver(scalars, statements) > 1) return false;
  if (flows.some((flow) => flow.whole || flow.from.statements.length >= statements.length)) return false;
  const sizes = statements.map((statement) => itemsOf(statement, list));
  const full = sizes[0] as number;
  return full >= CHUNK_ITEMS && sizes.slice(0, -1).every((size) => size === full) && (sizes.at(-1) as number) <= full;
}

/** How many values were bound where the slot stands. */
function itemsOf({ listSizes }: Statement, { index }: Slot): number {
  return listSizes?.[index - 1] ?? 1;
}

function dismissal(
  kind: DismissedRepeat['kind'],
  { statements }: Pick<Repeat, 'statements'>,
  why: string,
): DismissedRepeat {
  return { kind, statements: statements.map((statement) => statement.index), why };
}
