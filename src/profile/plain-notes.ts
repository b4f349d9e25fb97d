// What a closed scope has noted as plain data that can be copied into another process and judged there: stacks are read before, and a value that was not read,
// which a symbol stands for here, is undefined.

import type { Answer, KeptRows, Note, Noted } from './note.js';
import { FINE_LOT } from './slices.js';
import type { CallSite } from './types.js';
import { UNREADABLE } from './values.js';

/** A stack that was read: what stands in a note's place of its stack. */
export interface ReadSite {
  readonly site: CallSite | null;
}

/** All of it can be copied by structured cloning. */
export interface PlainNotes extends Omit<Noted, 'notes' | 'notice'> {
  readonly notes: readonly Note[];
}

/** Reads the stacks of notes, by `siteOf`, and of releases. In slices. */
export function* plainNotes(
  noted: Noted,
  siteOf: (stack: unknown, text: string | null) => CallSite | null,
): Generator<void, PlainNotes> {
  const { startedAt, notes, activities, notices, inFlight, dropped } = noted;
  const plain: Note[] = [];
  for (let i = 0; i < notes.length; i++) {
    const note = notes.at(i);
    plain.push(plainNote(note, siteOf));
    if (note.stack !== null || i % FINE_LOT === FINE_LOT - 1) yield;
  }
  const readSite = (stack: unknown): ReadSite | null => (stack === null ? null : { site: siteOf(stack, null) });
  const checkouts = noted.checkouts.map((checkout) => ({ ...checkout, stack: readSite(checkout.stack) }));
  return { startedAt, notes: plain, checkouts, activities: [...activities], notices, inFlight, dropped };
}

/** Plain notes as they are judged. The stack of each is a {@link ReadSite}. */
export function notedOf({ notes, notices, ...others }: PlainNotes): Noted {
  const said = new Map([...notices].map(([code, { message, count }]) => [code, { message, count }]));
  return {
    ...others,
    notes: { length: notes.length, at: (place) => noteOf(notes[place] as Note) },
    notices: said,
    notice(code, message, count = 1) {
      const known = said.get(code);
      if (known === undefined) said.set(code, { message, count });
      else known.count += count;
    },
  };
}

function plainNote(note: Note, siteOf: (stack: unknown, text: string) => CallSite | null): Note {
  const stack: ReadSite | null = note.stack === null ? null : { site: siteOf(note.stack, note.text) };
  return swapped({ ...note, stack }, UNREADABLE, undefined);
}

function noteOf(plain: Note): Note {
  return swapped(plain, undefined, UNREADABLE);
}

/** A note with one mark for values that were not read in place of another. */
function swapped(note: Note, from: unknown, to: unknown): Note {
  const values = note.values && swappedList(note.values, from, to);
  const answers = note.answers?.some(({ kept }) => kept !== null)
    ? note.answers.map((answer) => swappedAnswer(answer, from, to))
    : note.answers;
  return values === note.values && answers === note.answers ? note : { ...note, values, answers };
}

function swappedAnswer(answer: Answer, from: unknown, to: unknown): Answer {
  const { kept } = answer;
  return kept === null ? answer : { ...answer, kept: swappedRows(kept, from, to) };
}

function swappedRows<Rows extends KeptRows>(rows: Rows, from: unknown, to: unknown): Rows {
  const { columns, documents } = rows;
  return {
    ...rows,
    columns: columns.map((column) => swappedList(column, from, to)),
    ...(documents && { documents: documents.map((each) => swappedRows(each, from, to)) }),
  };
}

/** The list itself where there is nothing to swap. */
function swappedList(list: readonly unknown[], from: unknown, to: unknown): readonly unknown[] {
  const isSwapped = list.some((item) => item === from || Array.isArray(item));
  if (!isSwapped) return list;
  return list.map((item) => (item === from ? to : Array.isArray(item) ? swappedList(item, from, to) : item));
}
