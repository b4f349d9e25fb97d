// One statement as it was noted while the request ran: the only thing the request pays for. Gone once the profile is built, together with the
// values it holds.

import type { Activity, Notice } from './types.js';
import type { Kept } from './values.js';

/** Result rows of one statement, reduced to the scalar columns that can feed a flow, copied when they arrived. */
export interface KeptRows {
  /** Output names of the kept columns. */
  names: readonly string[];
  /** pg's `fields[].tableID` of each (0: an expression). */
  tables: readonly number[];
  /** Rows kept; fewer than the statement's rows where a limit cut. */
  count: number;
  cut: boolean;
  /** Where they came in portions, with other statements in between: how many each had, and its place in the one order of events. Null: they came with the answer. */
  portions: readonly { readonly rows: number; readonly order: number }[] | null;
  /** Rows inside JSON that the statement made, path by path; null: it made none. */
  documents: readonly DocumentRows[] | null;
  /** What stands in a column, by its place among the names, of a kept row. */
  cell(column: number, row: number): Kept;
}

/** Rows inside JSON documents of a result: all that stand at one path. */
export interface DocumentRows extends KeptRows {
  /** The result's column, and the names that lead from there: `messages.sender`. */
  path: string;
  /** Where each is an array: how long it is, and where the columns stand in it. Null: they are objects. */
  array: { readonly length: number; readonly places: readonly number[] } | null;
}

/** What the driver answered for one part of a text. */
export interface Answer {
  rows: number | null;
  affected: number | null;
  command: string | null;
  kept: KeptRows | null;
  /** Its one value is 0 or false: what a `count` or an EXISTS says of no row. */
  no?: true;
}

/** A connection as capture knows it: one object per Client, handed to the recorder by reference. */
export interface ConnectionNote {
  host: string;
  port: number;
  database: string;
  pool: number | null;
  native: boolean;
  statusSource: 'protocol' | 'text';
}

/** A client in the app's hands. Times and orders as of a note. */
export interface CheckoutNote {
  readonly connection: ConnectionNote;
  readonly takenAt: number;
  releasedAt: number | null;
  /** Notes that had been taken by then. */
  releasedAfter: number;
  status: 'I' | 'T' | 'E' | null;
  destroyed: boolean;
  releasedAgain: number;
  /** The unformatted stack of the last release that was looked at. */
  stack: unknown;
}

/** Something that the app did beside its statements. Times as in {@link Note}. */
export interface ActivityNote {
  readonly kind: Activity['kind'];
  readonly what: string;
  readonly startedAt: number;
  endedAt: number | null;
  /** Null: it bore no link to the scope, or has no answer. */
  watched: boolean | null;
}

/** One text sent. Times are of the recorder's clock, in ms. `sentOrder` (when the app called for it) and `answeredOrder` come from one counter. */
export interface Note {
  readonly text: string;
  /** Shallow copy of the bound values, taken when it was sent; null: none bound or hidden. */
  readonly values: readonly unknown[] | null;
  readonly connection: ConnectionNote | null;
  readonly sentAt: number;
  readonly sentOrder: number;
  /** When the app asked a pool for the connection that it is the first on: connections come as they open, in another order. Null: it did not. */
  readonly askedOrder: number | null;
  readonly waitMs: number;
  readonly via: 'pool' | 'client' | null;
  readonly late: boolean;
  readonly allowed: readonly number[] | null;
  /** The unformatted stack, or null where the site is assumed. */
  readonly stack: unknown;
  readonly answeredAt: number | null;
  readonly answeredOrder: number;
  /** Where it failed: of those parts of its text that were done by then. */
  readonly answers: readonly Answer[] | null;
  readonly error: { code: string | null; message: string } | null;
  /** ReadyForQuery's status byte before and after it; null where the driver hides it. */
  readonly statusBefore: 'I' | 'T' | 'E' | null;
  readonly statusAfter: 'I' | 'T' | 'E' | null;
}

/** What capture knows of a statement besides its text and values. */
export interface Sending {
  connection: ConnectionNote | null;
  /** An unformatted stack, or null where none was taken. */
  stack: unknown;
  waitMs: number;
  via: Note['via'];
  late: boolean;
  allowed: readonly number[] | null;
  /** The time, where the clock was read already; else now. */
  at?: number;
  /** Its place in the order of events as the recorder gave it when the app called for it, where that was earlier; null: now. */
  order?: number | null;
  /** Where it is the first on a connection that the app had asked a pool for: the place of that. */
  asked?: number | null;
}

/** What a scope has noted as it closes: all that its profile is made of. */
export interface Noted {
  /** By the recorder's clock, in ms. */
  readonly startedAt: number;
  readonly notes: { readonly length: number; at(place: number): Note };
  readonly checkouts: readonly CheckoutNote[];
  readonly activities: readonly ActivityNote[];
  readonly notices: ReadonlyMap<Notice['code'], { message: string; count: number }>;
  /** Notes that wait for their answer. */
  readonly inFlight: number;
  /** Statements over the cap. */
  readonly dropped: number;
  /** Says in the report what could not be noted; equal codes are counted. */
  notice(code: Notice['code'], message: string, count?: number): void;
}
