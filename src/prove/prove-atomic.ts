// The proof: runs a function once to learn its writes, then once for each way in which one of them can fail, and says what stayed each time. How a
// statement is made to fail is capture's; what a run says is verdict.ts.

import type { Trace } from '../capture/call-site.js';
import type { Context } from '../capture/context.js';
import { expressMiddleware } from '../capture/express.js';
import { enterRequests } from '../capture/http-servers.js';
import type { Label, Scope } from '../capture/scope.js';
import { state } from '../capture/state.js';
import { type Target, Trial } from '../capture/trial.js';
import { nameOf } from '../detectors/statement-name.js';
import { QueryscopeError } from '../errors.js';
import type { Sites } from '../profile/build-profile.js';
import type { Proof, ProofRun, UntriedFailure } from '../report/proof.js';
import type { Report } from '../report/report.js';
import { watchCrashes } from './crash-watch.js';
import { byWrite, type Failure, type Learned, learnFrom } from './failures.js';
import { changedBy, type Entry, type Ledger, ledgerOf } from './ledger.js';
import { type ProveSettings, proveSettingsOf, type Work } from './prove-options.js';
import { type Ended, failureOf, runTrial } from './trial-run.js';
import { verdictOf } from './verdict.js';

/** What a profiler lends to a proof. */
export interface Bench {
  /** Opens a scope for one run. */
  openRun(label: string, named: boolean, trial: Trial): Scope;
  /** Opens a scope for a request that belongs into one. */
  openRequest(label: Label, around: Context): Scope;
  /** Where a statement is sent from, as text that is the same in each run. */
  placeOf(trace: Trace): string;
  readonly sites: Sites;
  /** Are values shown? */
  readonly sample: boolean;
}

/** Two proofs at once would find each other's writes in the data. */
let before: Promise<unknown> = Promise.resolve();

/**
 * Proves that the writes of a function are one unit, or shows what stays when they fail.
 * @throws QueryscopeError where it refuses to run (`proof-refused`), or there is nothing that it could prove (`proof-impossible`).
 */
export async function proveAtomic(bench: Bench, fn: unknown, options: unknown): Promise<Proof> {
  const settings = proveSettingsOf(fn, options, process.env.NODE_ENV);
  if (state.storage.getStore()?.scope?.trial) {
    throw impossible('it was called by a function that is under proof itself. Prove one after the other.');
  }
  const proving = before.then(() => new Proving(bench, fn as Work, settings).prove());
  before = proving.catch(() => {});
  return proving;
}

/** A run that has ended, with what it did. */
interface Run extends Ended {
  trial: Trial;
  ledger: Ledger;
  /** Clients that it has not given back. */
  kept: number;
}

class Proving {
  readonly #bench: Bench;
  readonly #fn: Work;
  readonly #settings: ProveSettings;
  readonly #trials = new Set<Trial>();
  readonly #runs: ProofRun[] = [];
  readonly #untried: UntriedFailure[] = [];
  #takesBack = false;

  constructor(bench: Bench, fn: Work, settings: ProveSettings) {
    this.#bench = bench;
    this.#fn = fn;
    this.#settings = settings;
  }

  async prove(): Promise<Proof> {
    const stops = [watchCrashes(this.#trials), enterRequests(this.#linkedRequests())];
    try {
      const first = await this.#firstRun();
      const learned = learnFrom(first.ledger);
      checkLearned(learned, first.ledger);
      this.#takesBack = first.kept === 0;
      const stopped = await this.#failEach(learned, first.ledger);
      return this.#proofOf(learned, first.report, stopped);
    } finally {
      for (const stop of stops.reverse()) stop();
      for (const trial of this.#trials) trial.forget();
    }
  }

  /** Requests that say that they belong to a run are scopes in it, whether or not the app has them recorded. */
  #linkedRequests(): ReturnType<typeof expressMiddleware> {
    return expressMiddleware((label, linked) => {
      const around = linked !== null && 'around' in linked ? linked.around : null;
      const trial = around?.scope?.trial ?? null;
      return around !== null && trial !== null && this.#trials.has(trial)
        ? this.#bench.openRequest(label, around)
        : null;
    });
  }

  async #firstRun(): Promise<Run> {
    const run = await this.#run(null);
    if (run.trial.refusal !== null) throw run.trial.refusal;
    if (run.failed) {
      throw impossible(
        `the function failed by itself, before anything was made to fail (${failureOf(run)}). Prove what works when all goes well.`,
        run.error,
      );
    }
    if (run.trial.unseen > 0) throw impossible('it sends more statements than a scope keeps. Raise limits.statements.');
    if ((await this.#asked()) === false)
      throw impossible('the invariant is false when all goes well, so it says nothing when something fails.');
    await this.#settings.reset?.();
    return run;
  }

  /** Answers why it could not go on; null: it came to its end. */
  async #failEach(learned: Learned, first: Ledger): Promise<string | null> {
    const { tried, untried } = chosen(learned.failures, learned);
    this.#untried.push(...untried);
    for (const [i, failure] of tried.entries()) {
      const stopped = await this.#failOne(failure, learned, first);
      if (stopped === null) continue;
      for (const { failed, at, how } of tried.slice(i)) this.#untried.push({ failed, at, how, why: stopped });
      return stopped;
    }
    return null;
  }

  async #failOne({ failed, at, how, target }: Failure, learned: Learned, first: Ledger): Promise<string | null> {
    const run = await this.#run(target);
    const { trial, ledger } = run;
    const invariant = await this.#asked();
    await this.#settings.reset?.();
    const other = otherThan(first, ledger, this.#settings.reset !== null);
    if (other !== null) return this.#whyOther(other);
    if (ledger.struck === null) return this.#whyUnsent(nameOfTarget(first, target), run.timedOut);
    if (trial.fault?.spared) {
      this.#untried.push({ failed, at, how, why: trial.fault.spared });
      return null;
    }
    const { request } = trial;
    const status = request?.outcome.status ?? null;
    const crashed = trial.crashedAfter !== null;
    const wasTold = crashed || run.failed || (request !== null && (status === null || status >= 400));
    const { timedOut, report } = run;
    this.#runs.push({
      failed,
      at,
      how,
      ...verdictOf(learned, ledger, { wasTold, timedOut, invariant }),
      invariant,
      answered: { status, error: run.failed ? failureOf(run) : null },
      crashed,
      report,
    });
    trial.forget();
    return null;
  }

  /** It did something else, or had no time to come as far. */
  #whyUnsent(name: string, timedOut: boolean): string {
    const unsent = `${name} that was to fail was not sent`;
    return timedOut
      ? `${unsent} within ${this.#settings.timeoutMs} ms. If it needs longer, give it a longer timeoutMs.`
      : this.#whyOther(unsent);
  }

  /** A different beginning: what is there decides what the function does. */
  #whyOther(other: string): string {
    return this.#settings.reset === null
      ? `${other}. An earlier run has changed the data that it begins with: give a reset() that restores it.`
      : `${other}. It does not do the same each time, though reset() was called: its data, or what it decides by, is another.`;
  }

  async #run(target: Target | null): Promise<Run> {
    const { label, named, timeoutMs } = this.#settings;
    const trial = new Trial({
      target,
      placeOf: (trace) => this.#bench.placeOf(trace),
      refusalOf: (database) => this.#refusalOf(database),
    });
    this.#trials.add(trial);
    const scope = this.#bench.openRun(label, named, trial);
    const ended = await runTrial(this.#fn, scope, trial, { timeoutMs, takesBack: this.#takesBack });
    return { ...ended, trial, kept: trial.held.size, ledger: await ledgerOf(trial, this.#bench) };
  }

  #refusalOf(database: string): QueryscopeError | null {
    const { only } = this.#settings;
    if (only === null || only.has(database)) return null;
    return new QueryscopeError(
      'proof-refused',
      `proveAtomic() was told to touch ${[...only].map((name) => `'${name}'`).join(', ')} only; the function under proof sent a statement to '${database}', which was not let through.`,
    );
  }

  async #asked(): Promise<boolean | null> {
    const { invariant } = this.#settings;
    if (invariant === null) return null;
    const answer = await invariant();
    if (typeof answer === 'boolean') return answer;
    throw new QueryscopeError(
      'bad-option',
      `Option 'invariant' of proveAtomic() has to answer true or false; ${typeof answer} came.`,
    );
  }

  #proofOf(learned: Learned, report: Report, stopped: string | null): Proof {
    const runs = this.#runs.sort(byWrite);
    return {
      format: 1,
      label: this.#settings.label,
      atomic: stopped === null && runs.length > 0 && runs.every(({ atomic }) => atomic),
      writes: learned.writes,
      runs,
      untried: this.#untried.sort(byWrite),
      stopped,
      report,
    };
  }
}

function checkLearned({ writes }: Learned, { profile }: Ledger): void {
  if (profile.transactions.some(({ ambient }) => ambient)) {
    throw impossible(
      'it runs inside a transaction that was opened outside of it, so nothing of it is committed. Prove it on its own.',
    );
  }
  if (profile.connections.some(({ native }) => native)) {
    throw impossible(
      'its driver is pg-native, which lets nobody near its messages. Prove it with the JavaScript client.',
    );
  }
  if (writes.length > 0) return;
  throw impossible(
    profile.statements.length === 0
      ? 'no statement of it was seen. Watch the pg that it uses, with profiler.instrument(pg) or profiler.wrap(pool); a server in another process cannot be seen.'
      : `it sent ${profile.statements.length} statements, and none of them wrote anything that was committed.`,
  );
}

/** Failures of one line that are tried one by one; of a longer loop the first two turns and the last stand for all. */
const TURNS = 20;

function chosen(failures: readonly Failure[], { entries }: Learned): { tried: Failure[]; untried: UntriedFailure[] } {
  const turns = new Map<string, number[]>();
  for (const [i, { name }] of entries.entries()) turns.set(name.key, [...(turns.get(name.key) ?? []), i + 1]);
  const tried: Failure[] = [];
  const untried: UntriedFailure[] = [];
  for (const failure of failures) {
    const { failed, at, how, target } = failure;
    const numbers = turns.get(target.key) ?? [];
    const place = numbers.indexOf(failed);
    if (at === 'commit' || numbers.length <= TURNS || place <= 1 || place === numbers.length - 1) tried.push(failure);
    else
      untried.push({
        failed,
        at,
        how,
        why: `one of ${numbers.length} writes of one line, of which the first two and the last were tried`,
      });
  }
  return { tried, untried };
}

/**
 * What the run did otherwise than the first one, up to the statement that was to fail; null: nothing. Where the data was not restored, a write that finds no row behind that is no
 * consequence of the failure for certain either.
 */
function otherThan(first: Ledger, ledger: Ledger, isRestored: boolean): string | null {
  const known = new Map(first.entries.map((entry) => [nameText(entry.name), entry]));
  const until = beginOf(ledger) ?? ledger.entries.length;
  for (const [i, entry] of ledger.entries.entries()) {
    const { statement } = entry;
    const same = known.get(nameText(entry.name));
    if (i < until && statement.error !== null && same?.statement.error == null)
      return `${nameOf(statement.shape)} failed by itself (${statement.error.code ?? 'no code'})`;
    if (isRestored && i > (ledger.struck ?? i)) break;
    if (same !== undefined && entry.isWrite && statement.error === null && isVain(entry) !== isVain(same))
      return `${nameOf(statement.shape)} changed ${isVain(entry) ? 'no row, which it did' : 'rows, which it did not'} the first time`;
  }
  return null;
}

/** The statement that is to fail, as the first run sent it. */
function nameOfTarget({ entries }: Ledger, target: Target): string {
  const sent = entries.find(({ name }) => nameText(name) === nameText(target));
  return sent === undefined ? 'the statement' : nameOf(sent.statement.shape);
}

const nameText = ({ key, occurrence }: Pick<Target, 'key' | 'occurrence'>): string => `${key} ${occurrence}`;
const isVain = ({ statement }: Entry): boolean => changedBy(statement) === 0;

/** Where the text begins that the failure is in: all of it is lost with a part. */
function beginOf({ struck, entries }: Ledger): number | null {
  const batch = struck === null ? null : (entries[struck]?.statement.batch ?? null);
  return batch === null ? struck : entries.findIndex(({ statement }) => statement.batch === batch);
}

function impossible(why: string, cause?: unknown): QueryscopeError {
  return new QueryscopeError(
    'proof-impossible',
    `Nothing can be proven of this function: ${why}`,
    cause === undefined ? undefined : { cause },
  );
}
