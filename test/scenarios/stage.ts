// What a scenario is played on: an Express app before a PostgreSQL that logs whatever it is sent. One request at a time, so that
// the log since its beginning is that request's.

import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, relative } from 'node:path';
import express from 'express';
import pg from 'pg';
import { createProfiler, type Profiler, type ProfilerOptions, type Report } from 'queryscope';
import { expect } from 'vitest';
import { type Database, openDatabase } from '../../examples/database.js';
import { addTo } from '../../src/profile/grouped.js';
import type { Profile } from '../../src/profile/types.js';
import type { Dismissal, Finding } from '../../src/report/report.js';
import { parse } from '../../src/sql/parse.js';
import { endOf, LOG_SETTINGS, loggedSince } from './server-log.js';

export const ROOT = join(__dirname, '../..');

/** What a handler is given: pools of its own sizes, and what the request brought. */
export interface Scene {
  pool: pg.Pool;
  /** A pool with at most this many connections. */
  poolOf(max: number): pg.Pool;
  body: Record<string, unknown>;
  /** Sets the status that is answered with. */
  status(code: number): void;
}

export type Handler = (scene: Scene) => unknown;

export interface Visit {
  report: Report;
  status: number;
  body: unknown;
  /** Statements that the server logged meanwhile: shown to be those captured, shape by shape. */
  logged: number;
}

export class Stage {
  readonly #database: Database;
  readonly #profiler: Profiler;
  readonly #app = express();
  readonly #server: Server;
  readonly #pools = new Map<number, pg.Pool>();
  #routes = 0;

  private constructor(database: Database, detectors: ProfilerOptions['detectors']) {
    this.#database = database;
    this.#profiler = createProfiler({
      outputs: [],
      enabled: true,
      root: ROOT,
      // A busy machine is slow, and the loops of 1,000 turns need as many rows to go over.
      detectors: {
        'slow-statement': false,
        'idle-in-transaction': false,
        'large-result': { rows: 1_001 },
        ...detectors,
      },
    });
    this.#profiler.instrument(pg);
    this.#app.use(this.#profiler.express());
    this.#app.use(express.json());
    this.#server = this.#app.listen(0, '127.0.0.1');
  }

  static async open(detectors: ProfilerOptions['detectors'] = {}): Promise<Stage> {
    const stage = new Stage(await openDatabase({ settings: LOG_SETTINGS }), detectors);
    await once(stage.#server, 'listening');
    await stage.poolOf(10).query(readFileSync(join(__dirname, 'schema.sql'), 'utf8'));
    return stage;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await this.#profiler.close();
    for (const pool of this.#pools.values()) await pool.end();
    await this.#database.stop();
  }

  poolOf(max: number): pg.Pool {
    let pool = this.#pools.get(max);
    if (pool === undefined) {
      pool = new pg.Pool({ connectionString: this.#database.url, max });
      this.#pools.set(max, pool);
    }
    return pool;
  }

  onReport(listener: (report: Report) => void): () => void {
    return this.#profiler.onReport(listener);
  }

  async seed(rows: number): Promise<void> {
    const script = readFileSync(join(__dirname, 'seed.sql'), 'utf8');
    await this.poolOf(10).query(script.replaceAll(':n', `${rows}`).replaceAll(':messages', rows > 100 ? '1' : '3'));
  }

  /** Gives the handler a route of its own; answers how to visit it. */
  route(handler: Handler): (body?: Record<string, unknown>) => Promise<Visit> {
    this.#routes += 1;
    const path = `/scenario-${inLetters(this.#routes)}`;
    this.#app.post(path, async (request, response) => {
      const scene: Scene = {
        pool: this.poolOf(10),
        poolOf: (max) => this.poolOf(max),
        body: request.body,
        status: (code) => response.status(code),
      };
      response.json((await handler(scene)) ?? null);
    });
    return (body = {}) => this.#visit(path, body);
  }

  async #visit(path: string, body: Record<string, unknown>): Promise<Visit> {
    const start = endOf(this.#database.logFile as string);
    const closed = new Promise<Report>((resolve) => {
      const stop = this.#profiler.onReport((report) => {
        // A job is what an earlier request left behind.
        if (report.profile.kind !== 'request') return;
        stop();
        resolve(report);
      });
    });
    const response = await fetch(`http://127.0.0.1:${(this.#server.address() as AddressInfo).port}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    const answered = await response.text();
    const report = await closed;
    const sent = loggedSince(this.#database.logFile as string, start).map(({ text, transaction }) => ({
      shapes: parse(text).statements.map(({ shape }) => shape.text),
      transaction,
    }));
    const logged = sent.flatMap(({ shapes }) => shapes);
    const captured = report.profile.statements.map(({ shape }) => shape.text);
    expect(captured.toSorted()).toEqual(logged.toSorted());
    expect(unitsIn(report.profile)).toEqual(joined(sent.map(({ shapes, transaction }) => [transaction, shapes])));
    expect(report.profile).toMatchObject({ label: `POST ${path}`, dropped: 0, unattributed: 0, notices: [] });
    return { report, status: response.status, body: readJson(answered), logged: logged.length };
  }
}

/** 1 is `a`, 27 `aa`: a number in a path may be somebody's id, so all paths with one are the same entry. */
function inLetters(number: number): string {
  const rest = Math.floor((number - 1) / 26);
  return (rest > 0 ? inLetters(rest) : '') + String.fromCharCode(97 + ((number - 1) % 26));
}

/** What the profile says was one transaction, or stood alone. The log has a text of several statements as one. */
function unitsIn({ statements }: Profile): string[] {
  const unitOfBatch = new Map<number, string>();
  return joined(
    statements.map(({ index, batch, transaction, shape }) => {
      const own = transaction === null ? `alone ${index}` : `transaction ${transaction}`;
      if (batch === null) return [own, [shape.text]];
      if (!unitOfBatch.has(batch)) unitOfBatch.set(batch, own);
      return [unitOfBatch.get(batch) as string, [shape.text]];
    }),
  );
}

/** Each unit's statements in a line, the lines in order: whatever either side calls its units. */
function joined(statements: readonly (readonly [unit: string, shapes: readonly string[]])[]): string[] {
  const units = new Map<string, string[]>();
  for (const [unit, shapes] of statements) for (const shape of shapes) addTo(units, unit, shape);
  return Array.from(units.values(), (shapes) => shapes.join('; ')).sort();
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/**
 * A report's findings, one line each, in its order:
 * `n-plus-one proven: 1 of chat.id → 2 of message.chat_id at #mark, below 1`; the mark is a comment on the line named. Only
 * what has to happen as a whole is of several shapes.
 */
export function findingsOf({ findings, profile }: Report): string[] {
  return findings.map((finding) => {
    const { detector, category, confidence, statements, source, parent, callSite } = finding;
    const shapes = new Set(statements.map((index) => profile.statements[index]?.shape.id));
    if (category !== 'atomicity') expect(shapes.size).toBe(1);
    const fed = source.length > 0 ? `${source.length} of ${columnOf(finding)} → ` : '';
    const below = parent === null ? '' : `, below ${parent}`;
    return `${detector} ${confidence}: ${fed}${statements.length} of ${targetOf(finding)} at ${markOf(callSite)}${below}`;
  });
}

const columnOf = ({ data }: Finding): string => `${data.sourceColumn ?? data.sourceTable ?? '?'}`;

const targetOf = ({ data }: Finding): string =>
  data.column === undefined ? `${data.table ?? data.tables ?? '?'}` : `${data.table}.${data.column}`;

/** A report's dismissals, one line each: `chunked 3 by n-plus-one`. */
export function dismissalsOf({ dismissals }: Report): string[] {
  return dismissals.map(({ kind, statements, detector }: Dismissal) => `${kind} ${statements.length} by ${detector}`);
}

const sources = new Map<string, string[]>();

/** The `#mark` that ends the call that begins on the line that is named, or stands alone above it; the line itself where it has none. */
export function markOf(site: { file: string; line: number } | null): string {
  if (site === null) return 'no line';
  let lines = sources.get(site.file);
  if (lines === undefined) {
    lines = readFileSync(join(ROOT, site.file), 'utf8').split('\n');
    sources.set(site.file, lines);
  }
  const [above = '', line = '', ...below] = lines.slice(site.line - 2);
  const end = [line, ...below].findIndex((each) => /\/\/ #[\w-]+$|[;{]$/.test(each));
  const mark = /\/\/ (#[\w-]+)$/.exec([line, ...below][end] ?? '')?.[1] ?? /^\s*\/\/ (#[\w-]+)$/.exec(above)?.[1];
  return mark ?? `${relative('test/scenarios', site.file)}:${site.line} ${line.trim()}`;
}
