// What a file is called in a report: one POSIX path per file, relative to the repository, whatever the loader, platform or container
// called it. Annotations, baselines and editors all need the same name.

import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { OWN_DIRECTORY } from '../own-files.js';

/**
 * The directory that files are named from, where none is given: the nearest one with a `.git`, which is what a code host
 * calls the root; else the topmost one with a `package.json` (a workspace's, not the package's own); else `from`.
 */
export function repositoryRoot(from: string): string {
  let topmost = from;
  for (let directory = from; ; directory = dirname(directory)) {
    if (existsSync(join(directory, '.git'))) return directory;
    if (existsSync(join(directory, 'package.json'))) topmost = directory;
    if (dirname(directory) === directory) return topmost;
  }
}

/** A path or URL as an absolute POSIX path: no scheme, no query, forward slashes, drive letters in upper case. */
export function posixPath(file: string): string {
  let path = file;
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(path)) {
    path = path
      .replace(/[?#].*$/, '')
      // Bundlers name a source webpack://app/./src/chats.ts: relative to the directory that was built.
      .replace(/^webpack(?:-internal)?:\/\/[^/]*\/+(?:\.\/)?/, '')
      .replace(/^file:\/\//, '');
    path = decodedPath(path).replace(/^\/(?=[a-z]:)/i, '');
  }
  return path.replaceAll('\\', '/').replace(/^[a-z](?=:\/)/, (drive) => drive.toUpperCase());
}

/**
 * Names files from `root`, after replacing the first prefix of `pathMap` that fits: `{ '/app': '/home/me/shop' }` or
 * `{ '/app': '.' }` for code that runs elsewhere than it is read. A file outside keeps its whole path.
 */
export function pathNames(root: string, pathMap: Readonly<Record<string, string>> = {}): (file: string) => string {
  const base = withSlash(posixPath(root));
  const prefixes = Object.entries(pathMap).map(([from, to]) => [withSlash(posixPath(from)), to] as const);
  return (file) => {
    const path = posixPath(file);
    const mapped = prefixes.find(([from]) => path.startsWith(from));
    const name = mapped === undefined ? path : withSlash(posixPath(mapped[1])) + path.slice(mapped[0].length);
    return (name.startsWith(base) ? name.slice(base.length) : name).replace(/^(?:\.\/)+/, '');
  };
}

let own: string | undefined;

/** Is it one of queryscope's own? */
export function isOwnFile(file: string): boolean {
  if (OWN_DIRECTORY === null) return false;
  own ??= posixPath(OWN_DIRECTORY);
  return posixPath(file).startsWith(own);
}

/** Does a named file belong to the app? Not to a package it installed, nor to Node. */
export function isAppFile(name: string): boolean {
  return !/(?:^|\/)node_modules\//.test(name) && !/^(?:node|internal|evalmachine):/.test(name);
}

/** The package that a file was installed with, `@scope/name` or `name`; null of the app's and Node's own. The innermost: stores and nested packages have several. */
export function packageOf(file: string): string | null {
  return /^.*(?:^|\/)node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(posixPath(file))?.[1] ?? null;
}

/**
 * Is this the runtime of a Prisma client that was generated into the app's own directories? The generator `prisma-client-js` copies it to where `output` says, with a
 * package.json that has a digest for a name.
 */
export function isPrismaRuntime(file: string): boolean {
  const [, client] = /^(.+)\/runtime\/[^/]+\.m?js$/.exec(posixPath(file)) ?? [];
  if (client === undefined) return false;
  try {
    return /"name": *"prisma-client-[0-9a-f]{64}"/.test(readFileSync(`${client}/package.json`, 'utf8'));
  } catch {
    return false; // The app's own runtime/client.js.
  }
}

function decodedPath(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path; // A file name with a percent sign that nobody encoded.
  }
}

function withSlash(path: string): string {
  return path.endsWith('/') ? path : `${path}/`;
}
