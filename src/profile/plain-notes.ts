// What a closed scope has noted as plain data that can be copied into another process and judged there: stacks are read before, and a value that was not read,
// which a symbol stands for here, is undefined. Lists in place of objects: to copy the names of their members takes longer than all that they hold.

import { ListedDocuments, ListedRows } from './kept-rows.js';
import type { Answer, DocumentRows, KeptRows, Note, Noted } from './note.js';
import { FINE_LOT } from './slices.js';
import type { CallSite } from './types.js';
import { type Kept, UNREADABLE } from './values.js';

/** A stack that was read: what stands in a note's place of its stack. */
export interface ReadSite {
  readonly site: CallSite | null;
}

/** All of it can be copied by structured cloning. */
export interface PlainNotes extends Omit<Noted, 'notes' | 'notice'> {
  /** How many notes there are. */
  readonly count: number;
  /** What each note says, one note's facts behind the other's. */
  readonly facts: readonly unknown[];
}

type PlainAnswer = readonly [
  rows: Answer['rows'],
  affected: Answer['affected'],
  command: Answer['command'],
  kept: PlainRows | null,
  no: boolean,
];

type PlainRows = readonly [
  names: KeptRows['names'],
  tables: KeptRows['tables'],
  /** One row's values behind the other's. */
  cells: readonly unknown[],
  count: number,
  cut: boolean,
  portions: KeptRows['portions'],
  documents: readonly PlainDocument[] | null,
];

type PlainDocument = readonly [rows: PlainRows, path: string, array: DocumentRows['array']];

/** Reads the stacks of notes, by `siteOf`, and of releases. In slices. */
export function* plainNotes(
  noted: Noted,
  siteOf: (stack: unknown, text: string | null) => CallSite | null,
): Generator<void, PlainNotes> {
  const { startedAt, notes, activities, notices, inFlight, dropped } = noted;
  const facts: unknown[] = [];
  for (let i = 0; i < notes.length; i++) {
    const note = notes.at(i);
    const { stack, text } = note;
    addFacts(facts, note, stack === null ? null : { site: siteOf(stack, text) });
    if (stack !== null || i % FINE_LOT === FINE_LOT - 1) yield;
  }
  const readSite = (stack: unknown): ReadSite | null => (stack === null ? null : { site: siteOf(stack, null) });
  const checkouts = noted.checkouts.map((checkout) => ({ ...checkout, stack: readSite(checkout.stack) }));
  const count = notes.length;
  return { startedAt, count, facts, checkouts, activities: [...activities], notices, inFlight, dropped };
}

/** Plain notes as they are judged. The stack of each is a {@link ReadSite}. */
export function notedOf({ count, facts, notices, ...others }: PlainNotes): Noted {
  const said = new Map([...notices].map(([code, { message, count }]) => [code, { message, count }]));
  return {
    ...others,
    notes: { length: count, at: (place) => noteAt(facts, place * FACTS) },
    notices: said,
    notice(code, message, count = 1) {
      const known = said.get(code);
      if (known === undefined) said.set(code, { message, count });
      else known.count += count;
    },
  };
}

/** Facts of a note. */
const FACTS = 17;

/** In the order in which they are read again. */
function addFacts(facts: unknown[], note: Note, stack: ReadSite | null): void {
  facts.push(
    note.text,
    note.values && swappedList(note.values, UNREADABLE, undefined),
    note.connection,
    note.sentAt,
    note.sentOrder,
    note.askedOrder,
    note.waitMs,
    note.via,
    note.late,
    note.allowed,
    stack,
    note.answeredAt,
    note.answeredOrder,
    note.answers?.map(plainAnswer) ?? null,
    note.error,
    note.statusBefore,
    note.statusAfter,
  );
}

function noteAt(facts: readonly unknown[], from: number): Note {
  const values = facts[from + 1] as Note['values'];
  const answers = facts[from + 13] as readonly PlainAnswer[] | null;
  return {
    text: facts[from] as string,
    values: values && swappedList(values, undefined, UNREADABLE),
    connection: facts[from + 2] as Note['connection'],
    sentAt: facts[from + 3] as number,
    sentOrder: facts[from + 4] as number,
    askedOrder: facts[from + 5] as Note['askedOrder'],
    waitMs: facts[from + 6] as number,
    via: facts[from + 7] as Note['via'],
    late: facts[from + 8] as boolean,
    allowed: facts[from + 9] as Note['allowed'],
    stack: facts[from + 10],
    answeredAt: facts[from + 11] as Note['answeredAt'],
    answeredOrder: facts[from + 12] as number,
    answers: answers?.map(answerOf) ?? null,
    error: facts[from + 14] as Note['error'],
    statusBefore: facts[from + 15] as Note['statusBefore'],
    statusAfter: facts[from + 16] as Note['statusAfter'],
  };
}

function plainAnswer({ rows, affected, command, kept, no }: Answer): PlainAnswer {
  return [rows, affected, command, kept && plainRows(kept), no === true];
}

function answerOf([rows, affected, command, kept, no]: PlainAnswer): Answer {
  return { rows, affected, command, kept: kept && rowsOf(kept), ...(no && { no }) };
}

function plainRows(kept: KeptRows): PlainRows {
  const { names, tables, count, cut, portions, documents } = kept;
  const cells: unknown[] = [];
  for (let row = 0; row < count; row++) for (let c = 0; c < names.length; c++) cells.push(kept.cell(c, row));
  const plainDocuments = documents?.map((each): PlainDocument => [plainRows(each), each.path, each.array]) ?? null;
  return [names, tables, swappedList(cells, UNREADABLE, undefined), count, cut, portions, plainDocuments];
}

function rowsOf(plain: PlainRows): KeptRows {
  const rows = filled(new ListedRows(headsOf(plain), cellsOf(plain)), plain);
  const [, , , , , , documents] = plain;
  rows.documents = documents?.map(documentOf) ?? null;
  return rows;
}

function documentOf([plain, path, array]: PlainDocument): DocumentRows {
  return filled(new ListedDocuments(headsOf(plain), path, array, cellsOf(plain)), plain);
}

function headsOf([names, tables]: PlainRows): { names: readonly string[]; tables: readonly number[] } {
  return { names, tables };
}

function cellsOf([, , cells]: PlainRows): Kept[] {
  return swappedList(cells, undefined, UNREADABLE) as Kept[];
}

function filled<Rows extends ListedRows>(rows: Rows, [, , , count, cut, portions]: PlainRows): Rows {
  rows.count = count;
  rows.cut = cut;
  rows.portions = portions;
  return rows;
}

/** One mark for values that were not read in place of another; the list itself where there is nothing to swap. */
function swappedList(list: readonly unknown[], from: unknown, to: unknown): readonly unknown[] {
  const isSwapped = list.some((item) => item === from || Array.isArray(item));
  if (!isSwapped) return list;
  return list.map((item) => (item === from ? to : Array.isArray(item) ? swappedList(item, from, to) : item));
}
