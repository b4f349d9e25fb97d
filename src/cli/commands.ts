// The commands that there are, with all that their help says. Nothing of what they do is loaded here.

import type { Flag } from './arguments.js';
import type { Command } from './command.js';

/** Each command takes it; kept out of their tables. */
export const HELP: Flag = { short: 'h', help: 'show this help' };

const OUTPUT: Flag = { short: 'o', value: 'FILE', help: 'write to a file; its extension tells the format' };
const FAIL_ON = 'error, warning or info, with or without a confidence, or never';
const ALLOW_EMPTY: Flag = { help: 'take a run that saw nothing for a run' };

export const COMMANDS: Readonly<Record<string, Command>> = {
  report: {
    summary: 'write a run as one HTML file',
    usage: 'report [DIR…] [flags]',
    text: `Writes the latest run, or all that lies in the directories and files named, as one: a file that needs no network and opens
anywhere. Other formats are those of check. Whatever was found, the exit code is 0.`,
    flags: {
      output: { ...OUTPUT, help: 'where to; default queryscope.html. Its extension tells the format' },
      format: {
        short: 'f',
        value: 'FORMAT',
        help: 'html (default), console, json, markdown, sarif, junit, gitlab, github',
      },
      title: { value: 'TEXT', help: 'what the page is called' },
      'allow-empty': ALLOW_EMPTY,
    },
    examples: [
      ['queryscope report', 'the latest run, as queryscope.html'],
      ['queryscope report shard-*/ -o report.html', 'several directories as one run'],
    ],
    load: async () => (await import('./report.js')).act,
  },
  check: {
    summary: 'judge a run: exit code 0 clean, 1 findings, 2 nothing can be said',
    usage: 'check [DIR…] [flags]',
    text: `Judges the latest run, or all that lies in the directories and files named, as one: shards of a test suite, several services.
Errors and warnings that are proven or likely fail, unless the baseline has them; what goes by the clock never does. A run
without a request, job or test, or without a statement, is exit code 2: nothing can be said of what was not seen. In GitHub
Actions it also annotates the lines and writes the job summary.`,
    flags: {
      format: { short: 'f', value: 'FORMAT', help: 'console (default), json, markdown, sarif, junit, gitlab, github' },
      output: OUTPUT,
      'fail-on': { value: 'LEAST', help: `${FAIL_ON}; default warning:likely` },
      baseline: { value: 'FILE', help: 'default .queryscope-baseline.json, where there is one' },
      'no-baseline': { help: 'known findings fail like new ones' },
      complete: { help: 'the run went everywhere, so what the baseline has and it has not is gone' },
      'allow-empty': ALLOW_EMPTY,
    },
    examples: [
      ['queryscope check', 'the latest run'],
      ['queryscope check shard-*/ -o results.sarif', 'several directories as one run, for code scanning'],
      ['queryscope check --fail-on error:proven', 'stop for what is certain to be wrong, and for nothing else'],
    ],
    load: async () => (await import('./check.js')).act,
  },
  diff: {
    summary: 'what changed from one run to another, as a table for a pull request',
    usage: 'diff BASE HEAD [flags]',
    text: `Compares two runs, each a directory or a file: findings that are new, fixed or changed, and how many statements each label
sends. Times are not compared, and a label that is new is no regression. The exit code is 0, unless --fail-on says what a
new finding has to be to make it 1.`,
    flags: {
      format: { short: 'f', value: 'FORMAT', help: 'markdown (default), json, console' },
      output: OUTPUT,
      'fail-on': { value: 'LEAST', help: `${FAIL_ON} (default)` },
      'allow-empty': ALLOW_EMPTY,
    },
    examples: [
      ['queryscope diff main/ branch/', 'a table for the pull request'],
      ['queryscope diff main/ branch/ --fail-on warning', 'and stop for what is new'],
    ],
    load: async () => (await import('./diff.js')).act,
  },
  baseline: {
    summary: 'write down what fails by now, so that only new findings fail',
    usage: 'baseline [DIR…] [flags]',
    text: `Adds what fails in the latest run, or in what is named, to the baseline, a file to commit: an entry a line, with a reason and
a date. What it has stays as it is. For merges without conflicts: .queryscope-baseline.json merge=union in .gitattributes.`,
    flags: {
      file: { value: 'FILE', help: "default .queryscope-baseline.json at the repository's root" },
      reason: { value: 'TEXT', help: 'why the new entries may stay' },
      'fail-on': { value: 'LEAST', help: `${FAIL_ON}; default warning:likely` },
      prune: { help: 'strike off what is gone; needs --complete' },
      complete: { help: 'the run went everywhere' },
      'allow-empty': ALLOW_EMPTY,
    },
    examples: [
      ["queryscope baseline --reason 'older than the check'", 'begin with what there is'],
      ['queryscope baseline --prune --complete', 'after a whole run: strike off what was fixed'],
    ],
    load: async () => (await import('./baseline.js')).act,
  },
  analyze: {
    summary: 'judge traces and logs that others wrote: no line of queryscope in the app',
    usage: 'analyze FILE… [flags]',
    text: `Judges files of OpenTelemetry traces as the collector's file exporter writes them (JSON or protobuf), and logs:
PostgreSQL's own (csvlog, jsonlog, stderr), SQLAlchemy's engine echo, Django's django.db.backends. Services in any language, at
any size, plain or compressed. Rotated files are read as one, the oldest first; - is standard input. Baseline and exit codes
are those of check. Traces show less than a driver does: no rows, mostly no values, so hardly anything is proven.
What could not be judged is counted, with its first place. A directory as output takes the run, for the other commands.`,
    flags: {
      from: { value: 'FORMAT', help: 'otlp, csvlog, jsonlog, stderr, sqlalchemy, django; default: each file says it' },
      window: {
        value: 'SECONDS',
        help: 'traces: wait so long for spans that come late, by their own time; default 30',
      },
      pause: {
        value: 'SECONDS',
        help: 'logs: a session silent for so long is at another request; default 0.2, taken for a guess',
      },
      'log-line-prefix': {
        value: 'PREFIX',
        help: 'logs on stderr: as it stands in postgresql.conf; default: the usual one that fits',
      },
      output: { ...OUTPUT, help: 'a file, whose extension tells the format, or a directory for the run' },
      format: {
        short: 'f',
        value: 'FORMAT',
        help: 'console (default), html, json, markdown, sarif, junit, gitlab, github',
      },
      'fail-on': { value: 'LEAST', help: `${FAIL_ON}; default warning:likely` },
      baseline: { value: 'FILE', help: 'default .queryscope-baseline.json, where there is one' },
      'no-baseline': { help: 'known findings fail like new ones' },
      complete: { help: 'the files hold everything, so what the baseline has and they have not is gone' },
      sample: { help: 'keep values and literals in what is written' },
      'allow-empty': { help: 'take files without a statement for clean' },
    },
    examples: [
      ['queryscope analyze traces.json', 'what a collector wrote'],
      ["queryscope analyze 'traces*.json.gz' -o report.html", 'a rotated set, as a page'],
      ['queryscope analyze postgresql-*.csv --pause 0.5', "a server's log; after half a second it is another request"],
      ['queryscope analyze traces.json -o main/', 'a run, for report, check, diff and baseline'],
    ],
    load: async () => (await import('./analyze.js')).act,
  },
  open: {
    summary: 'show a run in the browser',
    usage: 'open [DIR… | FILE.html] [flags]',
    text: `Makes the page of the latest run, or of what is named, beside it, and opens it; or a page that is there. BROWSER names the
program to open it with.`,
    flags: {},
    examples: [['queryscope open', 'the latest run']],
    load: async () => (await import('./open.js')).act,
  },
};
