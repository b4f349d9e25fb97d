// Puts together what the files of a run say: processes, reports in the order in which they began, sources, and what is missing, each kind of loss told once.

import type { Report } from '../../report/report.js';
import { type Loss, type Run, type RunProcess, reportsOf } from '../../report/run.js';
import { VERSION } from '../../report/version.js';
import type { Line as TextLine } from '../../sources/lines.js';
import { reportOf, type Share } from './decode-report.js';
import { fits } from './fits.js';
import { LINE_FORMAT, type Line, type ProcessLine, type ScopeLine, type SourcesLine, type StateLine } from './line.js';
import schema from './line-1.json';
import type { WrittenFile } from './written-file.js';

/** What one machine can hold and a page can show; they take about 1 GB. */
const MOST_STATEMENTS = 2_000_000;

/** What is missing and why, the files that it is missing from, and how often. */
interface FileLoss {
  code: Loss['code'];
  what: string;
  files: Set<string>;
  count: number;
}

/** A process after its file, or a copy of that, was read. */
interface Ended {
  process: RunProcess;
  file: string;
  losses: readonly Loss[];
}

export class Gathering {
  /** By their id, with the file and what the process itself knew to be missing. */
  readonly #processes = new Map<string, Ended>();
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

  /** Of several copies of a file the one that was complete holds. */
  addProcess(id: string, ended: Ended): void {
    if ((this.#processes.get(id)?.process.endedAt ?? null) === null) this.#processes.set(id, ended);
  }

  addSources(startedAt: string, files: SourcesLine['files']): void {
    this.#sources.push({ startedAt, files });
  }

  addScope(line: ScopeLine, file: string): void {
    this.addReport(reportOf(line, this.#share), file);
  }

  addReport(report: Report, file: string): void {
    if (this.#reports.has(report.profile.id)) return;
    this.#statements += statementsIn(report);
    if (this.#statements > MOST_STATEMENTS) {
      this.#statements -= statementsIn(report);
      this.lose('over-limit', `scopes were left out, because ${MOST_STATEMENTS} statements are read at most`, file);
      return;
    }
    for (const each of reportsOf({ reports: [report] })) this.#reports.set(each.profile.id, each);
  }

  /** The same of several files is one loss. */
  lose(code: Loss['code'], what: string, file: string, count = 1): void {
    const name = `${code} ${what}`;
    const known = this.#losses.get(name) ?? { code, what, files: new Set(), count: 0 };
    known.files.add(file);
    known.count += count;
    this.#losses.set(name, known);
  }

  run(): Run {
    for (const ended of this.#processes.values()) this.#loseOf(ended);
    return {
      processes: Array.from(this.#processes.values(), ({ process }) => process).sort(
        (a, b) => compare(a.startedAt, b.startedAt) || a.pid - b.pid,
      ),
      reports: nested([...this.#reports.values()]),
      sources: this.#mergedSources(),
      losses: [...this.#losses.values()].map(({ code, what, files, count }) => ({
        code,
        message: `${what}: ${namesOf([...files])}`,
        count,
      })),
    };
  }

  #loseOf({ process, file, losses }: Ended): void {
    for (const { code, message, count } of losses) this.lose(code, message, file, count);
    if (process.endedAt === null) {
      this.lose(
        'not-ended',
        'the process did not end by itself, or still runs, so its last scopes may be missing',
        file,
      );
    }
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
  take({ text, whole }: Pick<TextLine, 'text' | 'whole'>): boolean {
    if (!whole) {
      this.#lose('line-truncated', 'the last line was cut off, as when a process is killed while it writes');
      return true;
    }
    const line = text === null ? null : jsonOf(text);
    if (this.#process === null) return this.#begin(line);
    if (!isLine(line) || !this.#use(line as Line)) {
      this.#lose('line-unreadable', 'lines could not be read');
    }
    return true;
  }

  /** Takes in place of lines what they say. */
  takeWritten({ process, state, sources, reports }: WrittenFile): void {
    this.#process = process;
    this.#state = state;
    for (const files of sources) this.#gathering.addSources(process.startedAt, files);
    for (const report of reports) this.#gathering.addReport(report, this.#name);
    this.done();
  }

  /** The file has ended. */
  done(): void {
    if (this.#process === null) {
      this.#lose('file-unreadable', 'the file ends before it says who writes');
      return;
    }
    const { is: _, format: __, id, ...identity } = this.#process;
    const { is: ___, losses, ...seen } = this.#state ?? NOTHING_SEEN;
    this.#gathering.addProcess(id, { process: { ...identity, ...seen }, file: this.#name, losses });
  }

  failed(error: unknown): void {
    const { code } = error as { code?: unknown };
    const why = typeof code === 'string' ? code : 'an unknown error';
    this.#lose('file-unreadable', `the file could not be read (${why})`);
  }

  /** The first line of any format says of which it is. */
  #begin(line: unknown): boolean {
    const { is, format, queryscope } = (line ?? {}) as Partial<Record<keyof ProcessLine, unknown>>;
    if (is === 'process' && typeof format === 'number' && format > LINE_FORMAT) {
      this.#lose(
        'format-newer',
        `written by queryscope ${queryscope} in format ${format}, and this is ${VERSION}, which reads format ${LINE_FORMAT}; update queryscope`,
      );
      return false;
    }
    if (is !== 'process' || !isLine(line)) {
      this.#lose('file-unreadable', 'the file does not begin as one of queryscope does');
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
      else if (line.is === 'scope') this.#gathering.addScope(line, this.#name);
      else return false;
      return true;
    } catch {
      return false;
    }
  }

  #lose(code: Loss['code'], what: string): void {
    this.#gathering.lose(code, what, this.#name);
  }
}

const NOTHING_SEEN: StateLine = {
  is: 'state',
  endedAt: null,
  drivers: [],
  unattributed: 0,
  unsampled: { requests: 0, statements: 0 },
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
