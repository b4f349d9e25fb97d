// From notes to the profile: texts become shapes, values become ordinals, stacks become call sites, and what is left is
// plain data without a value in it. A generator, so that it can run in slices after the response.

import { parse, SHAPE_VERSION } from '../sql/parse.js';
import type { ParsedStatement, ParsedText, Shape, SlotInput } from '../sql/text.js';
import { longerOf, sameSite, siteOf } from './call-sites.js';
import { type Execution, Ordinals } from './execution.js';
import { traceFlows } from './flows.js';
import type { ConnectionNote, Note } from './note.js';
import type { Recorder } from './recorder.js';
import { modelTransactions, type Step } from './transactions.js';
import {
  type CallSite,
  type Connection,
  type Frame,
  type Notice,
  PROFILE_FORMAT,
  type Profile,
  type Statement,
} from './types.js';
import { canonical, display, type Kept, UNREADABLE } from './values.js';

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
  /** Values were asked for (`values: 'sample'`): bound values, literals and server messages are kept. */
  sample: boolean;
}

/** Turns raw stacks into frames and remembers, for the process, which site a shape always had. Handed in by capture. */
export interface Sites {
  /** App frames, innermost first; [] where the stack has none. Formats the stack: once per captured note, and late. */
  framesOf(stack: unknown): readonly Frame[];
  /** This shape, sent as this text, was sent from here. */
  learn(text: string, shape: Shape, site: CallSite): void;
  /** The one site that this shape has always had in this process; null where it had none or several. */
  only(shape: Shape): CallSite | null;
}

/** A slot's value that is NULL, or that could not be read: ordinals that no other value has. */
const NULL_KEY = -1;
const UNREADABLE_KEY = -2;

const UNREADABLE_SQL = 'a text could not be read (an unbalanced quote or comment); its shape is `?`';

/** Longer values are cut in a sample: it is there to recognise a value, not to keep it. */
const SAMPLE_LENGTH = 120;

/** A statement on its way into the profile. */
interface Draft extends Execution {
  note: Note;
  text: string;
}

/** Builds the profile of a recorder whose scope has closed. The recorder's values are not needed afterwards. */
export function* buildProfile(recorder: Recorder, closing: Closing, sites: Sites): Generator<void, Profile> {
  const builder = new Builder(recorder, closing.sample);
  for (const note of recorder.notes) {
    builder.add(note);
    yield;
  }
  yield* placeCallSites(builder.drafts, sites);
  const transactions = yield* modelTransactions(builder.steps);
  const flows = yield* traceFlows(builder.drafts, builder.ordinals);
  return {
    format: PROFILE_FORMAT,
    shapeVersion: SHAPE_VERSION,
    id: closing.id,
    parent: closing.parent,
    kind: closing.kind,
    label: closing.label,
    source: 'pg',
    visible: {
      values: true,
      rows: true,
      connections: true,
      callSites: builder.drafts.some((draft) => draft.statement.callSite !== null),
    },
    startedAt: closing.startedAt.toISOString(),
    durationMs: closing.durationMs,
    outcome: closing.outcome,
    statements: builder.drafts.map((draft) => draft.statement),
    transactions,
    flows,
    connections: builder.connections,
    dropped: recorder.dropped,
    unattributed: closing.unattributed,
    notices: noticesOf(recorder),
  };
}

function noticesOf(recorder: Recorder): Notice[] {
  const notices: Notice[] = [...recorder.notices].map(([code, { message, count }]) => ({ code, message, count }));
  if (recorder.dropped > 0) {
    notices.push({
      code: 'statements-dropped',
      message: 'statements over limits.statements were counted, not looked at',
      count: recorder.dropped,
    });
  }
  if (recorder.inFlight > 0) {
    notices.push({
      code: 'unsettled',
      message: 'statements had no answer when the scope closed',
      count: recorder.inFlight,
    });
  }
  return notices;
}

class Builder {
  readonly drafts: Draft[] = [];
  readonly steps: Step[] = [];
  readonly connections: Connection[] = [];
  readonly ordinals = new Ordinals();
  readonly #keys = new Map<string, number>();
  readonly #connectionIndex = new Map<ConnectionNote, number>();
  readonly #recorder: Recorder;
  readonly #sample: boolean;
  #batches = 0;

  constructor(recorder: Recorder, sample: boolean) {
    this.#recorder = recorder;
    this.#sample = sample;
  }

  /** One note becomes one statement, or one for each part of a multi-statement text. */
  add(note: Note): void {
    const parsed = parse(note.text);
    if (parsed.unreadable) this.#recorder.notice('unreadable-sql', UNREADABLE_SQL);
    const batch = parsed.statements.length > 1 ? this.#batches++ : null;
    for (let i = 0; i < parsed.statements.length; i++) this.#addPart(note, parsed, i, batch);
  }

  #addPart(note: Note, parsed: ParsedText, place: number, batch: number | null): void {
    const part = parsed.statements[place] as ParsedStatement;
    const answer = note.answers?.[place] ?? null;
    const first = place === 0;
    const last = place === parsed.statements.length - 1;
    const bound: number[][] = [];
    const slotKeys = part.inputs.map((input) => this.#slotKey(input, note, bound));
    const statement: Statement = {
      index: this.drafts.length,
      sql: this.#sample && !parsed.unreadable ? part.sql : part.sanitised,
      shape: part.shape,
      valuesKey: this.#valuesKey(slotKeys),
      slotKeys,
      batch,
      connection: this.#connectionOf(note.connection),
      transaction: null,
      startMs: note.sentAt - this.#recorder.startedAt,
      durationMs: note.answeredAt === null ? 0 : note.answeredAt - note.sentAt,
      waitMs: first ? note.waitMs : 0,
      rows: note.error === null ? (answer?.rows ?? null) : null,
      affected: part.shape.writes.length > 0 ? (answer?.affected ?? null) : null,
      command: answer?.command ?? null,
      error: note.error === null ? null : this.#sample ? { ...note.error } : { code: note.error.code },
      late: note.late,
      allowed: note.allowed === null ? [] : [...note.allowed],
      callSite: null,
    };
    if (bound.some((items) => items.length > 1)) statement.listSizes = bound.map((items) => items.length);
    if (this.#sample) statement.values = samplesOf(note);
    this.drafts.push({
      note,
      text: note.text,
      statement,
      anatomy: part.anatomy,
      group: -1,
      sited: false,
      bound,
      sentOrder: note.sentOrder,
      answeredOrder: note.answeredOrder,
      kept: answer?.kept ?? null,
    });
    this.steps.push({
      statement,
      anatomy: part.anatomy,
      statusBefore: note.statusBefore,
      statusAfter: last ? note.statusAfter : null,
    });
  }

  #slotKey(input: SlotInput, note: Note, bound: number[][]): number {
    const value = inputValue(input, note);
    const items: number[] = [];
    bound.push(items);
    this.#giveItems(value, items);
    const text = canonical(value);
    if (text === undefined) return UNREADABLE_KEY;
    return text === null ? NULL_KEY : this.ordinals.give(text);
  }

  #giveItems(value: Kept, items: number[]): void {
    if (typeof value === 'object' && value !== null) {
      for (const item of value) this.#giveItems(item, items);
      return;
    }
    const text = canonical(value);
    if (typeof text === 'string') items.push(this.ordinals.give(text));
  }

  /** One ordinal for all values together. What could not be read is equal to nothing, not even to itself. */
  #valuesKey(slotKeys: readonly number[]): number {
    const text = slotKeys.includes(UNREADABLE_KEY) ? `unreadable ${this.#keys.size}` : slotKeys.join(' ');
    let key = this.#keys.get(text);
    if (key === undefined) {
      key = this.#keys.size;
      this.#keys.set(text, key);
    }
    return key;
  }

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

function inputValue(input: SlotInput, note: Note): Kept {
  switch (input.kind) {
    case 'parameter':
      return note.values === null ? UNREADABLE : ((note.values[input.number - 1] as Kept | undefined) ?? null);
    case 'literal':
      return input.value;
    case 'hidden':
      return UNREADABLE;
    case 'list': {
      const [only] = input.items;
      if (input.items.length === 1 && only?.kind === 'parameter') return inputValue(only, note);
      return input.items.map((item) => inputValue(item, note));
    }
  }
}

function samplesOf(note: Note): string[] {
  return (note.values ?? []).map((value) => {
    const text = display(value as Kept);
    return text.length > SAMPLE_LENGTH ? `${text.slice(0, SAMPLE_LENGTH - 1)}…` : text;
  });
}

/** A call site of one shape while captures are still being put together. */
interface PlacedSite {
  group: number;
  site: CallSite;
  drafts: Draft[];
}

/**
 * Gives each statement its call site and its group: captured ones by their stack; the others the one site their shape always had, marked as
 * assumed, or none where it had several.
 */
function* placeCallSites(drafts: readonly Draft[], sites: Sites): Generator<void, void> {
  const captured = new Map<string, PlacedSite[]>();
  const framesOf = new Map<Note, readonly Frame[]>();
  let groups = 0;
  for (const draft of drafts) {
    if (draft.note.stack === null) continue;
    let frames = framesOf.get(draft.note);
    if (frames === undefined) {
      frames = sites.framesOf(draft.note.stack);
      framesOf.set(draft.note, frames);
    }
    const site = siteOf(frames);
    if (site === null) continue;
    const { shape } = draft.statement;
    let placed = captured.get(shape.id);
    if (placed === undefined) {
      placed = [];
      captured.set(shape.id, placed);
    }
    const known = placed.find((other) => sameSite(other.site, site));
    if (known === undefined) placed.push({ group: groups++, site, drafts: [draft] });
    else {
      known.site = longerOf(known.site, site);
      known.drafts.push(draft);
    }
    sites.learn(draft.text, shape, site);
    yield;
  }
  for (const placed of captured.values()) {
    for (const { group, site, drafts: members } of placed) {
      for (const draft of members) place(draft, group, site);
    }
    yield;
  }
  const rest = new Map<string, { group: number; site: CallSite | null }>();
  for (const draft of drafts) {
    if (draft.group >= 0) continue;
    const { shape } = draft.statement;
    let assumed = rest.get(shape.id);
    if (assumed === undefined) {
      assumed = assumedSite(shape, captured.get(shape.id) ?? [], sites) ?? { group: groups++, site: null };
      if (assumed.group < 0) assumed.group = groups++;
      rest.set(shape.id, assumed);
    }
    place(draft, assumed.group, assumed.site);
    yield;
  }
}

function assumedSite(
  shape: Shape,
  placed: readonly PlacedSite[],
  sites: Sites,
): { group: number; site: CallSite } | null {
  const only = sites.only(shape);
  if (only === null || placed.length > 1) return null;
  const [here] = placed;
  if (here === undefined) return { group: -1, site: { ...only, assumed: true } };
  return sameSite(here.site, only) ? { group: here.group, site: { ...here.site, assumed: true } } : null;
}

function place(draft: Draft, group: number, site: CallSite | null): void {
  draft.group = group;
  draft.sited = site !== null;
  draft.statement.callSite = site;
}
