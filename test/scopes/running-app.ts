// One of the apps while it runs, in a process of its own that was started with queryscope/register: its address, and the reports that
// came of it.

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Report } from '../../src/index.js';

export interface Counts {
  /** Scopes that are open. */
  open: number;
  /** Statements outside any. */
  outside: number;
}

interface Message {
  port?: number;
  report?: Report;
  count?: Counts;
  outside?: number;
}

/** A report that has not come by then does not come: what is compared afterwards tells which. */
const LATE_MS = 30_000;

export class RunningApp {
  readonly reports: Report[] = [];
  readonly port: number;
  readonly #process: ChildProcess;
  readonly #said: string[];
  #heard = () => {};

  private constructor(child: ChildProcess, port: number, said: string[]) {
    this.#process = child;
    this.port = port;
    this.#said = said;
    child.on('message', ({ report }: Message) => {
      if (report === undefined) return;
      this.reports.push(report);
      this.#heard();
    });
  }

  /** Starts an app and waits until it listens. `args` are Node's, which is the one that this process runs on unless another is given. */
  static async start(
    apps: string,
    file: string,
    env: Record<string, string>,
    args: readonly string[] = ['--import', 'queryscope/register'],
    node: string = process.execPath,
  ): Promise<RunningApp> {
    const { NODE_ENV, VITEST, NODE_OPTIONS, ...inherited } = process.env;
    const child = fork(join(apps, file), {
      cwd: apps,
      execPath: node,
      execArgv: [...args],
      env: { ...inherited, ...env },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    const said: string[] = [];
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (text) => said.push(String(text)));
    const listens = new Promise<number>((resolve, reject) => {
      child.on('message', ({ port }: Message) => {
        if (port !== undefined) resolve(port);
      });
      child.once('exit', (code) => reject(new Error(`${file} ended with ${code}: ${said.join('')}`)));
    });
    return new RunningApp(child, await listens, said);
  }

  /** What it wrote to stdout and stderr so far. */
  get said(): string {
    return this.#said.join('');
  }

  /** Waits for as many reports as there were requests, as long as some still come; then a little longer, for one too many to show itself. */
  async reported(count: number): Promise<Report[]> {
    for (let isHeard = true; isHeard && this.reports.length < count; ) {
      isHeard = await new Promise<boolean>((resolve) => {
        const late = setTimeout(resolve, LATE_MS, false);
        this.#heard = () => {
          clearTimeout(late);
          resolve(true);
        };
      });
    }
    await this.counts();
    return this.reports.splice(0);
  }

  counts(): Promise<Counts> {
    return this.#ask('count', ({ count }) => count);
  }

  /** Has the app send a statement outside any request. */
  async sayOutside(): Promise<void> {
    await this.#ask('say outside', (message) => message as object);
  }

  /** Has the app's own job end; answers how many statements it sent outside any request. */
  sentOutside(): Promise<number> {
    return this.#ask('stop the job', ({ outside }) => outside);
  }

  #ask<T>(order: string, answerOf: (message: Message) => T | undefined): Promise<T> {
    return new Promise((resolve) => {
      const listen = (message: Message) => {
        const answer = message.report === undefined ? answerOf(message) : undefined;
        if (answer === undefined) return;
        this.#process.off('message', listen);
        resolve(answer);
      };
      this.#process.on('message', listen);
      this.#process.send(order);
    });
  }

  async stop(): Promise<void> {
    if (this.#process.exitCode !== null) return;
    const ended = once(this.#process, 'exit');
    this.#process.disconnect();
    await ended;
  }
}
