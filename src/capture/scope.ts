// One request, job or test while it runs: what its statements are noted in, and when it is over. Knows nothing of pg, of HTTP
// or of what is found in it.

import { randomUUID } from 'node:crypto';
import type { Closing } from '../profile/build-profile.js';
import { Recorder, type RecorderLimits } from '../profile/recorder.js';
import type { Profile } from '../profile/types.js';
import { type CallSites, SiteCounters } from './call-site.js';
import { type Allowance, type Context, noteAllowance, runIn } from './context.js';
import { caught, guarded } from './guard.js';
import type { Sites } from './orm-call.js';
import { state } from './state.js';
import { clock, type Deadline, deadlineIn, dropDeadline, nextTurn } from './timers.js';
import type { Trial } from './trial.js';

export interface ScopeLimits extends RecorderLimits {
  /** How long after its end a scope waits for statements in flight, in ms. */
  settleMs: number;
}

/** Whoever opens scopes and takes them when they are closed. */
export interface Keeper {
  readonly limits: ScopeLimits;
  readonly callSites: CallSites;
  /** Called as a scope opens, in the caller's context; its answer stays with the scope as `token`. */
  opened(scope: Scope): unknown;
  /** Called once the scope is closed, outside any scope. Answers the report, opaque to capture, when that has been handed out. */
  conclude(scope: Scope): Promise<unknown>;
}

export type Outcome = Profile['outcome'];

/** A name, or what gives it when the scope ends: a route's pattern is known only then. */
export type Label = string | (() => string);

/** A scope of another process, as far as it is known here. */
export interface RemoteScope {
  readonly id: string;
  /** Hands it the report of a scope that is a part of it. */
  take(id: string, report: unknown): void;
}

interface Opening {
  kind: Profile['kind'];
  label: Label;
  /** Id of the scope that it came from. */
  parent: string | null;
  /** The open scope whose report it becomes a part of. */
  enclosing: Scope | null;
  /** The same where that is another process's. */
  remote: RemoteScope | null;
  /** What it is opened for, as far as that is known now: its lines are expected to be those of the last such scope. Null: nothing is expected. */
  entry: string | null;
  /** What its statements are tried by, besides what the scope around it is. */
  trial: Trial | null;
}

/** Most scopes have none of these, and a list is 32 bytes, 184 with one item pushed to it. */
const NO_ALLOWANCES: readonly Allowance[] = [];
const NO_CHILDREN: unknown[] = [];
const NOBODY: readonly ((report: unknown) => void)[] = [];

const NO_OUTCOME: Outcome = { status: null, error: null, aborted: false };

export class Scope {
  readonly kind: Profile['kind'];
  readonly parent: string | null;
  readonly recorder: Recorder;
  /** The allowances that stood around its statements; notes refer to them by index. */
  allowances: readonly Allowance[] = NO_ALLOWANCES;
  /** What its code runs in. */
  readonly context: Context;
  /** What its statements, and those of the scopes inside it, are tried by: one of them is made to fail. Null: nothing. */
  readonly trial: Trial | null;
  readonly token: unknown;
  outcome: Outcome = NO_OUTCOME;
  durationMs = 0;
  unattributed: number;
  closed = false;
  /** Does the app itself wait for its report? */
  isAwaited = false;
  /** Says, before its end is heard of, that the app has finished its response. Set where there is one. */
  responded: (() => boolean) | null = null;

  #id: string | null = null;
  readonly #openedAt = Date.now();
  readonly #keeper: Keeper;
  readonly #sites: SiteCounters;
  #enclosing: Scope | null;
  readonly #remote: RemoteScope | null;
  #label: Label;
  /** Its function has settled, or its response has ended. */
  #ended = false;
  /** Nothing but statements in flight keeps it open. */
  #settling = false;
  #quietCheck = false;
  #openChildren = 0;
  #children = NO_CHILDREN;
  #deadline: Deadline | null = null;
  /** Takes the statements that its code sends after it has closed. */
  #after: Scope | null = null;
  #awaiting: readonly ((report: unknown) => void)[] = NOBODY;

  constructor(keeper: Keeper, opening: Opening, allowances: readonly Allowance[]) {
    this.#keeper = keeper;
    this.#enclosing = opening.enclosing;
    this.#remote = opening.remote;
    this.#label = opening.label;
    this.kind = opening.kind;
    this.parent = opening.parent;
    this.recorder = new Recorder({ clock, limits: keeper.limits });
    this.trial = opening.trial ?? opening.enclosing?.trial ?? null;
    const isTried = this.trial !== null;
    this.#sites = new SiteCounters(isTried ? 'always' : keeper.callSites, opening.entry, isTried);
    this.context = { scope: this, allowances, allowed: this.allow(allowances) };
    this.unattributed = state.unattributed;
    state.openScopes++;
    state.unjudged.add(this);
    opening.enclosing?.childOpened();
    this.trial?.scopes.add(this);
    this.token = guarded(() => keeper.opened(this), this);
  }

  /** Made when it is first asked for, which is nearly always after the response. */
  get id(): string {
    this.#id ??= randomUUID();
    return this.#id;
  }

  get startedAt(): Date {
    return new Date(this.#openedAt);
  }

  /** Is its report to go to another process? */
  get isRemote(): boolean {
    return this.#remote !== null;
  }

  /** Will its report be a part of another's? */
  get nested(): boolean {
    return this.#remote !== null || openOrNull(this.#enclosing) !== null;
  }

  /** The scope whose report its own becomes a part of; null once both are over. */
  get enclosing(): Scope | null {
    return this.#enclosing;
  }

  /** Its function has settled, or its response is out: its report comes as soon as its statements are answered. */
  get ended(): boolean {
    return this.#ended;
  }

  /** Statements noted so far, those over the cap too. */
  get statements(): number {
    return this.recorder.notes.length + this.recorder.dropped;
  }

  /** Reports of the scopes that were opened inside it and concluded before it closed. */
  get children(): readonly unknown[] {
    return this.#children;
  }

  /** Where stacks of its statements are taken: as the caller's context has it, which an ORM's call may want to hear of. */
  get sites(): Sites {
    // Asked for each statement, and most apps have no ORM that tells of its calls.
    if (!state.ormCalls) return this.#sites;
    return state.storage.getStore()?.call?.in(this.#sites) ?? this.#sites;
  }

  /** The response has ended (or the function has settled) but the scope is still open: a statement sent now is late. */
  get late(): boolean {
    return this.#ended || this.responded?.() === true;
  }

  get label(): string {
    return typeof this.#label === 'string' ? this.#label : (guarded(this.#label, this, 'a label') ?? this.kind);
  }

  /** Gives it another name: a framework knows the route better than what opened the scope. */
  relabel(label: Label): void {
    if (!this.#ended) this.#label = label;
  }

  run<T>(fn: () => T): T {
    return runIn(this.context, fn);
  }

  /** Its function has settled, or its response has ended; the first time counts. It closes when its statements are answered too. */
  end(outcome: Outcome): void {
    if (this.#ended || this.closed) return;
    this.#ended = true;
    this.outcome = outcome;
    this.durationMs = clock() - this.recorder.startedAt;
    this.#label = this.label;
    this.#settle();
  }

  /** Calls with its report when that has been handed out; to be asked for before it closes, because nothing is kept after that. */
  whenReported(tell: (report: unknown) => void): void {
    this.#awaiting = [...this.#awaiting, tell];
  }

  /** The same as a promise. */
  reported(): Promise<unknown> {
    return new Promise((resolve) => this.whenReported(resolve));
  }

  /** To be called after each answer: the last one may be what an ended scope waits for. */
  answered(): void {
    if (this.#settling) this.#closeWhenQuiet();
  }

  /** Puts allowances on its list; answers their places. */
  allow(allowances: readonly Allowance[]): readonly number[] | null {
    if (allowances.length === 0) return null;
    return allowances.map((allowance) => {
      const known = this.allowances.indexOf(allowance);
      if (known !== -1) return known;
      if (!this.closed) noteAllowance(allowance, true);
      this.allowances = [...this.allowances, allowance];
      return this.allowances.length - 1;
    });
  }

  /** The scope for what its code sends after it has closed: one of its own, open as long as one statement leads to the next. */
  after(allowances: readonly Allowance[]): Scope {
    if (this.#after === null || this.#after.closed) {
      const enclosing = openOrNull(this.#enclosing);
      this.#after = new Scope(
        this.#keeper,
        {
          kind: 'job',
          label: `after ${this.label}`,
          parent: this.id,
          enclosing,
          remote: this.#remote,
          entry: `after ${this.label}`,
          trial: this.trial,
        },
        allowances,
      );
      this.#after.#settle();
    }
    return this.#after;
  }

  // The next two are not private to the class: the scope around may be of another copy of queryscope.

  childOpened(): void {
    this.#openChildren++;
  }

  childConcluded(report: unknown): void {
    this.#openChildren--;
    if (!this.closed) {
      if (this.#children === NO_CHILDREN) this.#children = [report];
      else this.#children.push(report);
    }
    if (this.#settling) this.#closeWhenQuiet();
  }

  #settle(): void {
    this.#settling = true;
    // Outside any scope, or the timer would hold this one.
    runIn(undefined, () => {
      this.#closeWhenQuiet();
      if (!this.#quietCheck) this.#waitNoLonger();
    });
  }

  /** One turn of the event loop after the last answer: what the app does with an answer may be another statement. */
  #closeWhenQuiet(): void {
    if (this.#quietCheck || this.recorder.inFlight > 0 || this.#openChildren > 0) return;
    this.#quietCheck = true;
    nextTurn(() => {
      this.#quietCheck = false;
      if (this.recorder.inFlight === 0 && this.#openChildren === 0) this.#close();
      else this.#waitNoLonger();
    });
  }

  /** Than the limit, for what is still under way. Nearly every scope has nothing under way when it ends, and needs no timer. */
  #waitNoLonger(): void {
    this.#deadline ??= deadlineIn(this.#keeper.limits.settleMs, () => this.#close());
  }

  #close(): void {
    if (this.closed) return;
    this.closed = true;
    state.openScopes--;
    if (this.#deadline !== null) dropDeadline(this.#deadline);
    if (this.#openChildren > 0)
      this.recorder.notice('report-missing', 'requests or captures inside it had no report when the scope closed');
    if (!this.#ended) {
      this.durationMs = clock() - this.recorder.startedAt;
      this.#ended = true;
    }
    this.unattributed = state.unattributed - this.unattributed;
    runIn(undefined, () => this.#conclude());
  }

  /** By `then`: where an async context is followed, each promise is a third of a microsecond more. */
  #conclude(): void {
    this.#keeper.conclude(this).then(
      (report) => this.#concluded(report),
      (error) => {
        caught(error);
        this.#concluded(null);
      },
    );
  }

  #concluded(report: unknown): void {
    // A socket or a listener of the app may hold this scope for the life of the process: nothing of weight stays in it.
    // What a proof tried it asks its notes for when it is over.
    this.recorder.clear(this.trial !== null);
    this.#children = NO_CHILDREN;
    this.#sites.clear();
    state.unjudged.delete(this);
    this.trial?.scopes.delete(this);
    this.#enclosing?.childConcluded(report);
    this.#remote?.take(this.id, report);
    // A job that starts the next one before it ends, for ever, is a chain of which only the last link is needed.
    if (this.#enclosing?.closed) this.#enclosing = null;
    for (const tell of this.#awaiting) tell(report);
    this.#awaiting = NOBODY;
  }
}

/** What is known of a scope as it closes. `sample`: its values are asked for. */
export function closingOf(scope: Scope, sample: boolean): Closing {
  const { id, parent, kind, label, startedAt, durationMs, outcome, unattributed } = scope;
  return { id, parent, kind, label, startedAt, durationMs, outcome, unattributed, sample };
}

export interface ScopeOptions {
  /** Stand around all its code. */
  always?: readonly Allowance[];
  /** Is the label one that the next scope of the same code will have too? */
  named?: boolean;
  /** What it is opened in; by default where the caller runs, for a request what stands around all requests there. */
  around?: Context | undefined;
  /** The scope of another process that it is a part of. */
  remote?: RemoteScope | null;
  /** What its statements are tried by. */
  trial?: Trial | null;
}

/** Opens a scope inside the open scope around it, where there is one, and under the allowances there. */
export function openScope(
  keeper: Keeper,
  kind: Profile['kind'],
  label: Label,
  { always = NO_ALLOWANCES, named = true, remote = null, trial = null, ...options }: ScopeOptions = {},
): Scope {
  const around = options.around ?? (kind === 'request' ? contextAroundRequests() : state.storage.getStore());
  const enclosing = openOrNull(around?.scope ?? null);
  const outer = around?.allowances ?? NO_ALLOWANCES;
  const allowances = always.length === 0 ? outer : [...new Set([...always, ...outer])];
  const entry = !named ? null : typeof label === 'string' ? label : guarded(label);
  const parent = remote?.id ?? enclosing?.id ?? null;
  return new Scope(keeper, { kind, label, parent, enclosing, remote, entry, trial }, allowances);
}

/**
 * The caller's context, or, where that is inside a request, the one around it: a test's, or none. What comes in on a connection may be
 * read in the context of the request that was answered there before.
 */
export function contextAroundRequests(): Context | undefined {
  const context = state.storage.getStore();
  if (context?.unsampled) return undefined;
  let around = context;
  for (let scope = context?.scope ?? null; scope !== null; scope = scope.enclosing) {
    if (scope.kind === 'request') around = scope.enclosing?.context;
  }
  return around;
}

/** Does the caller run in what was captured by hand, and not only in a request? */
export function isInsideCapture(): boolean {
  return openOrNull(contextAroundRequests()?.scope ?? null) !== null;
}

/** The open scope that the caller runs in; null outside any. */
export function currentScope(): Scope | null {
  return openOrNull(state.storage.getStore()?.scope ?? null);
}

function openOrNull(scope: Scope | null): Scope | null {
  return scope === null || scope.closed ? null : scope;
}
