// The console output: what consoleText draws, to stderr, with a line when it starts and one when the process ends. Everything
// here acts or remembers; everything drawn is a pure function in console/.

import { type ReadSource, sourceReader } from '../report/code-frame.js';
import type { Output, Report, Watch } from '../report/report.js';
import { exitText, startText, type Tally } from './console/process-lines.js';
import { proofText } from './console/proof-text.js';
import { quietWriter } from './console/quiet-writer.js';
import { consoleText, findingName, namesIn } from './console/report-text.js';
import { columnsOf, type TextStream, wantsColor } from './console/terminal.js';

export { type ConsoleTextOptions, consoleText } from './console/report-text.js';
export type { TextStream } from './console/terminal.js';

export interface ConsoleOutputOptions {
  /** Where it goes; stderr by default, so that an app's own output stays what it was. */
  stream?: TextStream;
  /** By default what the stream and NO_COLOR, FORCE_COLOR and TERM ask for. */
  color?: boolean;
  /** Cells of a line; by default the terminal's, else 80. */
  width?: number;
}

/** An app has as many findings as it has lines that loop; what makes up new ones without end is forgotten from the oldest on. */
const MAX_SEEN = 10_000;

/** Prints each finding in full once per process and in one line after that; clean requests print nothing. */
export function consoleOutput({ stream = process.stderr, color, width }: ConsoleOutputOptions = {}): Output {
  const print = quietWriter(stream);
  const look = () => ({ width: width ?? columnsOf(stream), color: color ?? wantsColor(stream, process.env) });
  const seen = new Map<string, number>();
  const written = new WeakSet<Report>();
  const tally: Tally = {
    scopes: { request: 0, job: 0, test: 0 },
    statements: 0,
    unattributed: 0,
    unsampled: { requests: 0, statements: 0 },
    unjudged: { scopes: 0, statements: 0 },
    findings: 0,
    idleAllows: [],
  };
  let watch: Watch | null = null;
  let read: ReadSource = sourceReader(process.cwd());
  let greeting: NodeJS.Immediate | null = null;

  const greet = () => {
    if (greeting === null || watch === null) return;
    clearImmediate(greeting);
    greeting = null;
    print(startText(watch.drivers(), look()));
  };
  const sayGoodbye = () => {
    if (watch === null) return;
    greet();
    process.removeListener('exit', sayGoodbye);
    const ended = {
      ...tally,
      unattributed: watch.unattributed(),
      unsampled: watch.unsampled(),
      unjudged: watch.unjudged(),
      idleAllows: watch.idleAllows(),
    };
    print(exitText(ended, watch.drivers(), look()));
    watch = null;
  };
  const say = (report: Report) => {
    if (written.has(report)) return;
    written.add(report);
    print(consoleText(report, { ...look(), seen, read }));
    tally.scopes[report.profile.kind] += 1;
    tally.statements += report.profile.statements.length + report.profile.dropped;
    tally.findings += new Set(report.findings.map(findingName).filter((name) => !seen.has(name))).size;
    for (const name of namesIn(report)) seen.set(name, (seen.get(name) ?? 0) + 1);
    for (const name of seen.keys()) {
      if (seen.size <= MAX_SEEN) break;
      seen.delete(name);
    }
    for (const child of report.children) say(child);
  };

  return {
    name: 'console',
    start(watching) {
      watch = watching;
      read = sourceReader(watching.root);
      // One turn later, when the lines below createProfiler() have said what to instrument.
      greeting = setImmediate(greet);
      process.on('exit', sayGoodbye);
    },
    write(report) {
      greet();
      say(report);
    },
    writeProof(proof) {
      greet();
      print(proofText(proof, look()));
    },
    async close() {
      sayGoodbye();
    },
  };
}
