// The help of the command and of each of its commands, from what they are.

import type { Flag } from './arguments.js';
import type { Command } from './command.js';
import { HELP } from './commands.js';

/** All commands, and how to go on. */
export function overview(commands: Readonly<Record<string, Command>>): string {
  const lists = Object.entries(commands).map(([name, { summary }]) => [name, summary] as const);
  const examples = Object.values(commands).flatMap(({ examples: [first] }) => (first === undefined ? [] : [first]));
  return [
    'queryscope: what the runs of an app say of its SQL',
    '',
    'Usage: queryscope COMMAND [flags]',
    '',
    ...columns(lists),
    '',
    'Examples:',
    ...columns(examples),
    '',
    'Runs are written by the app: QUERYSCOPE_OUTPUT=json, or outputs: [jsonOutput()].',
    'queryscope COMMAND --help says more of each; queryscope --version tells the version.',
    '',
  ].join('\n');
}

/** All that one command takes. */
export function helpOf({ usage, text, flags, examples }: Command): string {
  const all = Object.entries({ ...flags, help: HELP });
  return [
    `Usage: queryscope ${usage}`,
    '',
    text,
    '',
    'Flags:',
    ...columns(all.map(([name, flag]) => [nameOf(name, flag), flag.help] as const)),
    '',
    'Examples:',
    ...columns(examples),
    '',
  ].join('\n');
}

function nameOf(name: string, { short, value }: Flag): string {
  return `${short === undefined ? '    ' : `-${short}, `}--${name}${value === undefined ? '' : ` ${value}`}`;
}

function columns(rows: readonly (readonly [left: string, right: string])[]): string[] {
  const widest = Math.max(0, ...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(widest)}   ${right}`);
}
