// The line from a test's process to the one that judges for it: closed scopes go out together, behind the test's back.

import { connect, type Socket } from 'node:net';
import { runIn } from '../../capture/context.js';
import { caught, messageOf } from '../../capture/guard.js';
import { later } from '../../profile/slices.js';
import { frameOf } from './frames.js';
import type { Goodbye, Hello, JudgePlace, ProcessState, Scopes } from './messages.js';

/** Statements that wait for others, at most: to copy them takes a millisecond. */
const SENT_TOGETHER = 200;
/** And no longer than this, in ms: a process that is killed loses what it closed since. */
const WAITING_MS = 200;
/** Bytes that wait in this process, where the other one does not keep up: what that judges in less time than a runner gives a hook that closes the line. */
const MOST_WAITING = 1024 * 1024;
/** A process that does not take the last message by then, in ms, is not waited for: the test runner is about to end this one. */
const LAST_MS = 5_000;

export class JudgeLine {
  readonly #socket: Socket;
  readonly #state: () => ProcessState;
  #waiting: Scopes['scopes'][number][] = [];
  #statements = 0;
  #isDue = false;
  /** Nobody hears what is sent any more. */
  isBroken = false;

  private constructor(socket: Socket, hello: Hello, state: () => ProcessState) {
    this.#socket = socket;
    this.#state = state;
    socket.on('error', (error) => {
      caught(error, null, 'handing scopes to the process that judges for this one', messageOf);
    });
    socket.on('close', () => {
      this.isBroken = true;
    });
    socket.write(frameOf(hello));
  }

  /** Null where nobody listens there. `state` is asked for whenever something is sent. */
  static async open({ port }: JudgePlace, hello: Hello, state: () => ProcessState): Promise<JudgeLine | null> {
    // In no scope, and keeping no process alive.
    const socket = runIn(undefined, () => connect(port, '127.0.0.1')).unref();
    return new Promise((resolve) => {
      const failed = () => resolve(null);
      socket.once('error', failed);
      socket.once('connect', () => {
        socket.off('error', failed);
        resolve(new JudgeLine(socket, hello, state));
      });
    });
  }

  /** Does it take more? */
  get isFree(): boolean {
    return !this.isBroken && this.#socket.writableLength < MOST_WAITING;
  }

  send(scope: Scopes['scopes'][number], statements: number): void {
    this.#waiting.push(scope);
    this.#statements += statements + 1;
    if (this.#statements >= SENT_TOGETHER) this.#flush();
    else if (!this.#isDue) {
      this.#isDue = true;
      later(WAITING_MS, () => this.#flush());
    }
  }

  /** Sends what waits and the last message. Resolves when the system has taken it all. */
  async close(goodbye: Goodbye): Promise<void> {
    this.#flush();
    if (this.isBroken) return;
    await new Promise<void>((resolve) => {
      later(LAST_MS, resolve);
      this.#socket.once('close', resolve);
      this.#socket.ref().end(frameOf(goodbye), resolve);
    });
    this.#socket.unref();
  }

  #flush(): void {
    this.#isDue = false;
    const scopes = this.#waiting;
    this.#waiting = [];
    this.#statements = 0;
    if (scopes.length === 0 || this.isBroken) return;
    const message: Scopes = { is: 'scopes', state: this.#state(), scopes };
    this.#socket.write(frameOf(message));
  }
}
