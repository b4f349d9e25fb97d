// Versions of pg as their users have them, each with the cursors and streams of its time beside it. Installed once for each lock file and each
// binary interface of Node, beside our own modules, where nothing looks for them.

import { execFile, execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

/** What an app of one version of pg can load. */
export interface Installed {
  /** As Node says it: the version of the package. */
  version: string;
  // biome-ignore lint/suspicious/noExplicitAny: older versions have other types, and the table is about what types forbid.
  require(name: string): any;
  /** Where an app stands that has it. */
  directory: string;
}

const root = join(__dirname, '..', '..');
const run = promisify(execFile);

/** Where the Node in use has its headers, if it brought any. */
const nodePrefix = dirname(dirname(process.execPath));
const BUILT_WITH = [
  ['pg_config', 'libpq with its headers (Debian: libpq-dev)'],
  ['c++', 'a compiler (Debian: g++)'],
  ['make', 'make'],
  ['python3', 'Python, for node-gyp'],
] as const;

/** Names in package.json, the oldest first. */
const ALIASES = ['pg-8.0', 'pg-8.5', 'pg-8.8', 'pg-8.11', 'pg-8.16', 'pg-8.21', 'pg'] as const;
/** What the oldest has beside it. */
const OF_ITS_TIME = [
  ['pg-cursor-2.2', 'pg-cursor'],
  ['pg-query-stream-3.1', 'pg-query-stream'],
] as const;
const BESIDE = ['pg-cursor', 'pg-query-stream', 'pg-copy-streams'];

/** Each version of pg, the oldest first. Answers at once where they are installed. */
export async function installedDrivers(): Promise<Installed[]> {
  const place = await install();
  return ALIASES.map((alias) => driverIn(join(place, 'versions', alias)));
}

/** One version: pg itself, and how to load what is beside it. */
export async function installedDriver(
  alias: (typeof ALIASES)[number],
): Promise<{ pg: unknown; load: Installed['require'] }> {
  const { require } = driverIn(join(await install(), 'versions', alias));
  return { pg: require('pg'), load: require };
}

function driverIn(directory: string): Installed {
  const require = createRequire(join(directory, 'app.js'));
  return { version: require('pg/package.json').version as string, require, directory };
}

/** Why the native driver cannot be built here; null where it can. */
export function nativeIsMissing(): string | null {
  if (!existsSync(join(nodePrefix, 'include', 'node', 'node.h'))) return `no headers of Node in ${nodePrefix}/include`;
  for (const [command, what] of BUILT_WITH) {
    try {
      execFileSync(command, ['--version'], { stdio: 'ignore' });
    } catch {
      return `no ${command}: ${what} is missing`;
    }
  }
  return null;
}

/** pg with its native variant. Fails where that cannot be built. */
export async function nativeDriver(): Promise<{ pg: unknown; load: Installed['require'] }> {
  const place = await install();
  const directory = join(place, 'versions', 'native');
  if (!existsSync(directory)) {
    await run('npm', ['rebuild', 'libpq', `--nodedir=${nodePrefix}`], { cwd: place });
    layOut(place, 'pg', 'native');
  }
  const { require } = driverIn(directory);
  return { pg: require('pg').native, load: require };
}

let installing: Promise<string> | null = null;

function install(): Promise<string> {
  installing ??= installOnce();
  return installing;
}

async function installOnce(): Promise<string> {
  const lock = readFileSync(join(__dirname, 'package-lock.json'));
  const hash = createHash('sha256').update(lock).update(readFileSync(__filename)).digest('hex').slice(0, 12);
  const place = join(root, 'node_modules', '.drivers', `${hash}-${process.platform}-${process.versions.modules}`);
  if (existsSync(place)) return place;
  const fresh = `${place}.${process.pid}`;
  mkdirSync(fresh, { recursive: true });
  try {
    for (const file of ['package.json', 'package-lock.json']) cpSync(join(__dirname, file), join(fresh, file));
    await run('npm', ['ci', '--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund'], { cwd: fresh });
    for (const alias of ALIASES) {
      layOut(fresh, alias, alias);
      if (alias !== 'pg-8.0') continue;
      for (const [old, name] of OF_ITS_TIME) copy(fresh, old, join('versions', alias, 'node_modules', name));
    }
    renameSync(fresh, place);
  } catch (error) {
    rmSync(fresh, { recursive: true, force: true });
    // Another test file was faster.
    if (!existsSync(place)) throw error;
  }
  return place;
}

/** An app's node_modules: this pg, and copies of what loads the pg beside it. */
function layOut(place: string, alias: string, app: string): void {
  mkdirSync(join(place, 'versions', app, 'node_modules'), { recursive: true });
  symlinkSync(join('..', '..', '..', 'node_modules', alias), join(place, 'versions', app, 'node_modules', 'pg'), 'dir');
  for (const name of BESIDE) copy(place, name, join('versions', app, 'node_modules', name));
}

function copy(place: string, name: string, to: string): void {
  cpSync(join(place, 'node_modules', name), join(place, to), { recursive: true, force: true });
}
