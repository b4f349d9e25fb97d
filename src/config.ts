// The options of those who pass none, because no line of the app names queryscope, or only one does: a file `queryscope.config.*` at the
// repository's root or nearer. Read synchronously, since `--require` cannot wait.

import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, extname, join } from 'node:path';
import { repositoryRoot } from './capture/path-names.js';
import { QueryscopeError } from './errors.js';
import type { ProfilerOptions } from './options.js';

/**
 * Calls a function with the options of the nearest config file, or with undefined where there is none. A QueryscopeError about the file or what it
 * asks for names the file.
 */
export function withConfig<T>(use: (options: ProfilerOptions | undefined) => T): T {
  const file = findConfig(process.cwd());
  if (file === null) return use(undefined);
  const options = readConfig(file) as ProfilerOptions;
  try {
    return use(options);
  } catch (error) {
    throw error instanceof QueryscopeError ? new QueryscopeError(error.code, `${file}: ${error.message}`) : error;
  }
}

const EXTENSIONS = ['.ts', '.mjs', '.js', '.cjs', '.json'] as const;

/** The nearest config file from a directory upward to the repository's root; null where there is none. Throws a QueryscopeError where two lie side by side. */
function findConfig(from: string): string | null {
  const root = repositoryRoot(from);
  for (let directory = from; ; directory = dirname(directory)) {
    const files = EXTENSIONS.map((extension) => join(directory, `queryscope.config${extension}`)).filter(existsSync);
    if (files.length > 1) {
      const names = files.map((file) => basename(file)).join(' and ');
      throw new QueryscopeError('bad-config', `There is to be one config file; ${names} lie side by side. Keep one.`);
    }
    if (files[0] !== undefined) return files[0];
    if (directory === root || dirname(directory) === directory) return null;
  }
}

/** What a config file exports: its default export, else `module.exports`, or its JSON. Throws a QueryscopeError where it cannot be loaded. */
function readConfig(file: string): unknown {
  const require = createRequire(file);
  const name = basename(file);
  // Node takes an extension it does not know for JavaScript, and would find fault with the first type.
  if (extname(file) === '.ts' && !loadsTypeScript(require)) {
    throw new QueryscopeError(
      'bad-config',
      `${name} needs a Node.js that loads TypeScript (22.18 or newer) or a loader that stands before queryscope, node --import tsx --import queryscope/register (what is required comes first). Or write it as queryscope.config.mjs.`,
    );
  }
  let exports: unknown;
  try {
    exports = require(file);
  } catch (error) {
    throw new QueryscopeError('bad-config', `${name} could not be loaded: ${reasonOf(error)}.`, { cause: error });
  }
  return hasDefault(exports) ? exports.default : exports;
}

function loadsTypeScript(require: NodeJS.Require): boolean {
  return Object.hasOwn(require.extensions, '.ts') || Boolean((process.features as { typescript?: unknown }).typescript);
}

function hasDefault(exports: unknown): exports is { default: unknown } {
  return typeof exports === 'object' && exports !== null && 'default' in exports;
}

/** The message of the app's own error may hold a value; it stays the cause. */
function reasonOf(error: unknown): string {
  const { code, name } = (error ?? {}) as { code?: unknown; name?: unknown };
  if (code === 'ERR_REQUIRE_ASYNC_MODULE')
    return 'it awaits at its top level, which a process that is starting cannot wait for';
  return [name, code].filter((part) => typeof part === 'string').join(' ') || `it threw a ${typeof error}`;
}
