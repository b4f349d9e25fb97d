// The options of those who pass none, because no line of the app names queryscope, or only one does: a file `queryscope.config.*` at the
// repository's root or nearer. Read synchronously, since `--require` cannot wait.

import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, extname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
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
    throw new QueryscopeError('bad-config', `${name} could not be loaded: ${reasonOf(error, file)}.`, { cause: error });
  }
  return hasDefault(exports) ? exports.default : exports;
}

function loadsTypeScript(require: NodeJS.Require): boolean {
  return Object.hasOwn(require.extensions, '.ts') || Boolean((process.features as { typescript?: unknown }).typescript);
}

function hasDefault(exports: unknown): exports is { default: unknown } {
  return typeof exports === 'object' && exports !== null && 'default' in exports;
}

/** What failed, and where. The message of an error that the file's own code threw may hold a value; it stays the cause. */
function reasonOf(error: unknown, file: string): string {
  if (!(error instanceof Error)) return `it threw a ${typeof error}`;
  const { name, message, stack = '' } = error;
  const { code } = error as { code?: unknown };
  if (code === 'ERR_REQUIRE_ASYNC_MODULE')
    return 'it awaits at its top level, which a process that is starting cannot wait for';
  // Node writes the line of a syntax error that it found in CommonJS above the stack, in a module nowhere.
  const place = placeIn(stack, [file, pathToFileURL(file).href]);
  const at = place === null ? '' : ` at line ${place}`;
  if (MISSING.has(code)) return (message.split('\n', 1)[0] as string) + at;
  // V8 quotes the text, which may hold what is nobody's business.
  if (extname(file) === '.json' && name === 'SyntaxError') return `it is no JSON${jsonPlace(message, file)}`;
  const isOfLoader = /^ {4}at .*$/m.exec(stack)?.[0].includes('(node:internal/');
  if (name === 'SyntaxError' && isOfLoader)
    return `${name}: ${message}${at || ` (node --check ${basename(file)} says where)`}`;
  return [name, code].filter((part) => typeof part === 'string').join(' ') + at;
}

const MISSING: ReadonlySet<unknown> = new Set(['MODULE_NOT_FOUND', 'ERR_MODULE_NOT_FOUND']);

/** `3` or `3, column 5`: the innermost place of a stack that is in the file, however it is called there. */
function placeIn(stack: string, names: readonly string[]): string | null {
  for (const line of stack.split('\n')) {
    const name = names.find((one) => line.includes(`${one}:`));
    if (name === undefined) continue;
    const [, row, column] = /^(\d+)(?::(\d+))?/.exec(line.slice(line.indexOf(`${name}:`) + name.length + 1)) ?? [];
    if (row !== undefined) return column === undefined ? row : `${row}, column ${column}`;
  }
  return null;
}

/** Where V8 says so. */
function jsonPlace(message: string, file: string): string {
  const position = /at position (\d+)/.exec(message)?.[1];
  if (position === undefined) return '';
  const before = readFileSync(file, 'utf8').slice(0, Number(position)).split('\n');
  return ` at line ${before.length}, column ${(before.at(-1) as string).length + 1}`;
}
