// Judges for the test processes of a suite, in the process that starts them: its code is warm and it has time while they run. What comes in holds values; they stay in
// memory until they are judged.

import { randomBytes, timingSafeEqual } from 'node:crypto';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { caught, messageOf } from '../../capture/guard.js';
import { type Deadline, deadlineIn, dropDeadline } from '../../capture/timers.js';
import type { WrittenFile } from '../../outputs/json/written-file.js';
import { Frames } from './frames.js';
import type { JudgedProcess } from './judged-process.js';
import type { JudgePlace, Message } from './messages.js';

/** Hears of each file to which nothing will be added: what it says, or, where not all went well, where it lies. */
export type Written = (file: WrittenFile | string) => Promise<void>;

/** The notes of a scope of 100,000 statements with all the values that it may keep take a fifth of it. */
const MOST_BYTES = 512 * 1024 * 1024;
/** A process that has not said goodbye by then, in ms, is not waited for: its tests are over. */
const LAST_MS = 5_000;

export class JudgeServer {
  readonly place: JudgePlace;
  readonly #server: Server;
  readonly #secret: Buffer;
  readonly #written: Written;
  /** Of each line that is open, or whose scopes are not all judged. */
  readonly #busy = new Set<Promise<void>>();
  readonly #open = new Set<Socket>();
  #processes = 0;

  private constructor(server: Server, written: Written) {
    const secret = randomBytes(32).toString('base64url');
    this.#server = server;
    this.#written = written;
    this.#secret = Buffer.from(secret);
    this.place = { port: (server.address() as AddressInfo).port, secret };
    server.on('connection', (socket) => this.#receive(socket));
  }

  /**
   * Listens on this machine's own address, and keeps no process alive for that. Null where that cannot be. `written` is waited for.
   */
  static async listen(written: Written = async () => {}): Promise<JudgeServer | null> {
    const server = createServer().unref();
    try {
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject);
        server.listen(0, '127.0.0.1', resolve);
      });
    } catch (error) {
      caught(error, null, 'judging for the tests', messageOf);
      return null;
    }
    server.on('error', (error) => caught(error, null, 'judging for the tests', messageOf));
    return new JudgeServer(server, written);
  }

  /** Resolves when all that came in is judged and written. Lines that stay open are cut, unless they wait for this process: the tests are over. */
  async settled(): Promise<void> {
    let deadline: Deadline | undefined;
    const cutLater = () => {
      deadline = deadlineIn(LAST_MS, () => {
        for (const socket of this.#open) if (!socket.isPaused()) socket.destroy();
        cutLater();
      });
    };
    cutLater();
    while (this.#busy.size > 0) await Promise.all(this.#busy);
    if (deadline !== undefined) dropDeadline(deadline);
  }

  close(): void {
    this.#server.close();
  }

  #receive(socket: Socket): void {
    this.#open.add(socket);
    // What is lost with a line that breaks the run says itself: the file of that process has no end.
    socket.on('error', () => {});
    const closed = new Promise<void>((resolve) => {
      socket.once('close', () => {
        this.#open.delete(socket);
        resolve();
      });
    });
    const done = this.#read(socket)
      .then(async (judged) => {
        await closed;
        const file = await judged()?.over();
        if (file !== undefined) await this.#written(file);
      })
      .catch((error) => caught(error, null, 'judging for the tests', messageOf));
    this.#busy.add(done);
    void done.finally(() => this.#busy.delete(done));
  }

  /** Reads what comes in from now on. Answers who it is from, once that is known. */
  async #read(socket: Socket): Promise<() => JudgedProcess | null> {
    // While the first test file runs, since it takes a while.
    const { JudgedProcess } = await import('./judged-process.js');
    let judged: JudgedProcess | null = null;
    const take = (message: Message) => {
      if (message.is === 'hello') {
        if (!this.#knows(message.secret)) return socket.destroy();
        judged ??= new JudgedProcess(message, ++this.#processes, () => socket.resume());
      } else judged?.take(message);
      return undefined;
    };
    const frames = new Frames((message) => take(message as Message), MOST_BYTES);
    socket.on('data', (part: Buffer) => {
      try {
        frames.add(part);
        if (judged?.isFull) socket.pause();
      } catch (error) {
        // Who has not said the secret may be anybody.
        if (judged !== null) caught(error, null, 'what a test process handed over', messageOf);
        socket.destroy();
      }
    });
    return () => judged;
  }

  #knows(secret: unknown): boolean {
    const given = Buffer.from(String(secret));
    return given.length === this.#secret.length && timingSafeEqual(given, this.#secret);
  }
}
