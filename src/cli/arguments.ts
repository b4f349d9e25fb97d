// The words of a command line, read by what a command takes: an unknown flag names the nearest one, and nothing is taken for something else.

import { parseArgs } from 'node:util';
import { nearestName } from '../errors.js';
import { ToolError } from './tool-error.js';

/** A flag that a command takes. */
export interface Flag {
  /** `-o`. */
  short?: string;
  /** What stands behind it, for the help: `FILE`. Without one it is on or off. */
  value?: string;
  /** One line for the help. */
  help: string;
}

/** What was given: texts by flag, flags that are on, and the words that are no flags. */
export interface Given {
  value(flag: string): string | undefined;
  has(flag: string): boolean;
  words: readonly string[];
}

/** Reads `args`. Throws a ToolError where a flag is unknown, lacks its value, has one that it does not take, or is given twice. */
export function readArguments(args: readonly string[], flags: Readonly<Record<string, Flag>>, command: string): Given {
  const { tokens, positionals } = parseArgs({
    args: [...args],
    options: Object.fromEntries(
      Object.entries(flags).map(([name, { short, value }]) => [
        name,
        { type: value === undefined ? 'boolean' : 'string', ...(short !== undefined && { short }) } as const,
      ]),
    ),
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const given = new Map<string, string | undefined>();
  for (const token of tokens) {
    if (token.kind !== 'option') continue;
    const { name, rawName, value } = token;
    const flag = Object.hasOwn(flags, name) ? flags[name] : undefined;
    if (flag === undefined) throw unknownFlag(rawName, Object.keys(flags), command);
    if (given.has(name)) throw new ToolError(`${rawName} is given twice`);
    if (flag.value === undefined && value !== undefined) throw new ToolError(`${rawName} takes no value`);
    if (flag.value !== undefined && (value === undefined || value === '')) {
      throw new ToolError(`${rawName} needs a value: ${rawName} ${flag.value}`);
    }
    given.set(name, value);
  }
  return { value: (flag) => given.get(flag), has: (flag) => given.has(flag), words: positionals };
}

function unknownFlag(rawName: string, known: readonly string[], command: string): ToolError {
  const nearest = nearestName(rawName.replace(/^-+/, ''), known);
  const hint = nearest === null ? '' : ` Did you mean --${nearest}?`;
  return new ToolError(`queryscope ${command} has no ${rawName}.${hint} See queryscope ${command} --help.`);
}
