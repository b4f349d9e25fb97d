// The story through every query builder and ORM on pg, as apps that never name queryscope. What is captured is what the server logged, and what
// is said of transactions is what their rows say. Makes the README's table.

import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type Database, openDatabase } from '../../examples/database.js';
import { code, LIBRARY_WORDS } from '../../src/detectors/library-words.js';
import type { Report } from '../../src/index.js';
import { parse } from '../../src/sql/parse.js';
import { endOf, LOG_SETTINGS, textsSince } from '../scenarios/server-log.js';
import { markOf } from '../scenarios/stage.js';
import { RunningApp } from '../scopes/running-app.js';
import { type Installed, install, installQueryscope } from './install.js';
import { type Column, libraries, type Play } from './libraries.js';
import { type Row, tableOf, withTable } from './results-table.js';
import { stayedAtServer, stayedByProfile, writtenByProfile } from './units.js';

/** Side by side, so that a cold run takes the time of the largest few. */
const INSTALLS = 4;
const REQUESTS = 6;
/** What is told of, and the functions of the same program that are better. */
const BETTER_PLAYS = { lazy: ['eager', 'keyed'], each: ['bulk'], apart: ['commit'], beside: ['commit'] };
/** Words in calls for which an app has its own. */
const FILLED_IN = new Set([
  'key',
  'keys',
  '$$keys',
  'rows',
  'relation',
  'table',
  'column',
  'columns',
  'type',
  'types',
  'Entity',
  'n',
  'by',
]);
const README = join(__dirname, '../../README.md');

let database: Database;
const installed = new Map<string, Installed>();
const rows: Row[] = [];

beforeAll(async () => {
  installQueryscope();
  database = await openDatabase({ settings: LOG_SETTINGS });
  const waiting = [...libraries];
  const next = async (): Promise<void> => {
    const library = waiting.shift();
    if (library === undefined) return;
    installed.set(library.name, await install(library.name));
    await next();
  };
  await Promise.all(Array.from({ length: INSTALLS }, next));
});
afterAll(() => database?.stop());

describe.each(libraries)('$title', (library) => {
  let app: RunningApp;
  let client: pg.Client;
  let cold: Report;
  let warm: Report;
  const row: Row = { title: library.title, version: '', cells: {}, infrastructure: 0, notes: library.notes ?? {} };

  beforeAll(async () => {
    const { node, version } = installed.get(library.name)!;
    row.version = version;
    rows.push(row);
    const url = await database.createDatabase(library.name.replaceAll('-', '_'));
    client = new pg.Client({ connectionString: url });
    await client.connect();
    await client.query(readFileSync(join(__dirname, 'schema.sql'), 'utf8'));
    const env = { LIBRARY: library.name, DATABASE: url };
    app = await RunningApp.start(__dirname, 'app.mjs', env, ['--import', 'queryscope/register'], node);
    cold = await visit('lazy');
    warm = await visit('lazy');
  });
  afterAll(async () => {
    await app?.stop();
    await client?.end();
  });

  /** One request by itself: its report, which has what the server logged meanwhile, shape by shape. */
  async function visit(play: string, status = 200): Promise<Report> {
    const start = endOf(database.logFile!);
    const response = await fetch(`http://127.0.0.1:${app.port}/${play}`);
    expect([play, response.status, app.said]).toEqual([play, status, '']);
    const reports = await app.reported(1);
    await vi.waitFor(() => {
      reports.push(...app.reports.splice(0));
      const logged = textsSince(database.logFile!, start).flatMap((text) => parse(text).statements);
      expect(shapesOf(reports.flatMap(({ profile }) => profile.statements))).toEqual(shapesOf(logged));
    });
    const [report, ...others] = reports;
    // A pool may go on opening connections that nobody waits for any more.
    expect(others.map((other) => [other.profile.parent, ownOf(other)])).toEqual(
      others.map(() => [report!.profile.id, 0]),
    );
    expect(report!.profile).toMatchObject({ label: `GET /${play}`, dropped: 0, unattributed: 0, notices: [] });
    return report!;
  }

  /** Writes down a cell where it is as it should be. */
  function mark(column: Column, told: string, expected: string, shown = '✓'): void {
    expect(told).toBe(expected);
    row.cells[column] = shown;
  }

  const has = (play: Play) => !library.without.includes(play);

  test('the story: 23 statements, cold or warm', () => {
    row.infrastructure = cold.infrastructure.length;
    mark('statements', `${ownOf(cold)}, ${ownOf(warm)}`, '23, 23', '23');
  });

  test('two proven loops, on the first visit', () => {
    const proven = cold.findings.filter(({ confidence }) => confidence === 'proven');
    expect(cold.findings.every(({ detector }) => detector === 'n-plus-one')).toBe(true);
    mark('loops', `${proven.length}`, '2', '2');
  });

  test("the user's lines", () => {
    const lines = ({ findings }: Report) => findings.map(({ callSite }) => markOf(callSite)).join(' ');
    const atOnce = lines(cold) === '#messages #sender';
    mark('line', lines(warm), '#messages #sender', atOnce ? '✓' : '2nd visit');
  });

  test.runIf(library.asksForJson)('a statement for each row of a tree that came as JSON is a loop', async () => {
    const { findings } = await visit('tree');
    expect(findings.map(({ data, callSite }) => [data.proof, markOf(callSite)])).toEqual([
      ['20 of 20 users.id are message.sender_id', '#tree'],
    ]);
  });

  test('the line of a statement that fails', async () => {
    const { profile } = await visit('failed', 500);
    const refused = profile.statements.filter(({ error }) => error !== null);
    expect(refused.map(({ error, callSite }) => `${error?.code} ${markOf(callSite)}`)).toEqual(['P0001 #failed']);
  });

  test('eager: nothing to say', async () => {
    mark('eager', [...toldIn(await visit('eager')), ...toldIn(await visit('keyed'))].join(), '');
  });

  test('advice names calls of its own: those that its programs without a finding make', async () => {
    const program = readFileSync(join(__dirname, library.name, 'program.mjs'), 'utf8');
    const wrong: string[] = [];
    for (const [play, better] of Object.entries(BETTER_PLAYS)) {
      if (!has(play as Play)) continue;
      const { findings } = await visit(play);
      expect(findings).not.toEqual([]);
      const known = new Set(better.flatMap((name) => functionIn(program, name).match(/[$\w]+/g) ?? []));
      for (const { advice } of findings) {
        const calls = callsIn(advice);
        const byHand = library.hasNoTransactions && better.includes('commit');
        const unknown = calls.filter((call) => !known.has(call));
        if (unknown.length > 0 || (calls.length === 0) !== (byHand ?? false))
          wrong.push(`${play}: ${advice} (${unknown})`);
      }
    }
    await client.query(`delete from message where text = 'apart'`);
    mark('words', wrong.join('; '), '');
  });

  test('every call that advice may name is made by its program, and works', async () => {
    const program = readFileSync(join(__dirname, library.name, 'program.mjs'), 'utf8');
    const through = cold.profile.statements.flatMap(({ callSite }) => callSite?.through ?? []);
    const { name, ...calls } = LIBRARY_WORDS[through.find((each) => Object.hasOwn(LIBRARY_WORDS, each))!]!;
    const known = new Set(program.match(/[$\w]+/g));
    const said = Object.values(calls).map((words) => (words.includes('`') ? words : code(words)));
    expect([name, said.flatMap(callsIn).filter((word) => !known.has(word))]).toEqual([name, []]);
    if (program.includes('function advised(')) await visit('advised');
  });

  test.each([1, 2])('requests side by side on a pool of %i are kept apart', async (max) => {
    const ids = Array.from({ length: REQUESTS }, (_, request) => [101, 111, 121].map((id) => id + request));
    const asked = ids.map((own) => `/look?max=${max}&${own.map((id) => `id=${id}`).join('&')}`);
    await Promise.all(asked.map((path) => fetch(`http://127.0.0.1:${app.port}${path}`)));
    // A connection may be opened for a request that another one has served by then: its set-up is a job of its own.
    const requests = (await app.reported(REQUESTS)).filter(({ profile }) => profile.kind === 'request');
    const seen = requests.map(({ profile }) => {
      const looks = profile.statements.filter(({ shape }) => shape.reads.join().endsWith('users'));
      return looks.map(({ sql, values }) => /\b1[0-3]\d\b/.exec([sql, ...(values ?? [])].join(' '))?.[0]).join(' ');
    });
    mark('apart', seen.sort().join(', '), ids.map((own) => own.join(' ')).join(', '));
  });

  test('transactions: what stayed, in which units, and nothing to say', async () => {
    const plays = (['commit', 'rollback', 'nested', 'isolated', 'retried'] as const).filter(has);
    const wrong: string[] = [];
    for (const play of plays) {
      const report = await visit(play);
      const told = JSON.stringify([stayedByProfile(report), toldIn(report)]);
      const truth = JSON.stringify([await stayed(play), []]);
      if (told !== truth) wrong.push(`${play}: ${told} instead of ${truth}`);
    }
    mark('transactions', wrong.join('; '), '', `${plays.length} of ${plays.length}`);
  });

  test('many rows at once are no loop', async () => {
    const report = await visit('bulk');
    const told = [writtenByProfile(report), ...toldIn(report)].join();
    mark('bulk', told, `${(await stayed('bulk')).length}`);
  });

  test.runIf(has('save'))(
    'what is saved by itself is one statement; what stands around it is counted apart',
    async () => {
      const report = await visit('save');
      expect([ownOf(report), stayedByProfile(report), report.findings]).toEqual([1, await stayed('save'), []]);
    },
  );

  test.runIf(has('stream'))('a statement for each row of a stream is a loop', async () => {
    mark('stream', loopsIn(await visit('stream')), 'proven 20 #streamed');
  });

  // The last one in this process: pools open connections in it that may be set up when it is over.
  test('one loop in another, whose turns run side by side', async () => {
    const turns = library.batches ? 2 : 20;
    const first = loopsIn(await visit('parallel'));
    if (library.opensInDisorder) expect(first).toMatch(/^proven 2 #messages, (?:proven|likely) 20 #parallel$/);
    const told = library.opensInDisorder ? loopsIn(await visit('parallel')) : first;
    mark('parallel', told, `proven 2 #messages, proven ${turns} #parallel`);
  });

  test('wrap() takes its handle', async () => {
    const { node } = installed.get(library.name)!;
    const env = {
      ...process.env,
      LIBRARY: library.name,
      DATABASE: `${database.url.replace(/[^/]*$/, '')}${client.database}`,
    };
    const { stdout } = await promisify(execFile)(node, [join(__dirname, 'wrapped.mjs')], { cwd: __dirname, env });
    const { findings, statements } = JSON.parse(stdout);
    mark('wrap', `${statements} statements, ${findings} loops`, '23 statements, 2 loops');
  });

  async function stayed(play: string) {
    const { rows } = await client.query('select tag, xact::text, isolation from entry where tag like $1', [
      `${play}-%`,
    ]);
    return stayedAtServer(rows);
  }
});

test('wrap() says that the pg behind a handle is not loaded yet', async () => {
  const { node } = installed.get('kysely')!;
  const env = { ...process.env, DATABASE: database.url };
  const { stdout } = await promisify(execFile)(node, [join(__dirname, 'early.mjs')], { cwd: __dirname, env });
  expect(JSON.parse(stdout)).toEqual([
    'pg-not-loaded',
    expect.stringContaining('or call wrap() after the first statement'),
    1,
  ]);
});

test('the extension is one for Prisma: the client that it makes keeps its types', async () => {
  const tsc = join(__dirname, '../../node_modules/typescript/bin/tsc');
  await expect(promisify(execFile)(process.execPath, [tsc, '-p', join(__dirname, 'prisma')])).resolves.toBeDefined();
});

test("the README's table says what was measured", () => {
  const readme = readFileSync(README, 'utf8');
  const expected = withTable(readme, tableOf(rows));
  if (process.env.QUERYSCOPE_WRITE_README === '1') writeFileSync(README, expected);
  else expect(readme).toBe(expected);
});

/** The source of a function of a program, with the arrow functions that it names. */
function functionIn(program: string, name: string): string {
  const parts = program.split(/^(?=(?:\/\*\*.*\*\/\n)?(?:export )?(?:async )?(?:const|function) )/m);
  const declared = new RegExp(`^(?:export )?(?:async )?(?:const|function) ${name}\\b`, 'm');
  const source = parts.find((part) => declared.test(part));
  if (source === undefined) throw new Error(`The program has no ${name}.`);
  const names = new Set(source.replace(declared, '').match(/\b\w+\b/g));
  const named = parts.filter((part) => {
    const [, constant] = /^const (\w+) = /m.exec(part) ?? [];
    return part !== source && constant !== undefined && names.has(constant);
  });
  return [source, ...named].join('\n');
}

/** What is the library's own in the calls that a piece of advice names; handles and names to be filled in are the app's. */
function callsIn(advice: string): string[] {
  const calls = [...advice.matchAll(/`([^`]+)`/g)].map(([, call]) => call as string);
  return calls
    .flatMap((call) => call.match(/[$\w]+(?![$\w]|(?<=^\w+)\.)/g) ?? [])
    .filter((word) => !FILLED_IN.has(word));
}

/** Of the app's own statements, how many. */
function ownOf({ profile, infrastructure }: Report): number {
  return profile.statements.length - infrastructure.length;
}

/** What a report says, one line each. */
function toldIn({ findings }: Report): string[] {
  return findings.map(({ detector, confidence, message, callSite }) =>
    [detector, confidence, message, markOf(callSite)].join(' · '),
  );
}

/** The loops of a report: how sure, of how many statements, and where. */
function loopsIn({ findings }: Report): string {
  return findings
    .map(({ confidence, statements, callSite }) => `${confidence} ${statements.length} ${markOf(callSite)}`)
    .join(', ');
}

function shapesOf(statements: readonly { shape: { text: string } }[]): string[] {
  return statements.map(({ shape }) => shape.text).sort();
}
