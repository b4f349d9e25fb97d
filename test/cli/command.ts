// The command as users run it: a process of its own, from what is built, in an environment in which only the test says what is set.

import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

const MAIN = join(__dirname, '..', '..', 'dist', 'cli', 'main.js');
/** What CI, a terminal or another test may have set, and the command reads. */
const READ_BY_COMMAND =
  /^(?:GITHUB_|CI$|NO_COLOR$|FORCE_COLOR$|TERM$|QUERYSCOPE|NODE_ENV$|NODE_OPTIONS$|VITEST|BROWSER$)/;

export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface Surroundings {
  cwd: string;
  env?: Readonly<Record<string, string>>;
  /** Options of Node. */
  node?: readonly string[];
}

/** Runs it to its end. */
export async function queryscope(args: readonly string[], surroundings: Surroundings): Promise<Ended> {
  const child = startQueryscope(args, surroundings);
  let stdout = '';
  let stderr = '';
  child.stdout?.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr?.on('data', (chunk) => {
    stderr += chunk;
  });
  const code = await ended(child);
  return { code, stdout, stderr };
}

/** Starts it, for a test that has to do with its streams. */
export function startQueryscope(args: readonly string[], { cwd, env = {}, node = [] }: Surroundings): ChildProcess {
  if (!existsSync(MAIN)) throw new Error('There is no dist/ to run: run "npm run build" first.');
  const inherited = Object.entries(process.env).filter(([name]) => !READ_BY_COMMAND.test(name));
  const child = spawn(process.execPath, [...node, MAIN, ...args], {
    cwd,
    env: { ...Object.fromEntries(inherited), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child.stdout.setEncoding('utf8');
  child.stderr.setEncoding('utf8');
  return child;
}

export async function ended(child: ChildProcess): Promise<number | null> {
  return await new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
}
