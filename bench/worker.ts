// A process of the bench: plain node, asked one thing at a time.

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

export class Worker {
  readonly #child: ChildProcess;
  /** What it said when it was ready. */
  greeting: unknown;

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  /** Starts a script of this folder; resolves when it says that it is ready. */
  static async start(script: string, args: readonly string[], execArgv: readonly string[] = []): Promise<Worker> {
    const env = { ...process.env, NODE_ENV: '' };
    const child = fork(join(__dirname, script), args, { execArgv: [...execArgv], env });
    const worker = new Worker(child);
    worker.greeting = await worker.#answer();
    return worker;
  }

  async ask<Answer>(question: object): Promise<Answer> {
    this.#child.send(question);
    return (await this.#answer()) as Answer;
  }

  /** Lets it close what it holds. */
  async end(): Promise<void> {
    if (this.#child.exitCode !== null) return;
    this.#child.send({ end: true });
    await once(this.#child, 'exit');
  }

  async #answer(): Promise<unknown> {
    const over = new AbortController();
    const { signal } = over;
    const died = once(this.#child, 'exit', { signal }).then(([code]) => {
      throw new Error(`a worker of the bench ended with ${code}`);
    });
    const answered = once(this.#child, 'message', { signal }).then(([message]) => message as unknown);
    try {
      return await Promise.race([answered, died]);
    } finally {
      over.abort();
      died.catch(() => {});
    }
  }
}
