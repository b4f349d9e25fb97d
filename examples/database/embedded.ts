// A PostgreSQL server of our own: made, started and waited for.

import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chown, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { installedBinaries, openToAll, usableBinaries } from './binaries.js';
import { type Keeper, keep, type Program } from './keep.js';

export interface Server {
  /** Connection string of a superuser. */
  url: string;
  logFile: string;
  keeper: Keeper;
}

/** PostgreSQL refuses to run as root. This is "nobody" on Linux; initdb wants to find the account. */
const UNPRIVILEGED = 65534;

const DEFAULTS: Record<string, string> = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  // Test files run side by side, each with pools of its own; the default of 100 is close to that.
  max_connections: '300',
  // The data is thrown away: no need to survive a crash of the machine.
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  // The same answers on every machine.
  timezone: 'UTC',
  log_timezone: 'UTC',
};

const START_TIMEOUT_MS = 30_000;
const START_ATTEMPTS = 3;

/** @throws Error where the server does not come up, with the end of its log. */
export async function startServer(settings: Record<string, string>): Promise<Server> {
  const user = process.getuid?.() === 0 ? { uid: UNPRIVILEGED, gid: UNPRIVILEGED } : {};
  const installed = installedBinaries();
  const directory = await mkdtemp(join(placeFor(user.uid), 'queryscope-postgres-'));
  const keeper = keep('directory', directory);
  const logFile = join(directory, 'log');
  try {
    await writeFile(logFile, '');
    if (user.uid !== undefined) for (const path of [directory, logFile]) await chown(path, user.uid, user.gid);
    const binaries = await usableBinaries(installed, user.uid, join(directory, 'native'));
    const program = (name: string, args: string[]): Program => {
      const suffix = process.platform === 'win32' ? '.exe' : '';
      return { ...user, command: join(binaries, 'bin', name + suffix), args };
    };
    const data = join(directory, 'data');

    // Every local user can reach a port on 127.0.0.1, and a superuser of PostgreSQL can run programs: hence a password.
    const password = randomBytes(16).toString('hex');
    const passwordFile = join(directory, 'password');
    await writeFile(passwordFile, password, { mode: 0o600 });
    if (user.uid !== undefined) await chown(passwordFile, user.uid, user.gid);
    const cluster = [
      '--username=postgres',
      `--pwfile=${passwordFile}`,
      '--auth=password',
      '--locale=C',
      '--encoding=UTF8',
    ];
    const failure = await keeper.run(program('initdb', [...cluster, '--no-sync', '--no-instructions', data]));
    await rm(passwordFile);
    if (failure) throw new Error(`initdb ended with ${failure}`);

    for (let attempt = 1; ; attempt += 1) {
      const port = await freePort();
      const url = `postgres://postgres:${password}@127.0.0.1:${port}/postgres`;
      const flags = Object.entries({ ...DEFAULTS, port: String(port), ...settings }).map(
        ([name, value]) => `--${name}=${value}`,
      );
      const over = await endedBeforeAccepting(keeper.run(program('postgres', ['-D', data, ...flags])), url);
      if (over === null) return { url, logFile, keeper };
      // Somebody took the port between our look and its start.
      const portTaken = (await readFile(logFile, 'utf8')).includes('Address already in use');
      if (!portTaken || attempt === START_ATTEMPTS) throw new Error(`postgres ended with ${over}`);
    }
  } catch (error) {
    const log = await readFile(logFile, 'utf8').catch(() => '');
    await keeper.stop();
    throw new Error(
      `The embedded PostgreSQL did not start: ${(error as Error).message}. It was tried with ${installed} in ${directory}. ` +
        'On Linux these programs need glibc and a user known to the system; where they cannot run, start a PostgreSQL ' +
        'yourself and set DATABASE_URL.' +
        (log && `\n${log.trim().split('\n').slice(-20).join('\n')}`),
      { cause: error },
    );
  }
}

/** Where temporary files go, as long as this user can get there. */
function placeFor(uid: number | undefined): string {
  return uid === undefined || openToAll(tmpdir()) ? tmpdir() : '/tmp';
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return (address as { port: number }).port;
}

/** How the server ended; null as soon as it takes connections. */
async function endedBeforeAccepting(running: Promise<string | null>, url: string): Promise<string | null> {
  let over: string | null = null;
  void running.then((how) => {
    over = how ?? 'exit code 0';
  });
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (over === null) {
    const client = new Client({ connectionString: url });
    try {
      await client.connect();
      await client.end();
      return null;
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await sleep(20);
    }
  }
  return over;
}
