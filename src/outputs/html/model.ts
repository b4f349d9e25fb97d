// What the page shows, as plain data: made of a run on this side, read by the app on the page's. Nothing else crosses, so that both can be
// compiled, and tested, apart.

import type { CodeFrame } from '../../report/code-frame.js';
import type { Finding } from '../../report/report.js';
import type { Loss, RunProcess } from '../../report/run.js';
import type { PackedColumns } from './columns.js';

export type Severity = Finding['severity'];
export type Confidence = Finding['confidence'];

/** What the first screen says of the run as a whole. */
export interface Summary {
  /** Scopes by what they are; a kind without any is left out. */
  scopes: readonly { kind: ScopeKind; count: number }[];
  statements: number;
  /** In which at least one statement of its scope was under way. */
  databaseMs: number;
  /** Findings by severity, those that are only possible left out. */
  counts: Readonly<Record<Severity, number>>;
  possible: number;
  suppressed: number;
  dismissals: number;
  /** Statements sent outside any scope. */
  unattributed: number;
}

export type ScopeKind = 'request' | 'job' | 'test';

/** Something that was looked at and is no finding. */
export interface Aside {
  /** The detector that was allowed, or the kind of repeat. */
  what: string;
  kind: 'allowed' | 'harmless';
  why: string;
  count: number;
}

/** What is said once of a run that lacks something. */
export interface Gap {
  what: string;
  count: number;
}

/** A statement, or a loop of them, in the tree of what feeds what. */
export interface TreeRow {
  /** The row that feeds it, by its place in the list; null at the root. */
  parent: number | null;
  depth: number;
  count: number;
  sql: string;
  failure: string;
  site: string;
  /** The values that came from the row above: `20 of 20 users.id are message.sender_id, in row order`. */
  flow: string | null;
}

/** Statements that PostgreSQL keeps or undoes together. */
export interface BandRow {
  /** `autocommit`, or the transaction and how it ended. */
  label: string;
  outcome: 'committed' | 'rolled back' | 'left open' | 'autocommit';
  lines: readonly { count: number; sql: string; ending: string; failed: boolean; site: string }[];
}

export interface Growth {
  /** In words. */
  text: string;
  now: number;
  /** Statements with `rows` rows of the source; null where that is not known. */
  later: number | null;
  /** As many as would do, now and later. */
  minimal: number;
}

/** SQL to send instead: on one line, and laid out. */
export interface Replacement {
  brief: string;
  sql: string;
}

/** One finding of a card. */
export interface CardFinding {
  key: string;
  detector: string;
  severity: Severity;
  confidence: Confidence;
  message: string;
  why: string;
  advice: string;
}

/** A statement to copy. */
export interface CardStatement {
  sql: string;
  /** With its values written in; null where none were sampled. */
  runnable: string | null;
}

/** A finding with those that hang together with it, over all scopes that had it. */
export interface Card {
  /** Short name for links, stable as the key is. */
  id: string;
  severity: Severity;
  confidence: Confidence;
  /** Each once. */
  detectors: readonly string[];
  headline: string;
  findings: readonly CardFinding[];
  tree: readonly TreeRow[];
  bands: readonly BandRow[];
  /** Lines that neither shows, as there were too many. */
  linesLeft: number;
  code: readonly CodeFrame[];
  proof: string;
  growth: Growth | null;
  replacements: readonly Replacement[];
  statements: readonly CardStatement[];
  /** Where it was found, the scope that is shown first. As many as the page links to; `scopeCount` are all. */
  scopes: readonly number[];
  scopeCount: number;
  /** In how many scopes of which label, the most first. */
  labels: readonly { label: string; scopes: number }[];
  /** What filters ask for. */
  tables: readonly string[];
  places: readonly string[];
}

export interface LabelRow {
  label: string;
  scopes: number;
  statements: Spread;
  durationMs: Spread;
  databaseMs: Spread;
  /** Cards found under it. */
  cards: readonly number[];
}

export interface Spread {
  p50: number;
  p95: number;
}

export interface ShapeRow {
  /** Its place in the table of shapes. */
  shape: number;
  count: number;
  totalMs: number;
  slowestMs: number;
  rows: number;
  failed: number;
  scopes: number;
  /** Does a driver or an ORM send it on its own account? */
  infrastructure: boolean;
  callers: readonly { site: number; count: number }[];
  /** Callers that the list leaves out. */
  callersLeft: number;
  /** As indexes into the labels. */
  labels: readonly number[];
  cards: readonly number[];
}

export interface ShapeText {
  id: string;
  text: string;
  brief: string;
  tables: readonly string[];
}

/** What a scope holds besides its statements; left out of the list where it holds nothing. */
export interface ScopeDetail {
  connections: readonly string[];
  transactions: readonly ScopeTransaction[];
  activities: readonly { what: string; startMs: number; endMs: number | null }[];
  found: readonly ScopeFinding[];
  dismissals: readonly { detector: string; kind: string; why: string; statements: string }[];
  suppressed: readonly {
    detector: string;
    message: string;
    reason: string;
    until: string | null;
    statements: string;
  }[];
  notices: readonly Gap[];
  /** Findings, dismissals and allowed findings that the lists above leave out. */
  left: number;
}

export interface ScopeTransaction {
  connection: number;
  outcome: 'committed' | 'rolled back' | 'left open';
  startMs: number;
  endMs: number | null;
  /** `serializable, read only`; empty where the SQL said nothing. */
  mode: string;
  ambient: boolean;
}

export interface ScopeFinding {
  card: number;
  message: string;
  /** As runs of indexes: `1,12-14`. */
  statements: string;
  source: string;
}

/** All but the statements, which are as large as all else together and needed last. */
export interface PageModel {
  /** What the page is called. */
  title: string;
  summary: Summary;
  processes: readonly RunProcess[];
  cards: readonly Card[];
  /** How many of the cards are in the page in full without script. */
  opened: number;
  /** By name of a detector, its page. */
  detectors: Readonly<Record<string, DetectorPage>>;
  labels: readonly LabelRow[];
  shapes: readonly ShapeRow[];
  shapeTexts: readonly ShapeText[];
  /** `src/chats.ts:22 lazyChats`, by index. */
  sites: readonly string[];
  scopes: PackedColumns;
  /** Words that the scopes' columns name by index: errors. */
  words: readonly string[];
  /** The findings that a scope can have, together: indexes into the cards. */
  cardSets: readonly (readonly number[])[];
  losses: readonly Loss[];
  /** Findings that allowances took out of the verdict, and repeats that were judged harmless, each reason once. */
  asides: readonly Aside[];
  /** What the page itself had to leave out, and what profiles say was missed. */
  gaps: readonly Gap[];
}

export interface DetectorPage {
  title: string;
  html: string;
}

/** The statements of all scopes, one after the other in the order of the scopes. */
export interface StatementsModel {
  columns: PackedColumns;
  /** SQL as sent, and its shape. */
  texts: readonly (readonly [sql: string, shape: number])[];
  errors: readonly string[];
  /** Of statements whose values were sampled, by their place. */
  values: Readonly<Record<number, readonly string[]>>;
  details: Readonly<Record<number, ScopeDetail>>;
}
