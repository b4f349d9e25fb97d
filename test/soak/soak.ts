// An app under load while its database is taken away from it again and again: what its reports say, beside what the server's log says it was sent.

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { Agent, get } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { type Database, openDatabase } from '../../examples/database.js';
import { installedDrivers } from '../drivers/install.js';
import { LOG_SETTINGS } from '../scenarios/server-log.js';
import { loggedTags } from './logged-tags.js';

/** What the app says of one report: each statement by its tag, with the code of its error. */
export interface Told {
  id: string;
  parent: string | null;
  kind: string;
  label: string;
  dropped: number;
  unattributed: number;
  notices: string[];
  statements: [tag: string, error: string | null][];
}

/** What the app holds when nothing is under way. */
export interface Held {
  heapBytes: number;
  openScopes: number;
  unjudged: number;
  /** Errors of queryscope's own. */
  caught: number;
  /** Clients that were never given back to the pool. */
  clients: number;
  handles: string[];
}

/** Requests under way at once: more than the pool has connections. */
const WORKERS = 24;

/** Of so many requests one is given up by whoever asked. */
const ABORTED = 15;

/** A pool that is ended forgets whom it lets wait, and a stream whose connection is cut may say nothing. */
const PATIENCE_MS = 5_000;

/** Requests of 8 texts each: more than the 10,000 that the parser remembers. */
const FILLING = 1_500;

const SCHEMA = `
  create table chat (id int primary key);
  create table users (id int primary key, name text);
  create table message (id int primary key, chat_id int, sender_id int);
  create table transfer (id serial primary key, tag text);
  create table entry (id serial primary key, transfer_id int, tag text);
  create table seen (id serial primary key, tag text);
  insert into chat select generate_series(1, 2);
  insert into users select i, 'user ' || i from generate_series(1, 50) as i;
  insert into message select i, 1 + i % 2, 1 + i from generate_series(1, 40) as i;`;

export class Soak {
  readonly reports: Told[] = [];
  /** What was thrown in the app and heard by nobody. */
  readonly thrown: string[] = [];
  /** Of each request: the route that was asked. */
  readonly routes = new Map<number, string>();
  readonly answers = { ok: 0, failed: 0, aborted: 0 };
  readonly chaos = { cut: 0, crashed: 0, pools: 0 };
  readonly #database: Database;
  readonly #app: ChildProcess;
  readonly #port: number;
  readonly #names: readonly string[];
  readonly #agent = new Agent({ keepAlive: true, maxSockets: WORKERS });
  #requests = 0;

  private constructor(database: Database, app: ChildProcess, port: number, names: readonly string[]) {
    this.#database = database;
    this.#app = app;
    this.#port = port;
    this.#names = names;
  }

  static async open(): Promise<Soak> {
    const database = await openDatabase({ settings: LOG_SETTINGS });
    await asAdmin(database, (admin) => admin.query(SCHEMA));
    const drivers = (await installedDrivers()).at(-1);
    const { NODE_ENV: _env, NODE_OPTIONS: _options, ...env } = process.env;
    const app = fork(join(__dirname, 'app.cjs'), [database.url, drivers?.directory as string], {
      execArgv: ['--expose-gc'],
      env,
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    const [{ port, routes }] = (await once(app, 'message')) as [{ port: number; routes: string[] }];
    const soak = new Soak(database, app, port, routes);
    app.on('message', ({ report, thrown }: { report?: Told; thrown?: string }) => {
      if (report) soak.reports.push(report);
      if (thrown) soak.thrown.push(thrown);
    });
    return soak;
  }

  /** Requests at saturation, and what disturbs them, for so long. */
  async load(seconds: number): Promise<void> {
    const until = Date.now() + seconds * 1_000;
    let isDisturbed = false;
    const workers = Array.from({ length: WORKERS }, async () => {
      while (Date.now() < until || !isDisturbed) await this.#request();
    });
    await this.#disturb(until - 1_000);
    isDisturbed = true;
    await Promise.all(workers);
  }

  /** As many different texts as are remembered of an app, so that what is remembered grows no more. */
  async fillMemories(): Promise<void> {
    const workers = Array.from({ length: WORKERS }, async () => {
      for (let i = 0; i < FILLING / WORKERS; i++) await this.#request('literals');
    });
    await Promise.all(workers);
  }

  measure(): Promise<Held> {
    this.#agent.destroy();
    return new Promise((resolve) => {
      this.#app.on('message', ({ measured }: { measured?: Held }) => {
        if (measured) resolve(measured);
      });
      this.#app.send({ ask: 'measure' });
    });
  }

  readonly loggedTags = (): Promise<Set<string>> => loggedTags(this.#database.logFile as string);

  /** Ends the app; answers whether it ended by itself. */
  async end(): Promise<boolean> {
    const exited = once(this.#app, 'exit');
    this.#app.send({ ask: 'end' });
    const [code] = (await Promise.race([exited, sleep(15_000, [null])])) as [number | null];
    return code === 0;
  }

  async close(): Promise<void> {
    this.#agent.destroy();
    if (this.#app.exitCode === null) this.#app.kill('SIGKILL');
    await this.#database.stop();
  }

  #request(asked?: string): Promise<void> {
    const number = ++this.#requests;
    const route = asked ?? (this.#names[number % this.#names.length] as string);
    this.routes.set(number, route);
    return new Promise((done) => {
      const request = get(
        { host: '127.0.0.1', port: this.#port, path: `/${route}/${number}`, agent: this.#agent },
        (response) => {
          response.resume();
          response.on('end', () => {
            if (response.statusCode === 200) this.answers.ok++;
            else this.answers.failed++;
          });
          response.on('error', () => {});
          response.on('close', () => done());
        },
      );
      request.on('error', () => {
        this.answers.aborted++;
        done();
      });
      request.setTimeout(PATIENCE_MS, () => request.destroy(new Error('no answer')));
      if (number % ABORTED === 0) setTimeout(() => request.destroy(new Error('given up')), number % 20);
    });
  }

  /** Until then, and at least once in each way. */
  async #disturb(until: number): Promise<void> {
    for (let turn = 1; turn <= 6 || Date.now() < until; turn++) {
      await sleep(400);
      if (turn % 4 === 1) await this.#cut();
      else if (turn % 8 === 4) this.#endPool();
      else if (turn % 32 === 6) await this.#crash();
    }
  }

  /** Ends some of the app's connections. */
  async #cut(): Promise<void> {
    const { rowCount } = await asAdmin(this.#database, (admin) =>
      admin.query(
        `select pg_terminate_backend(pid) from pg_stat_activity where datname = $1 and pid <> pg_backend_pid() order by random() limit 2`,
        [this.#database.database],
      ),
    );
    this.chaos.cut += rowCount ?? 0;
  }

  #endPool(): void {
    this.#app.send({ ask: 'pool' });
    this.chaos.pools++;
  }

  /** A backend that dies takes the others with it: the server restarts, and takes no connections until it is up again. */
  async #crash(): Promise<void> {
    // The shell's parent is the backend that runs it.
    const suicide = "copy (select 1) to program 'kill -9 $PPID'";
    await asAdmin(this.#database, (admin) => admin.query(suicide).catch(() => {}));
    this.chaos.crashed++;
  }
}

/** With a connection of its own; tried again while the server comes up. */
async function asAdmin<T>(database: Database, fn: (client: pg.Client) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    const client = new pg.Client(database.url);
    client.on('error', () => {});
    try {
      await client.connect();
      return await fn(client);
    } catch (error) {
      if (attempt === 100) throw error;
      await sleep(100);
    } finally {
      await client.end().catch(() => {});
    }
  }
}
