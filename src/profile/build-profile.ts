// From notes to the profile: texts become shapes, values become ordinals, stacks become call sites, and what is left is
// plain data without a value in it. A generator, so that it can run in slices after the response.

import { parse, SHAPE_VERSION } from '../sql/parse.js';
import type { ParsedStatement, ParsedText } from '../sql/text.js';
import { traceComputed } from './computed.js';
import { traceFlows } from './flows.js';
import type { CheckoutNote, ConnectionNote, Note, Noted } from './note.js';
import { placeCallSites, type Sent, type Sites } from './place-call-sites.js';
import { readScope } from './reading.js';
import { FINE_LOT, LOT } from './slices.js';
import { hasLongList, isHidden, SlotValues, samplesOf } from './slot-values.js';
import { sorted } from './sorted.js';
import { traceTies } from './ties.js';
import { modelTransactions, type Step } from './transactions.js';
import { traceTurns } from './turns.js';
import {
  type Activity,
  type Checkout,
  type Connection,
  type Notice,
  PROFILE_FORMAT,
  type Profile,
  type Shape,
  type Statement,
} from './types.js';

export type { Sites };

/** What is known of the scope as it closes. */
export interface Closing {
  id: string;
  parent: string | null;
  kind: Profile['kind'];
  label: string;
  /** When it opened. */
  startedAt: Date;
  durationMs: number;
  outcome: Profile['outcome'];
  /** Statements seen outside any scope meanwhile. */
  unattributed: number;
  /** Where the notes come from; the driver, unless it is said. */
  source?: Profile['source'];
  /** What a log showed; the driver and spans are known by what they are. */
  shows?: { rows: boolean; connections: boolean; bounds: boolean };
  /** Values were asked for (`values: 'sample'`): bound values, literals and server messages are kept. */
  sample: boolean;
}

/** Between two pauses: a text that was never seen takes up to 25 µs, one that was less than one. */
const NOTES_AT_ONCE = 8;

/** Texts with more characters are read with pauses of their own. */
const LONG_TEXT = 1_000;

const UNREADABLE_SQL =
  'a text could not be read (a quote or comment that never ends, or too many tokens or conditions); its shape is `?`';

/** What most statements share; frozen, since it is in their reports. */
const NOTHING_ALLOWED = Object.freeze<number[]>([]) as number[];

/** A statement on its way into the profile, for all that still look at it. */
type Draft = Sent & Step;

/** Builds the profile of a scope that has closed, out of what it noted. The values in that are not needed afterwards. */
export function* buildProfile(noted: Noted, closing: Closing, sites: Sites): Generator<void, Profile> {
  const { source = 'pg' } = closing;
  const builder = new Builder(noted, closing.sample, source);
  const { notes } = noted;
  for (let i = 0; i < notes.length; i++) {
    const note = notes.at(i);
    const isLong = note.text.length > LONG_TEXT;
    const parsed = isLong ? yield* parse.inSlices(note.text) : parse(note.text);
    if (isLong || hasLongList(note)) yield* builder.values.readAhead(note, parsed);
    if (parsed.statements.length > NOTES_AT_ONCE) yield* builder.addMany(note, parsed);
    else builder.add(note, parsed);
    if (i % NOTES_AT_ONCE === 0) yield;
  }
  yield* placeCallSites(builder.drafts, sites);
  const transactions = yield* modelTransactions(builder.drafts);
  const { ordinals } = builder.values;
  const reading = yield* readScope(builder.drafts, builder.shapeCounts, ordinals);
  const byOrder = closing.shows?.rows === false ? yield* traceTurns(reading.executions) : [];
  const flows = [...(yield* traceFlows(reading, ordinals)), ...byOrder];
  const tied = [...(yield* traceTies(reading, ordinals)), ...(yield* traceComputed(reading, ordinals))];
  const ties = yield* sorted(tied, (a, b) => a.to.statement - b.to.statement);
  const activities = yield* activitiesOf(noted);
  const statements = new Array<Statement>(builder.drafts.length);
  let callSites = false;
  for (let i = 0; i < builder.drafts.length; i++) {
    const { statement } = builder.drafts[i] as Draft;
    callSites ||= statement.callSite !== null;
    statements[i] = statement;
    if (i % FINE_LOT === FINE_LOT - 1) yield;
  }
  return {
    format: PROFILE_FORMAT,
    shapeVersion: SHAPE_VERSION,
    id: closing.id,
    parent: closing.parent,
    kind: closing.kind,
    label: closing.label,
    source,
    visible: visibleIn(closing, builder.valuesSeen, callSites),
    startedAt: closing.startedAt.toISOString(),
    durationMs: closing.durationMs,
    outcome: closing.outcome,
    statements,
    transactions,
    checkouts: yield* builder.checkouts(noted, sites),
    flows,
    ties: [...ties],
    connections: builder.connections,
    catalogue: null,
    activities,
    dropped: noted.dropped,
    unattributed: closing.unattributed,
    notices: noticesOf(noted),
  };
}

function visibleIn({ source = 'pg', shows }: Closing, values: boolean, callSites: boolean): Profile['visible'] {
  const { rows, connections, bounds } = shows ?? {
    rows: source === 'pg',
    connections: source !== 'otel',
    bounds: true,
  };
  return { values, rows, connections, callSites, ...(!bounds && { bounds: false as const }) };
}

function* activitiesOf({ activities, startedAt }: Noted): Generator<void, Activity[]> {
  const all: Activity[] = [];
  for (const { kind, what, startedAt: began, endedAt, watched } of activities) {
    const endMs = endedAt === null ? null : endedAt - startedAt;
    all.push({ kind, what, startMs: began - startedAt, endMs, ...(watched !== null && { watched }) });
    if (all.length % LOT === 0) yield;
  }
  return all;
}

function noticesOf({ notices: given, dropped, inFlight }: Noted): Notice[] {
  const notices: Notice[] = [...given].map(([code, { message, count }]) => ({ code, message, count }));
  if (dropped > 0) {
    notices.push({
      code: 'statements-dropped',
      message: 'statements over limits.statements were counted, not looked at',
      count: dropped,
    });
  }
  if (inFlight > 0) {
    notices.push({
      code: 'unsettled',
      message: 'statements had no answer when the scope closed',
      count: inFlight,
    });
  }
  return notices;
}

class Builder {
  readonly drafts: Draft[] = [];
  readonly connections: Connection[] = [];
  readonly values = new SlotValues();
  /** Did the source show any value? */
  valuesSeen: boolean;
  /** How often each shape was sent, by its place. */
  readonly shapeCounts: number[] = [];
  readonly #shapes = new Map<string, number>();
  readonly #connectionIndex = new Map<ConnectionNote, number>();
  readonly #noted: Noted;
  readonly #sample: boolean;
  readonly #source: Profile['source'];
  /** Of each note, the index of its first statement. */
  readonly #firstOf: number[] = [];
  #batches = 0;

  constructor(noted: Noted, sample: boolean, source: Profile['source']) {
    this.#noted = noted;
    this.#sample = sample;
    this.#source = source;
    this.valuesSeen = source === 'pg';
  }

  /** One note becomes one statement, or one for each part of a multi-statement text. */
  add(note: Note, parsed: ParsedText): void {
    if (parsed.unreadable) this.#noted.notice('unreadable-sql', UNREADABLE_SQL);
    this.#firstOf.push(this.drafts.length);
    const batch = parsed.statements.length > 1 ? this.#batches++ : null;
    for (let i = 0; i < parsed.statements.length; i++) this.#addPart(note, parsed, i, batch);
    this.values.forget();
  }

  /** The same for a text of many parts, with pauses. */
  *addMany(note: Note, parsed: ParsedText): Generator<void, void> {
    this.#firstOf.push(this.drafts.length);
    const batch = this.#batches++;
    for (let i = 0; i < parsed.statements.length; i++) {
      this.#addPart(note, parsed, i, batch);
      if (i % LOT === LOT - 1) yield;
    }
    this.values.forget();
  }

  #addPart(note: Note, parsed: ParsedText, place: number, batch: number | null): void {
    const part = parsed.statements[place] as ParsedStatement;
    const first = place === 0;
    const last = place === parsed.statements.length - 1;
    const answer = note.answers?.[place] ?? null;
    // The server does the parts one after the other, so the first without a tag failed, and those behind it were never reached.
    const failed = note.error !== null && (last || (answer?.command ?? null) === null);
    const { keys, lists } = this.values.read(part.inputs, note);
    // The driver shows every value: what it does not is one value that could not be read, not a source that hides them.
    const hides = this.#source !== 'pg' && part.inputs.some((input) => isHidden(input, note));
    this.valuesSeen ||= !hides && keys.length > 0;
    const statement: Statement = {
      index: this.drafts.length,
      sql: this.#sample && !parsed.unreadable ? part.sql : part.sanitised,
      shape: part.shape,
      valuesKey: hides ? null : this.values.setOf(keys),
      slotKeys: hides ? null : keys,
      batch,
      connection: this.#connectionOf(note.connection),
      via: note.via,
      transaction: null,
      startMs: note.sentAt - this.#noted.startedAt,
      durationMs: note.answeredAt === null ? 0 : note.answeredAt - note.sentAt,
      waitMs: first ? note.waitMs : 0,
      rows: failed ? null : (answer?.rows ?? null),
      affected: part.shape.writes.length > 0 && !failed ? (answer?.affected ?? null) : null,
      command: failed ? null : (answer?.command ?? null),
      error: note.error === null || !failed ? null : this.#sample ? { ...note.error } : { code: note.error.code },
      late: note.late,
      allowed: note.allowed === null ? NOTHING_ALLOWED : [...note.allowed],
      callSite: null,
    };
    if (answer?.no && (part.anatomy.aggregate === 'exists' || part.anatomy.aggregate === 'count'))
      statement.absent = true;
    if (lists !== null) statement.listSizes = keys.map((_, i) => lists[i]?.length ?? 1);
    if (this.#sample) statement.values = samplesOf(note);
    this.drafts.push({
      stack: note.stack,
      statement,
      anatomy: part.anatomy,
      shape: this.#placeOf(part.shape),
      group: -1,
      lookedAtIn: -1,
      lists,
      sentOrder: note.sentOrder,
      askedOrder: note.askedOrder,
      answeredOrder: note.answeredOrder,
      kept: answer?.kept ?? null,
      literal: literalOf(part),
      statusBefore: note.statusBefore,
      statusAfter: last ? note.statusAfter : null,
    });
  }

  *checkouts({ checkouts: notes, startedAt }: Noted, sites: Sites): Generator<void, Checkout[]> {
    const checkouts: Checkout[] = [];
    for (let i = 0; i < notes.length; i++) {
      if (i % FINE_LOT === FINE_LOT - 1) yield;
      const note = notes[i] as CheckoutNote;
      checkouts.push({
        index: i,
        connection: this.#connectionOf(note.connection),
        takenMs: note.takenAt - startedAt,
        releasedMs: note.releasedAt === null ? null : note.releasedAt - startedAt,
        releasedBefore: note.releasedAt === null ? null : (this.#firstOf[note.releasedAfter] ?? this.drafts.length),
        status: note.status,
        destroyed: note.destroyed,
        releasedAgain: note.releasedAgain,
        releaseSite: note.stack === null ? null : sites.siteOf(note.stack),
      });
    }
    return checkouts;
  }

  /** Counts one more of a shape. */
  #placeOf({ id }: Shape): number {
    let place = this.#shapes.get(id);
    if (place === undefined) {
      place = this.shapeCounts.push(0) - 1;
      this.#shapes.set(id, place);
    }
    (this.shapeCounts[place] as number)++;
    return place;
  }

  #connectionOf(note: ConnectionNote): number;
  #connectionOf(note: ConnectionNote | null): number | null;
  #connectionOf(note: ConnectionNote | null): number | null {
    if (note === null) return null;
    let index = this.#connectionIndex.get(note);
    if (index === undefined) {
      const { host, port, database, pool, native, statusSource } = note;
      index = this.connections.push({ host, port, database, pool, native, statusSource }) - 1;
      this.#connectionIndex.set(note, index);
    }
    return index;
  }
}

/** What SET sets, or the name of a prepared transaction. */
function literalOf({ anatomy: { control }, inputs: [input] }: ParsedStatement): Step['literal'] {
  return control !== null && input?.kind === 'literal' ? input.value : null;
}
