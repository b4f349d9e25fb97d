// The commands that there are, with all that their help says. Nothing of what they do is loaded here.

import type { Flag } from './arguments.js';
import type { Command } from './command.js';

/** Each command takes it; kept out of their tables. */
export const HELP: Flag = { short: 'h', help: 'show this help' };

const OUTPUT: Flag = { short: 'o', value: 'FILE', help: 'write to a file; its extension tells the format' };

export const COMMANDS: Readonly<Record<string, Command>> = {
  check: {
    summary: 'judge a run: exit code 0 clean, 1 findings, 2 nothing can be said',
    usage: 'check [DIR…] [flags]',
    text: `Judges the latest run, or all that lies in the directories and files named, as one: shards of a test suite, several services.
Errors and warnings that are proven or likely fail; what goes by the clock never does. A run without a request, job or
test, or without a statement, is exit code 2: nothing can be said of what was not seen. In GitHub Actions it also
annotates the lines and writes the job summary.`,
    flags: {
      format: { short: 'f', value: 'FORMAT', help: 'console (default), json, markdown, sarif, junit, gitlab, github' },
      output: OUTPUT,
      'fail-on': {
        value: 'LEAST',
        help: 'error, warning or info, with or without a confidence, or never; default warning:likely',
      },
      'allow-empty': { help: 'a run that saw nothing is clean' },
    },
    examples: [
      ['queryscope check', 'the latest run'],
      ['queryscope check shard-*/ -o results.sarif', 'several directories as one run, for code scanning'],
      ['queryscope check --fail-on error:proven', 'stop for what is certain to be wrong, and for nothing else'],
    ],
    load: async () => (await import('./check.js')).act,
  },
};
