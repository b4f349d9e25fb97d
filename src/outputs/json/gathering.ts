// Puts together what the files of a run say: processes, reports in the order in which they began, sources, and what is missing, each kind of loss told once.

import type { Report } from '../../report/report.js';
import { type Loss, type Run, type RunProcess, reportsOf } from '../../report/run.js';
import { VERSION } from '../../report/version.js';
import { reportOf, type Share } from './decode-report.js';
import { fits } from './fits.js';
import { LINE_FORMAT, type Line, type ProcessLine, type ScopeLine, type SourcesLine, type StateLine } from './line.js';
import schema from './line-1.json';
import type { RawLine } from './read-lines.js';

/** What one machine can hold and a page can show; they take about 1 GB. */
const MOST_STATEMENTS = 2_000_000;

/** A loss, the files that have it, and how often. */
interface FileLoss {
  code: Loss['code'];
  say(files: string): string;
  files: Set<string>;
  count: number;
}

export class Gathering {
  readonly #processes: RunProcess[] = [];
  /** By the scope's id: an artifact that was given twice counts once. */
  readonly #reports = new Map<string, Report>();
  readonly #sources: { startedAt: string; files: SourcesLine['files'] }[] = [];
  readonly #losses = new Map<string, FileLoss>();
  readonly #shared = new Map<string, object>();
  #statements = 0;

  /** Begins a file; `name` is what losses call it. */
  file(name: string): FileReading {
    return new FileReading(name, this);
  }

  addProcess(process: RunProcess): void {
    this.#processes.push(process);
  }

  addSources(startedAt: string, files: SourcesLine['files']): void {
    this.#sources.push({ startedAt, files });
  }

  addReport(line: ScopeLine, file: string): void {
    const report = reportOf(line, this.#share);
    if (this.#reports.has(report.profile.id)) return;
    this.#statements += statementsIn(report);
    if (this.#statements > MOST_STATEMENTS) {
      this.#statements -= statementsIn(report);
      this.lose(
        'over-limit',
        file,
        (files) => `scopes of ${files} were left out: ${MOST_STATEMENTS} statements are read at most`,
      );
      return;
    }
    for (const each of reportsOf({ reports: [report] })) this.#reports.set(each.profile.id, each);
  }

  /** `say` words it for the files that have it; equal words are one loss. */
  lose(code: Loss['code'], file: string, say: FileLoss['say'], count = 1): void {
    const name = `${code} ${say('')}`;
    const known = this.#losses.get(name) ?? { code, say, files: new Set(), count: 0 };
    known.files.add(file);
    known.count += count;
    this.#losses.set(name, known);
  }

  run(): Run {
    return {
      processes: this.#processes.sort((a, b) => compare(a.startedAt, b.startedAt) || a.pid - b.pid),
      reports: nested([...this.#reports.values()]),
      sources: this.#mergedSources(),
      losses: [...this.#losses.values()].map(({ code, say, files, count }) => ({
        code,
        message: say(namesOf([...files])),
        count,
      })),
    };
  }

  /** Of lines that two processes saw differently the later one's hold. */
  #mergedSources(): Run['sources'] {
    const merged = new Map<string, Record<string, string>>();
    for (const { files } of this.#sources.sort((a, b) => compare(a.startedAt, b.startedAt))) {
      for (const [file, lines] of Object.entries(files)) merged.set(file, { ...merged.get(file), ...lines });
    }
    return Object.fromEntries(merged);
  }

  readonly #share: Share = (value) => {
    const key = JSON.stringify(value);
    const known = this.#shared.get(key);
    if (known !== undefined) return known as typeof value;
    this.#shared.set(key, value);
    return value;
  };
}

/** One file while it is read. */
class FileReading {
  readonly #name: string;
  readonly #gathering: Gathering;
  #process: ProcessLine | null = null;
  #state: StateLine | null = null;

  constructor(name: string, gathering: Gathering) {
    this.#name = name;
    this.#gathering = gathering;
  }

  /** Takes a line; false: the rest of the file is not to be read. */
  take({ text, whole }: RawLine): boolean {
    if (!whole) {
      this.#lose(
        'line-truncated',
        (files) => `the last line of ${files} was cut off, as when a process is killed while it writes`,
      );
      return true;
    }
    const line = text === null ? null : jsonOf(text);
    if (this.#process === null) return this.#begin(line);
    if (!isLine(line) || !this.#use(line as Line)) {
      this.#lose('line-unreadable', (files) => `lines of ${files} could not be read`);
    }
    return true;
  }

  /** The file has ended. */
  done(): void {
    if (this.#process === null) {
      this.#lose('file-unreadable', (files) => `${files} ended before it said who writes`);
      return;
    }
    const { is: _, format: __, ...identity } = this.#process;
    const { endedAt, drivers, unattributed, unjudged, idleAllows, losses } = this.#state ?? NOTHING_SEEN;
    this.#gathering.addProcess({ ...identity, endedAt, drivers, unattributed, unjudged, idleAllows });
    for (const { code, message, count } of losses) this.#lose(code, (files) => `${message}: ${files}`, count);
    if (endedAt === null) {
      this.#lose('not-ended', (files) => `${files} has no end: the process was killed, or still runs`);
    }
  }

  failed(error: unknown): void {
    const { code } = error as { code?: unknown };
    const why = typeof code === 'string' ? code : 'an unknown error';
    this.#lose('file-unreadable', (files) => `${files} could not be read (${why})`);
  }

  /** The first line of any format says of which it is. */
  #begin(line: unknown): boolean {
    const { is, format, queryscope } = (line ?? {}) as Partial<Record<keyof ProcessLine, unknown>>;
    if (is === 'process' && typeof format === 'number' && format > LINE_FORMAT) {
      this.#lose(
        'format-newer',
        (files) =>
          `${files} was written by queryscope ${queryscope} in format ${format}, and this is ${VERSION}, which reads format ${LINE_FORMAT}: update queryscope`,
      );
      return false;
    }
    if (is !== 'process' || !isLine(line)) {
      this.#lose('file-unreadable', (files) => `${files} does not begin as a file of queryscope does`);
      return false;
    }
    this.#process = line as ProcessLine;
    return true;
  }

  #use(line: Line): boolean {
    const { startedAt } = this.#process as ProcessLine;
    try {
      if (line.is === 'state') this.#state = line;
      else if (line.is === 'sources') this.#gathering.addSources(startedAt, line.files);
      else if (line.is === 'scope') this.#gathering.addReport(line, this.#name);
      else return false;
      return true;
    } catch {
      return false;
    }
  }

  #lose(code: Loss['code'], say: FileLoss['say'], count?: number): void {
    this.#gathering.lose(code, this.#name, say, count);
  }
}

const NOTHING_SEEN: Omit<StateLine, 'is'> = {
  endedAt: null,
  drivers: [],
  unattributed: 0,
  unjudged: { scopes: 0, statements: 0 },
  idleAllows: [],
  losses: [],
};

const isLine = fits(schema);

/** Null where it is no JSON. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Scopes below those they were opened in, also where another process wrote those; each level in the order in which they began. */
function nested(reports: readonly Report[]): Report[] {
  const byId = new Map(reports.map((report) => [report.profile.id, report]));
  const inside = new Set(reports.flatMap(({ children }) => children));
  const outermost: Report[] = [];
  for (const report of [...reports].sort(inOrder)) {
    if (inside.has(report)) continue;
    const parent = byId.get(report.profile.parent ?? '');
    if (parent === undefined || isAbove(report, parent, byId)) outermost.push(report);
    else parent.children.push(report);
  }
  for (const { children } of reports) children.sort(inOrder);
  return outermost;
}

/** Would the first be its own ancestor? Only in a file that somebody wrote by hand. */
function isAbove(report: Report, parent: Report, byId: ReadonlyMap<string, Report>): boolean {
  const seen = new Set<Report>();
  for (let at: Report | undefined = parent; at !== undefined && !seen.has(at); ) {
    if (at === report) return true;
    seen.add(at);
    at = byId.get(at.profile.parent ?? '');
  }
  return false;
}

function inOrder(a: Report, b: Report): number {
  return compare(a.profile.startedAt, b.profile.startedAt) || compare(a.profile.id, b.profile.id);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function statementsIn(report: Report): number {
  let statements = 0;
  for (const { profile } of reportsOf({ reports: [report] })) statements += profile.statements.length;
  return statements;
}

function namesOf([first, ...others]: readonly string[]): string {
  if (first === undefined) return '';
  return others.length === 0 ? first : `${first} and ${others.length} more`;
}
