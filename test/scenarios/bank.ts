// Where the scenarios of atomicity are played: the stage with the bank's tables, as they were before each visit. What a scenario leaves open is
// put away after it, so that none meets the mess of another.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { forgetSites } from '../../src/capture/site-memory.js';
import type { Report } from '../../src/report/report.js';
import { type Handler, markOf, type Scene, Stage, type Visit } from './stage.js';

/** From here on a transaction is idle, in ms: a busy machine holds an app up for less. */
export const IDLE_MS = 1_000;

/** Visits to one route: in a process that knows nothing of it, and in one that does. */
const VISITS = 3;

export class Bank {
  readonly stage: Stage;
  readonly #left: (() => unknown)[] = [];

  private constructor(stage: Stage) {
    this.stage = stage;
  }

  static async open(): Promise<Bank> {
    return new Bank(await Stage.open({ 'idle-in-transaction': { ms: IDLE_MS } }));
  }

  close(): Promise<void> {
    return this.stage.close();
  }

  /** A pool that no other visit sees: for what is left in it. */
  ownPool({ pool }: Scene): pg.Pool {
    const own = new pg.Pool({ connectionString: pool.options.connectionString as string, max: 3 });
    // What is put away first was made last.
    this.later(() => own.end());
    return own;
  }

  /** To be done when the visit is over. */
  later(act: () => unknown): void {
    this.#left.unshift(act);
  }

  /** Visits the handler's route again and again, the database being the same each time. */
  async *visits(handler: Handler, before?: (pool: pg.Pool) => unknown): AsyncGenerator<Visit> {
    forgetSites();
    const visit = this.stage.route(handler);
    const pool = this.stage.poolOf(10);
    const script = readFileSync(join(__dirname, 'bank.sql'), 'utf8');
    for (let visits = 0; visits < VISITS; visits++) {
      await pool.query(script);
      await before?.(pool);
      try {
        yield await visit();
      } finally {
        for (const act of this.#left.splice(0)) await act();
      }
    }
  }

  /** How many rows there are in these tables, as `article 2, transfer 1`; those without are left out. */
  async rows(): Promise<string> {
    const tables = ['article', 'audit', 'preference', 'signup', 'transfer'];
    const counts = tables.map((table) => `select '${table}' as name, count(*)::int from ${table}`);
    const { rows } = await this.stage.poolOf(10).query(counts.join(' union all '));
    return rows.flatMap(({ name, count }) => (count === 0 ? [] : `${name} ${count}`)).join(', ');
  }

  /** The balances of both accounts. */
  async balances(): Promise<number[]> {
    const { rows } = await this.stage.poolOf(10).query('select balance from account order by id');
    return rows.map(({ balance }) => balance);
  }
}

/**
 * A report's findings, one line each: `torn-write proven at #second: #first #second`, the line named and those of all its statements, in the order
 * in which they were sent, each once.
 */
export function brokenIn({ findings, profile }: Report): string[] {
  return findings.map(({ detector, confidence, callSite, source, statements }) => {
    const sent = [...source, ...statements].toSorted((a, b) => a - b);
    const lines = new Set(sent.map((index) => markOf(profile.statements[index]?.callSite ?? null)));
    return `${detector} ${confidence} at ${markOf(callSite)}: ${[...lines].join(' ')}`;
  });
}
