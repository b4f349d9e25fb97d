// Those who take reports: the outputs and listeners of the profilers that are on. Joined over all of them, so that a process with several
// profilers profiles once and hands out each report once.

import { caught, guarded, messageOf } from './capture/guard.js';
import type { Scope } from './capture/scope.js';
import { state } from './capture/state.js';
import { type Deadline, deadlineIn, dropDeadline } from './capture/timers.js';
import type { Proof } from './report/proof.js';
import type { Output, Report, Watch } from './report/report.js';

export type Listener = (report: Report) => void;

/** Each output's answer to `onScopeOpen`. */
type Tokens = Map<Output, unknown>;

/** Those of each report that is still to be written, be it as a part of another. */
const tokensOf = new WeakMap<Report, Tokens>();

/** The outputs and listeners of one profiler. */
export class Audience {
  readonly listeners = new Set<Listener>();
  readonly outputs: readonly Output[];
  readonly #writing = new Set<Promise<void>>();

  constructor(outputs: readonly Output[]) {
    this.outputs = outputs;
  }

  /** From now on it hears of every scope of the process. An output that another profiler has started already is not started again. */
  join(watch: Watch): void {
    const started = new Set(everyAudience().flatMap(({ outputs }) => outputs));
    state.profilers.add(this);
    for (const output of this.outputs) {
      if (!started.has(output)) tried(output, () => output.start?.(watch));
    }
  }

  write(output: Output, report: Report, tokenOf: (report: Report) => unknown): void {
    this.#watchWriting(output, () => output.write(report, tokenOf(report), tokenOf));
  }

  writeProof(output: Output, proof: Proof): void {
    this.#watchWriting(output, () => output.writeProof?.(proof));
  }

  #watchWriting(output: Output, write: () => void | Promise<void>): void {
    const written = tried(output, write);
    if (!isPromise(written)) return;
    const writing = Promise.resolve(written)
      .catch((error) => failed(output, error))
      .finally(() => this.#writing.delete(writing));
    this.#writing.add(writing);
  }

  /** Waits for what is being written, and closes the outputs that no other profiler has. */
  async leave(): Promise<void> {
    state.profilers.delete(this);
    await inTime(Promise.all(this.#writing));
    const inUse = new Set(everyAudience().flatMap(({ outputs }) => outputs));
    for (const output of this.outputs) {
      if (inUse.has(output)) continue;
      const closed = Promise.resolve(tried(output, () => output.close?.())).catch((error) => failed(output, error));
      await inTime(closed);
    }
  }
}

/** An output that has not flushed by then is not waited for, in ms: whoever closes a profiler is about to end. */
const FLUSH_MS = 5_000;

async function inTime(flushing: Promise<unknown>): Promise<void> {
  let deadline: Deadline | undefined;
  const late = new Promise<void>((resolve) => {
    deadline = deadlineIn(FLUSH_MS, resolve);
  });
  await Promise.race([flushing, late]);
  if (deadline !== undefined) dropDeadline(deadline);
}

/** Asks every output for its token as a scope opens, in the caller's context. */
export function announce(opener: Audience): Tokens | null {
  let tokens: Tokens | null = null;
  for (const { outputs } of everyAudience(opener)) {
    for (const output of outputs) {
      if (output.onScopeOpen === undefined || tokens?.has(output)) continue;
      tokens ??= new Map();
      tokens.set(
        output,
        tried(output, () => output.onScopeOpen?.()),
      );
    }
  }
  return tokens;
}

/** Hands a report out: to the listeners always; to the outputs unless it travels inside the report of the scope around it. */
export function deliver(report: Report, scope: Scope, opener: Audience): void {
  const audiences = everyAudience(opener);
  for (const listener of new Set(audiences.flatMap(({ listeners }) => [...listeners]))) {
    guarded(() => listener(report), null, 'an onReport listener');
  }
  const tokens = scope.token as Tokens | null;
  if (tokens !== null && tokens.size > 0) tokensOf.set(report, tokens);
  if (scope.nested) return;
  const written = new Set<Output>();
  for (const audience of audiences) {
    for (const output of audience.outputs) {
      if (written.has(output)) continue;
      written.add(output);
      audience.write(output, report, (each) => tokensOf.get(each)?.get(output));
    }
  }
}

/** Hands a proof to the outputs. */
export function deliverProof(proof: Proof, opener: Audience): void {
  const written = new Set<Output>();
  for (const audience of everyAudience(opener)) {
    for (const output of audience.outputs) {
      if (written.has(output)) continue;
      written.add(output);
      audience.writeProof(output, proof);
    }
  }
}

/** Does nobody take reports but the outputs of one? */
export function isAlone(audience: Audience): boolean {
  return everyAudience(audience).length === 1 && audience.listeners.size === 0;
}

/** Everybody who is on, and the opener: what is captured by hand is reported even where its profiler is off. */
function everyAudience(opener?: Audience): Audience[] {
  const audiences = state.profilers as Set<Audience>;
  return opener === undefined || audiences.has(opener) ? [...audiences] : [...audiences, opener];
}

/** Calls an output. Reports hold no values unless they were asked for, so what it says of its own failure may be told. */
function tried<T>(output: Output, fn: () => T): T | null {
  return guarded(fn, null, partOf(output), messageOf);
}

function failed(output: Output, error: unknown): void {
  caught(error, null, partOf(output), messageOf);
}

function partOf(output: Output): string {
  return `the output '${output.name}'`;
}

function isPromise(value: unknown): value is PromiseLike<void> {
  return typeof (value as PromiseLike<void> | null | undefined)?.then === 'function';
}
