// One test process as the one that judges for it knows it: its scopes are judged one after the other, and written as if it had written them itself.

import { caught, messageOf } from '../../capture/guard.js';
import { detectors } from '../../detectors/index.js';
import { settingsOf } from '../../options.js';
import { RunWriter, type WatchedProcess } from '../../outputs/json/run-writer.js';
import type { WrittenFile } from '../../outputs/json/written-file.js';
import { MAX_BYTES } from '../../outputs/json.js';
import { AllowanceLedger } from '../../report/allowance-ledger.js';
import { thisProcess } from '../../report/this-process.js';
import { statementsOf } from './closed-scope.js';
import { judgeClosed } from './judge-closed.js';
import type { Goodbye, Hello, ProcessState, Scopes } from './messages.js';

/** Statements of one process that wait in this one, at most some more: 10 MB. Its line is not read meanwhile, so that it learns to judge by itself. */
const MOST_WAITING = 5_000;

export class JudgedProcess {
  readonly #judge: Parameters<typeof judgeClosed>[1];
  readonly #writer: RunWriter;
  #state: ProcessState = { drivers: [], unattributed: 0, unsampled: { requests: 0, statements: 0 } };
  #goodbye: Goodbye | null = null;
  /** All that has come so far is judged by then. */
  #judged: Promise<void> = Promise.resolve();
  #waiting = 0;
  readonly #isFree: () => void;

  /** `number`: no other process has it. `isFree`: called when it can take more again. */
  constructor(hello: Hello, number: number, isFree: () => void) {
    this.#isFree = isFree;
    const { root, cwd, directory, service, pid, startedAt, node } = hello;
    const chosen = settingsOf({ detectors: hello.detectors }, { detectors, outputs: [], env: {}, cwd });
    this.#judge = { detectors: chosen.detectors, allowances: new AllowanceLedger(), process: number };
    const env = { ...process.env, OTEL_SERVICE_NAME: service ?? undefined };
    const identity = { ...thisProcess(root, env, cwd), pid, startedAt, runtime: `node ${node}` };
    this.#writer = new RunWriter({ directory, maxBytes: MAX_BYTES, watch: this.#watch(root), identity, keeps: true });
    this.#writer.open();
  }

  /** Is enough waiting to be judged? */
  get isFull(): boolean {
    return this.#waiting > MOST_WAITING;
  }

  take(message: Scopes | Goodbye): void {
    if (message.is === 'scopes') this.#waiting += statementsIn(message);
    this.#judged = this.#judged.then(() => {
      this.#state = message.state;
      if (message.is === 'scopes') return this.#judgeAll(message);
      this.#goodbye = message;
      return this.#judge.allowances.join(message.allowances);
    });
  }

  /** It has ended, or cannot be heard any more. Resolves when all that it handed over is written: with what its file says, or where that is to be read. */
  async over(): Promise<WrittenFile | string> {
    await this.#judged;
    try {
      await (this.#goodbye === null ? this.#writer.abandon() : this.#writer.close());
    } catch (error) {
      caught(error, null, "the output 'json'", messageOf);
    }
    return this.#writer.written() ?? this.#writer.path;
  }

  async #judgeAll(message: Scopes): Promise<void> {
    for (const scope of message.scopes) {
      try {
        await this.#writer.write(scope.is === 'judged' ? scope.report : await judgeClosed(scope, this.#judge));
      } catch (error) {
        caught(error, null, "the output 'json'", messageOf);
      }
    }
    const wasFull = this.isFull;
    this.#waiting -= statementsIn(message);
    if (wasFull && !this.isFull) this.#isFree();
  }

  #watch(root: string): WatchedProcess {
    return {
      root,
      drivers: () => this.#state.drivers,
      unattributed: () => this.#state.unattributed,
      unsampled: () => this.#state.unsampled,
      unjudged: () => this.#goodbye?.unjudged ?? { scopes: 0, statements: 0 },
      idleAllows: () => this.#judge.allowances.idle(this.#goodbye?.outside ?? []),
    };
  }
}

function statementsIn({ scopes }: Scopes): number {
  return scopes.reduce(
    (sum, scope) => sum + (scope.is === 'judged' ? scope.report.profile.statements.length : statementsOf(scope)),
    0,
  );
}
