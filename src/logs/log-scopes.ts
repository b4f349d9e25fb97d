// Divides a log's statements into scopes. A trace named in comments is one; else the statements of one session that follow each other without a
// pause, from one route where comments name it. How sure a division is goes with it: two requests on one session are no loop.

import { commentTags } from './comment-tags.js';
import type { LoggedStatement, LogSession } from './logged-statement.js';
import { isControl, isOpenAfter } from './open-transaction.js';
import type { AnsweredRequest } from './python/access-line.js';

/**
 * trace: by its id · session: all that it sent from connecting to disconnecting, without a pause · request: up to the line that says that it was answered · tags: of
 * one route, without a pause · pause: nothing but that.
 */
export type Division = 'trace' | 'session' | 'request' | 'tags' | 'pause';

/** What was sent together, as far as the log shows. */
export interface LogScope {
  division: Division;
  label: string;
  kind: 'request' | 'job';
  /** HTTP status; null: not known. */
  status: number | null;
  /** In the order of the log. */
  statements: LoggedStatement[];
  /** Those over the cap. */
  dropped: number;
}

export interface ScopeLimits {
  /** Statements kept of one scope. */
  statements: number;
  /** From here on a session without a statement is at another request, in ms; nothing is divided inside a transaction. */
  pauseMs: number;
}

/** A trace in which nothing was sent for so long is over, in ms of the log's time: longer than services wait for each other. */
const TRACE_QUIET_MS = 30_000;

/** Characters of texts that wait for the end of their scopes; over it the scopes that were quiet longest are taken for over. */
const MAX_WAITING = 32_000_000;

/** What a waiting statement takes beside its text, in characters. */
const STATEMENT_SIZE = 400;

interface Draft extends LogScope {
  /** The trace or the route; null: the statements name none. */
  name: string | null;
  /** Nothing but the beginning of a transaction so far: it belongs to what follows. */
  isLead: boolean;
  /** It was answered, and ends with the transaction that is open. */
  isAnswered: boolean;
  lastMs: number;
  size: number;
}

interface SessionState {
  current: Draft | null;
  isOpen: boolean;
  lastMs: number;
  /** Scopes it has had. */
  scopes: number;
}

export class LogScopes {
  readonly #limits: ScopeLimits;
  readonly #sessions = new Map<LogSession, SessionState>();
  /** By name, the one that was quiet longest first; so are all that wait. */
  readonly #traces = new Map<string, Draft>();
  readonly #waiting = new Set<Draft>();
  #size = 0;
  #nowMs = 0;

  constructor(limits: ScopeLimits) {
    this.#limits = limits;
  }

  /** Answers the scopes that are over with it. */
  *take(statement: LoggedStatement): Generator<LogScope> {
    const { session, text, startMs, endMs } = statement;
    let state = this.#sessions.get(session);
    if (state === undefined) {
      state = { current: null, isOpen: false, lastMs: startMs, scopes: 0 };
      this.#sessions.set(session, state);
    }
    if (!state.isOpen && startMs - state.lastMs >= this.#limits.pauseMs) yield* this.#leave(state);
    const tags = commentTags(text);
    const trace = tags?.trace ?? null;
    const draft = yield* this.#draftFor(state, statement, trace ?? tags?.label ?? null, trace !== null);
    if (tags !== null && tags.label !== null) {
      draft.label = tags.label;
      draft.kind = tags.kind;
    }
    this.#add(draft, statement);
    state.current = draft;
    state.isOpen = isOpenAfter(text, state.isOpen);
    state.lastMs = Math.max(state.lastMs, endMs);
    this.#nowMs = Math.max(this.#nowMs, endMs);
    if (draft.isAnswered && !state.isOpen) yield* this.#leave(state);
    yield* this.#makeRoom();
  }

  /** Nothing more comes of the session. `seen`: the log says so. */
  *over(session: LogSession, seen: boolean): Generator<LogScope> {
    const state = this.#sessions.get(session);
    if (state === undefined) return;
    this.#sessions.delete(session);
    const { current, scopes } = state;
    if (current?.division === 'pause' && seen && session.begun && scopes === 1) current.division = 'session';
    yield* this.#leave(state);
  }

  /** A request was answered. Which one's statements they were is known where one session alone is under way. */
  *answered({ label, status }: AnsweredRequest): Generator<LogScope> {
    const underWay = [...this.#sessions.values()].filter(
      ({ current, lastMs }) =>
        current !== null && this.#waiting.has(current) && this.#nowMs - lastMs < this.#limits.pauseMs,
    );
    const [state, ...others] = underWay;
    const draft = state?.current ?? null;
    if (state === undefined || draft === null || others.length > 0 || draft.division === 'trace') return;
    draft.division = 'request';
    Object.assign(draft, { label, status, kind: 'request', isAnswered: true });
    if (!state.isOpen) yield* this.#leave(state);
  }

  *end(): Generator<LogScope> {
    for (const draft of this.#waiting) yield* this.#close(draft);
    this.#sessions.clear();
  }

  *#draftFor(
    state: SessionState,
    { text, session }: LoggedStatement,
    name: string | null,
    isTrace: boolean,
  ): Generator<LogScope, Draft> {
    const current = state.current !== null && this.#waiting.has(state.current) ? state.current : null;
    if (current !== null && current.name === name) return current;
    // What an ORM sends around statements bears no tags.
    if (current !== null && name === null && (state.isOpen || isControl(text))) return current;
    const lead = current?.isLead ? current : null;
    const known = isTrace ? this.#traces.get(name as string) : undefined;
    if (known !== undefined && lead !== null) {
      for (const statement of lead.statements) this.#add(known, statement);
      this.#forget(lead);
    } else if (lead === null) yield* this.#leave(state);
    if (known !== undefined) return known;
    const draft = lead ?? this.#begin(state, session);
    if (name !== null) {
      draft.name = name;
      draft.division = isTrace ? 'trace' : 'tags';
    }
    return draft;
  }

  #begin(state: SessionState, { label }: LogSession): Draft {
    state.scopes++;
    return {
      division: 'pause',
      label,
      kind: 'job',
      status: null,
      statements: [],
      dropped: 0,
      name: null,
      isLead: true,
      isAnswered: false,
      lastMs: 0,
      size: 0,
    };
  }

  #add(draft: Draft, statement: LoggedStatement): void {
    draft.isLead &&= draft.name === null && isControl(statement.text);
    draft.lastMs = Math.max(draft.lastMs, statement.endMs);
    if (draft.statements.length < this.#limits.statements) {
      const size = statement.text.length + STATEMENT_SIZE;
      draft.statements.push(statement);
      draft.size += size;
      this.#size += size;
    } else draft.dropped++;
    this.#waiting.delete(draft);
    this.#waiting.add(draft);
    if (draft.division !== 'trace') return;
    this.#traces.delete(draft.name as string);
    this.#traces.set(draft.name as string, draft);
  }

  /** The session goes on with something else. A trace may go on in other sessions. */
  *#leave(state: SessionState): Generator<LogScope> {
    const { current } = state;
    state.current = null;
    if (current !== null && current.division !== 'trace') yield* this.#close(current);
  }

  *#makeRoom(): Generator<LogScope> {
    for (const trace of this.#traces.values()) {
      if (this.#nowMs - trace.lastMs < TRACE_QUIET_MS) break;
      yield* this.#close(trace);
    }
    for (const draft of this.#waiting) {
      if (this.#size <= MAX_WAITING) break;
      yield* this.#close(draft);
    }
  }

  *#close(draft: Draft): Generator<LogScope> {
    if (this.#forget(draft)) yield draft;
  }

  #forget(draft: Draft): boolean {
    if (!this.#waiting.delete(draft)) return false;
    if (draft.division === 'trace') this.#traces.delete(draft.name as string);
    this.#size -= draft.size;
    return true;
  }
}
