#!/usr/bin/env node
// The command `queryscope`: reads its words, loads the command that is meant, and ends with its exit code. All that can go wrong is told in one line.

import { nearestName, QueryscopeError } from '../errors.js';
import { VERSION } from '../report/version.js';
import { readArguments } from './arguments.js';
import { FAILED } from './command.js';
import { COMMANDS, HELP } from './commands.js';
import { helpOf, overview } from './help.js';
import { ToolError } from './tool-error.js';
import { bearClosedPipes, complain, print } from './write.js';

bearClosedPipes();
main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  async (error: unknown) => {
    process.exitCode = FAILED;
    if (isOurs(error)) await complain(error.message);
    else
      await print(`queryscope: this should not have happened: ${(error as Error)?.stack ?? error}\n`, process.stderr);
  },
);

async function main([name, ...args]: readonly string[]): Promise<number> {
  if (name === undefined) {
    await print(overview(COMMANDS), process.stderr);
    return FAILED;
  }
  if (name === '--version' || name === '-v') return await said(`${VERSION}\n`);
  if (name === '--help' || name === '-h' || (name === 'help' && args.length === 0))
    return await said(overview(COMMANDS));
  const wanted = name === 'help' ? (args[0] as string) : name;
  const command = Object.hasOwn(COMMANDS, wanted) ? COMMANDS[wanted] : undefined;
  if (command === undefined) throw unknownCommand(wanted);
  const given = readArguments(args, { ...command.flags, help: HELP }, wanted);
  if (name === 'help' || given.has('help')) return await said(helpOf(command));
  const act = await command.load();
  return await act(given);
}

async function said(text: string): Promise<number> {
  await print(text);
  return 0;
}

function unknownCommand(name: string): ToolError {
  const nearest = nearestName(name, Object.keys(COMMANDS));
  const hint = nearest === null ? '' : ` Did you mean ${nearest}?`;
  return new ToolError(`There is no command '${name}'.${hint} There are: ${Object.keys(COMMANDS).join(', ')}.`);
}

/** Said to whoever asked, as is what the system refuses: a file without rights, a full disk. Anything else is our mistake, and told with where it happened. */
function isOurs(error: unknown): error is Error {
  const isOfSystem = error instanceof Error && 'syscall' in error;
  return error instanceof ToolError || error instanceof QueryscopeError || isOfSystem;
}
