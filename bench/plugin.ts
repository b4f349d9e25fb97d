// What the Vitest plugin adds to a suite of 1,000 small database tests, as a user runs it: whole runs of Vitest, with the plugin and without, in turn. Beside them
// the least that could be called noticing, which says how much of it is queryscope's.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { Client } from 'pg';
import { type Interval, intervalOf, median } from './statistics.js';

/** Vitest runs each file in a process of its own, unless it is told otherwise; fifty tests are a large file. */
const FILES = 20;
/** Of the whole suite. */
export const TESTS = 1_000;
const ROUNDS = 7;
/** Its tables stand apart from whatever else the database has. */
const SCHEMA = 'plugin_suite';

const VARIANTS = ['without', 'least', 'with'] as const;
type Variant = (typeof VARIANTS)[number];

/** One whole run of Vitest. */
interface Run {
  wallMs: number;
  /** Of all its processes, PostgreSQL's aside. */
  cpuMs: number;
}

type Round = Record<Variant, Run>;

/** Medians over the rounds, in ms, and the median of the rounds' ratios to those without, with where that may lie. */
export interface Figure {
  ms: number;
  ratio: number;
  interval: Interval;
}

/** `least`: fifteen lines that keep texts, values, results and unread stacks in an async context, and tell nobody. */
export type PluginCost = Record<'wallMs' | 'cpuMs', Record<Variant, Figure>>;

/** Runs the suite in turn, `rounds` times in each way, on the database that `url` names. */
export async function measurePlugin(url: string, rounds = ROUNDS): Promise<PluginCost> {
  await createTables(url);
  const root = dirname(__dirname);
  // Inside the checkout, so that the suite finds the packages.
  mkdirSync(join(root, '.queryscope'), { recursive: true });
  const place = mkdtempSync(join(root, '.queryscope', 'bench-'));
  try {
    writeSuite(place);
    for (const variant of VARIANTS) await runSuite(place, variant, url);
    const measured: Round[] = [];
    for (let round = 0; round < rounds; round++) measured.push(await measureRound(place, url, round));
    return { wallMs: figuresOf(measured, 'wallMs'), cpuMs: figuresOf(measured, 'cpuMs') };
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
}

/** Every other round runs backwards, so that no variant always follows the same one. */
async function measureRound(place: string, url: string, round: number): Promise<Round> {
  const measured: Partial<Round> = {};
  for (const variant of round % 2 === 0 ? VARIANTS : VARIANTS.toReversed()) {
    measured[variant] = await runSuite(place, variant, url);
  }
  return measured as Round;
}

function figuresOf(rounds: readonly Round[], part: keyof Run): Record<Variant, Figure> {
  const figureOf = (variant: Variant): Figure => {
    const ratioOf = (some: readonly Round[]) => median(some.map((round) => round[variant][part] / round.without[part]));
    const ms = median(rounds.map((round) => round[variant][part]));
    return { ms, ratio: ratioOf(rounds), interval: intervalOf(rounds, ratioOf) };
  };
  return { without: figureOf('without'), least: figureOf('least'), with: figureOf('with') };
}

function writeSuite(place: string): void {
  const tests = JSON.stringify(join(__dirname, 'plugin-suite', 'chats-tests.ts'));
  for (let file = 1; file <= FILES; file++) {
    const name = `chats-${String(file).padStart(2, '0')}.test.ts`;
    writeFileSync(join(place, name), `import { defineTests } from ${tests};\ndefineTests();\n`);
  }
  for (const variant of VARIANTS) writeFileSync(join(place, `${variant}.config.mjs`), configOf(place, variant));
}

function configOf(place: string, variant: Variant): string {
  const options = { dir: join(place, 'runs'), baseline: join(place, 'baseline.json') };
  const isWith = variant === 'with';
  const least = variant === 'least' ? [join(__dirname, 'plugin-suite', 'least-notes.ts')] : [];
  return `${isWith ? `import { queryscope } from 'queryscope/vitest/plugin';` : ''}
export default {
  root: ${JSON.stringify(place)},
  plugins: ${isWith ? `[queryscope(${JSON.stringify(options)})]` : '[]'},
  test: { include: ['*.test.ts'], setupFiles: ${JSON.stringify(least)} },
};
`;
}

const vitest = join(dirname(createRequire(__filename).resolve('vitest/package.json')), 'vitest.mjs');

async function runSuite(place: string, variant: Variant, url: string): Promise<Run> {
  const { VITEST, NODE_ENV, QUERYSCOPE_RUN, GITHUB_ACTIONS, ...inherited } = process.env;
  const env = { ...inherited, BENCH_DATABASE: url, PGOPTIONS: `-c search_path=${SCHEMA}` };
  const cpuBefore = cpuOfChildren();
  const begun = performance.now();
  const child = spawn(process.execPath, [vitest, 'run', '--config', `${variant}.config.mjs`], {
    cwd: place,
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [said, [code]] = await Promise.all([text(child.stdout), once(child, 'close')]);
  const wallMs = performance.now() - begun;
  if (code !== 0 || !said.includes(`${TESTS} passed`)) throw new Error(`Vitest ended with ${code}:\n${said}`);
  return { wallMs, cpuMs: cpuOfChildren() - cpuBefore };
}

/** CPU time of the processes that this one has started and waited for, and of theirs, in ms; NaN where the system does not tell as Linux does. */
function cpuOfChildren(): number {
  try {
    const stat = readFileSync('/proc/self/stat', 'utf8');
    // The name, which may hold blanks, is in parentheses; the fields behind it begin with the third.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[13]) + Number(fields[14])) * MS_PER_TICK;
  } catch {
    return Number.NaN;
  }
}

/** The kernel counts a hundred of them a second, whatever its own clock does. */
const MS_PER_TICK = 10;

async function createTables(url: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  await client.query(`
    drop schema if exists ${SCHEMA} cascade;
    create schema ${SCHEMA};
    create table ${SCHEMA}.users (id int generated always as identity primary key, name text not null);
    create table ${SCHEMA}.chat (id int generated always as identity primary key, title text not null, last_message_at timestamptz);
    create table ${SCHEMA}.message (id int generated always as identity primary key, chat_id int not null, sender_id int not null, text text not null);
    create table ${SCHEMA}.member (chat_id int not null, user_id int not null, role text not null, read_up_to int not null default 0, primary key (chat_id, user_id));
    create index on ${SCHEMA}.message (chat_id);
    create index on ${SCHEMA}.member (user_id)`);
  await client.end();
}
