// What a scope's statements are tried by: every statement of it and of the scopes inside it is known by name, and one of them is made to fail. Holds
// what has to be put right afterwards. Why statements are made to fail, and what that proves, stands in prove/.

import type { Note } from '../profile/note.js';
import { parse } from '../sql/parse.js';
import type { ParsedStatement } from '../sql/text.js';
import type { Trace } from './call-site.js';
import { type Connection, connectionOf, noteOf, type Sent } from './pg-connection.js';
import type { DriverClient } from './pg-driver.js';
import { Fault, type FaultKind } from './pg-fault.js';
import type { Scope } from './scope.js';

/** A statement by what is the same in each run: its shape, where it was sent from, and the how manieth of those it was. */
export interface StepName {
  /** The shape's id, and below it the frames of the app, innermost first. */
  readonly key: string;
  /** 0-based. */
  readonly occurrence: number;
}

/** A text that was sent. */
export interface Step {
  readonly sent: Sent;
  /** Of each of its statements. */
  readonly names: readonly StepName[];
}

/** Which statement is made to fail, and how. */
export interface Target extends StepName {
  readonly kind: Exclude<FaultKind, 'refused'>;
}

type Release = (destroy?: unknown) => unknown;

export interface TrialOptions {
  /** Null: nothing fails. */
  target: Target | null;
  /** Where a statement is sent from, as text that is the same in each run. */
  placeOf(trace: Trace): string;
  /** Why nothing may be sent to a database; null: it may. */
  refusalOf(database: string): Error | null;
}

export class Trial {
  readonly target: Target | null;
  /** In the order in which they were sent. */
  readonly steps: Step[] = [];
  /** Scopes whose statements it tries. */
  readonly scopes = new Set<Scope>();
  /** Statements over the cap of their scope: it knows nothing of them. */
  unseen = 0;
  /** The statement that was to fail. */
  struck: Step | null = null;
  /** How many were sent before the process would have ended; null: it would not. */
  crashedAfter: number | null = null;
  /** The request that the failing statement was sent in; null: in none. */
  request: Scope | null = null;
  /** Errors that the app got because of it. */
  readonly errors = new WeakSet<object>();
  /** What was refused, because its database is none that may be touched. */
  refusal: Error | null = null;
  readonly #options: TrialOptions;
  readonly #occurrences = new Map<string, number>();
  /** Clients that were connected by what it tries. */
  readonly #connected = new WeakSet<object>();
  /** Clients that were taken from a pool and not given back. */
  readonly held = new Set<DriverClient>();
  /** So many of its steps are known to be over. */
  #answered = 0;
  /** How many clients its code waits for. */
  #asking = 0;
  #state: 'open' | 'over' | 'given up' = 'open';

  constructor(options: TrialOptions) {
    this.target = options.target;
    this.#options = options;
  }

  get fault(): Fault | null {
    return this.struck?.sent.fault ?? null;
  }

  /** A statement is about to be handed to the driver. */
  sending(sent: Sent): void {
    if (this.#state !== 'open') {
      if (this.#state === 'given up') this.#fail(sent, 'refused', [], new Error('This run has been given up.'));
      return;
    }
    const refusal = this.#options.refusalOf(sent.connection.note.database);
    if (refusal !== null) {
      this.refusal ??= refusal;
      this.#fail(sent, 'refused', [], refusal);
      return;
    }
    const { statements } = parse(sent.call.text);
    const place = sent.trace === null ? '' : this.#options.placeOf(sent.trace);
    const names = statements.map(({ shape }) => this.#name(`${shape.id}\n${place}`));
    const step: Step = { sent, names };
    this.steps.push(step);
    const part = this.struck === null ? names.findIndex((name) => this.#isTarget(name)) : -1;
    if (part !== -1) this.#strike(step, statements.slice(0, part));
  }

  /** One was sent that its scope has no room for. */
  dropped(): void {
    this.unseen++;
  }

  /** Its code waits for a client of a pool. */
  asksForClient(): void {
    this.#asking++;
  }

  /** It got one into its own hands; null: none, or the pool sends its statement itself. */
  gotClient(client: DriverClient | null): void {
    this.#asking--;
    if (client === null || typeof client.release !== 'function') return;
    this.held.add(client);
    const release = client.release as Release;
    client.release = (destroy?: unknown) => {
      this.held.delete(client);
      // Whoever gets it next would be in a transaction that is not theirs: it goes with its connection.
      const { status } = connectionOf(client);
      return Reflect.apply(release, client, [status === 'T' || status === 'E' ? destroy || true : destroy]);
    };
  }

  /** Is its code at work on the database? As far as that can be seen, also where its scope has closed. */
  get isBusy(): boolean {
    while (this.#answered < this.steps.length && isOver(this.steps[this.#answered] as Step)) this.#answered++;
    return this.#asking > 0 || this.#answered < this.steps.length;
  }

  connecting(client: object): void {
    this.#connected.add(client);
  }

  /** Would the process have ended? What was sent from then on never was. */
  crashed(): void {
    this.crashedAfter ??= this.steps.length;
  }

  /** The run is over; what its code sends from now on is not looked at, or, where it was `given up`, not sent. */
  end(how: 'over' | 'given up'): void {
    this.#state = how;
  }

  /** What it holds of the app's values goes. */
  forget(): void {
    this.steps.length = 0;
    this.#answered = 0;
    this.struck = null;
  }

  /** Connections that it sent something on. */
  get connections(): ReadonlyMap<Connection, DriverClient> {
    return new Map(this.steps.map(({ sent }) => [sent.connection, sent.client]));
  }

  get notes(): readonly Note[] {
    return this.steps.map(({ sent }) => noteOf(sent));
  }

  #name(key: string): StepName {
    const occurrence = this.#occurrences.get(key) ?? 0;
    this.#occurrences.set(key, occurrence + 1);
    return { key, occurrence };
  }

  #isTarget({ key, occurrence }: StepName): boolean {
    return key === this.target?.key && occurrence === this.target.occurrence;
  }

  #strike(step: Step, before: readonly ParsedStatement[]): void {
    const { kind } = this.target as Target;
    this.struck = step;
    this.request = requestAround(step.sent.scope);
    this.#fail(
      step.sent,
      kind,
      before.map(({ sql }) => sql),
      null,
    );
  }

  #fail(sent: Sent, kind: FaultKind, before: readonly string[], refusal: Error | null): void {
    sent.fault = new Fault(sent, {
      kind,
      before,
      spare: () => this.#spare(sent),
      refusal,
      errors: this.errors,
      crashed: () => this.crashed(),
    });
    sent.fault.arm();
  }

  /** A connection that others use, or that nobody would replace, is not cut. */
  #spare({ connection, client }: Sent): string | null {
    if (connection.hasUnseen(client) || connection.underWay.some((other) => other?.scope.trial !== this))
      return 'its connection carries statements of others';
    const isMissed = (client.listenerCount?.('error') ?? 0) + (client.listenerCount?.('end') ?? 0) > 0;
    if (connection.note.pool === null && !this.#connected.has(client) && !isMissed)
      return 'its connection was there before and nobody would replace it';
    return null;
  }
}

/** Nobody hears of an answer in a scope that has closed. */
function isOver({ sent: { note, scope } }: Step): boolean {
  return scope.closed || scope.recorder.notes.isAnswered(note);
}

function requestAround(scope: Scope): Scope | null {
  for (let at: Scope | null = scope; at !== null; at = at.enclosing) if (at.kind === 'request') return at;
  return null;
}
