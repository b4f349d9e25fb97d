// The report: a profile with what was found in it. Plain data: outputs read these types and nothing of how they were made.

import type { Category, Confidence, DismissalKind, Facts, Severity } from '../detectors/detector.js';
import type { PoolState, PoolWatcher } from '../profile/pools.js';
import type { CallSite, Profile } from '../profile/types.js';
import type { Proof } from './proof.js';

/** One finding, worded. */
export interface Finding {
  /** 1-based within the report. */
  id: number;
  /** The loop around this one: the finding whose statements are this one's source. */
  parent: number | null;
  detector: string;
  category: Category;
  severity: Severity;
  confidence: Confidence;
  message: string;
  why: string;
  advice: string;
  /** SQL that replaces the statements; null where none is certain. */
  replacement: string | null;
  /** The detector's page. */
  page: string;
  statements: number[];
  source: number[];
  callSite: CallSite | null;
  /** count, distinct, rows, wastedMs, … */
  data: Facts;
  /**
   * Stable name of the finding: detector + shape + source's shape + function + file's base name. No label, folder, line, count or time,
   * so moved code keeps it; equal ones of one report get `#2`.
   */
  key: string;
}

/** A repeat that was looked at and judged harmless, with the reason. */
export interface Dismissal {
  detector: string;
  kind: DismissalKind;
  why: string;
  statements: number[];
  callSite: CallSite | null;
}

/** A finding that an `allow` took out of the verdict; it stays visible. */
export interface Suppressed {
  finding: Finding;
  reason: string;
  /** ISO date after which the allowance ends; null: none given. */
  until: string | null;
}

/** What leaves queryscope for one scope. */
export interface Report {
  format: 1;
  profile: Profile;
  /** Reports of the scopes opened inside this one (requests of a test). */
  children: Report[];
  findings: Finding[];
  dismissals: Dismissal[];
  suppressed: Suppressed[];
  /**
   * Statements that are no work of the app's but of its driver or ORM: connection set-up and resets, look-ups in the catalogue, and the transaction around a
   * lone statement. Indexes into `profile.statements`, where they count like any other; a budget leaves them out.
   */
  infrastructure: number[];
  /** Of scopes with the same label and the same findings only some are kept in full, where there are more than can be: what the others were. */
  alike?: Alike;
}

/** Scopes that were judged and counted, and are told by another's report. */
export interface Alike {
  scopes: number;
  /** Of all of them, those over the cap too. */
  statements: number;
}

/** An allowance without an effect: it has ended, nothing that it allows was ever found under it, or it never was around code of a scope. */
export interface IdleAllow {
  detector: string;
  reason: string;
  until: string | null;
  /** Had its date passed when the last scope under it opened? */
  ended: boolean;
  /** Did it only ever stand around code outside any request, job or test? */
  outside: boolean;
}

/** What an output may ask of the process that it reports on. Functions where the answer grows: a copy of pg may be loaded late. */
export interface Watch {
  /** The directory that the files of call sites are relative to, absolute. */
  root: string;
  /** The drivers that are patched so far, one entry a copy, with the version where it is known: `pg 8.23.1`. Empty: none was found yet. */
  drivers(): readonly string[];
  /** Statements sent so far outside any scope, process-wide. */
  unattributed(): number;
  /** Requests that `sampleRate` left out so far, process-wide, and the statements sent in them. */
  unsampled(): { requests: number; statements: number };
  /** Scopes whose report is still to come, process-wide, and the statements sent in them so far. */
  unjudged(): { scopes: number; statements: number };
  /** Allowances so far that had no effect in any scope. */
  idleAllows(): readonly IdleAllow[];
  /** What else makes a span of each statement in this process, by name; empty: nothing that is known. */
  tracers(): readonly string[];
  /** The pools that the app has used and not ended so far. */
  pools(): readonly PoolState[];
  /** Tells what happens at the app's pools from now on, in a scope or not. Answers how to stop that. */
  watchPools(watcher: PoolWatcher): () => void;
}

/** Takes reports out: console, HTML, JSON … */
export interface Output {
  name: string;
  /** Called once, by the profiler that was given this output, when it is created and switched on: before any report. */
  start?(watch: Watch): void;
  /** Called as the scope opens, inside the caller's context; what it returns comes back as `token`. */
  onScopeOpen?(): unknown;
  /** Called with the report of a scope that is in no other. `tokenOf` has the tokens of the scopes inside it, by their reports. */
  write(report: Report, token: unknown, tokenOf?: (child: Report) => unknown): void | Promise<void>;
  /** Called with each proof that was asked for. */
  writeProof?(proof: Proof): void | Promise<void>;
  close?(): Promise<void>;
}
