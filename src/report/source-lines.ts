// The lines of the app's source that findings speak of, so that a report can be made where the source is not. As few as a picture of the place
// needs: whatever travels with a report is passed on.

import type { CallSite, Profile } from '../profile/types.js';
import type { Place, ReadSource } from './code-frame.js';
import type { Finding, Report } from './report.js';
import { reportsOf, type SourceLines } from './run.js';

/** Lines kept before and after one that is named: a frame shows fewer, and joins neighbours over a gap. */
const CONTEXT = 5;
/** Frames of a stack that are shown: a finding is understood from the loop and its nearest callers. */
const MOST_FRAMES = 4;
/** Call sites of one finding whose lines are kept. */
const MOST_SITES = 8;
/** Statements of one finding that are asked for their call site: a loop's differ in nothing. */
const MOST_STATEMENTS = 64;
/** Of one process. Findings name few places; the bound only keeps a process that runs for weeks from collecting them. */
const MOST_PLACES = 2_000;
/** A longer line is generated, and no picture of what somebody wrote. */
const LONGEST_LINE = 500;

type Files = Record<string, Record<number, string>>;

/** Collects the lines of reports, those of each place once. */
export class SourceCollector {
  readonly #read: ReadSource;
  readonly #seen = new Set<string>();

  constructor(read: ReadSource) {
    this.#read = read;
  }

  /** The lines that the report, or one inside it, names, but for those of places that were named before. In slices: a scope may have thousands of findings. */
  *newLinesOf(report: Report): Generator<void, SourceLines> {
    const files: Files = {};
    for (const { finding, profile } of findingsIn(report)) {
      this.#addLinesOf(finding, profile, files);
      yield;
    }
    return files;
  }

  #addLinesOf(finding: Finding, profile: Profile, files: Files): void {
    for (const place of placesOf(finding, profile)) {
      if (!this.#isNew(place)) continue;
      const source = this.#read(place.file);
      if (source === null) continue;
      files[place.file] ??= {};
      addLines(files[place.file] as Record<number, string>, source, place.line);
    }
  }

  #isNew({ file, line }: Place): boolean {
    const name = `${file}:${line}`;
    if (this.#seen.has(name) || this.#seen.size >= MOST_PLACES) return false;
    this.#seen.add(name);
    return true;
  }
}

/** Reads what was collected as if it were the source: lines that were not kept are empty. */
export function readCollected(sources: SourceLines): ReadSource {
  const files = new Map(Object.entries(sources).map(([file, lines]) => [file, wholeFile(lines)]));
  return (file) => files.get(file) ?? null;
}

/** Files of that many lines are generated; one that somebody wrote by hand may name any line. */
const MOST_LINES = 100_000;

function wholeFile(lines: Readonly<Record<number, string>>): string[] {
  const known = Object.keys(lines).map(Number);
  const last = Math.max(0, ...known.filter((line) => line <= MOST_LINES));
  return Array.from({ length: last }, (_, i) => lines[i + 1] ?? '');
}

function addLines(lines: Record<number, string>, source: readonly string[], named: number): void {
  for (let line = Math.max(1, named - CONTEXT); line <= Math.min(source.length, named + CONTEXT); line++) {
    lines[line] = (source[line - 1] as string).slice(0, LONGEST_LINE);
  }
}

function* findingsIn(report: Report): Generator<{ finding: Finding; profile: Profile }> {
  for (const { profile, findings, suppressed } of reportsOf({ reports: [report] })) {
    for (const finding of findings) yield { finding, profile };
    for (const { finding } of suppressed) yield { finding, profile };
  }
}

function* placesOf(finding: Finding, profile: Profile): Generator<Place> {
  for (const { file, line, frames } of sitesOf(finding, profile)) {
    yield { file, line };
    yield* frames.slice(0, MOST_FRAMES);
  }
}

/** Its own call site, and the first ones that its statements and their source were sent from. */
function sitesOf({ callSite, statements, source }: Finding, { statements: all }: Profile): CallSite[] {
  const asked = [...statements.slice(0, MOST_STATEMENTS), ...source.slice(0, MOST_STATEMENTS)];
  const sites = [callSite, ...asked.map((index) => all[index]?.callSite ?? null)];
  return [...new Set(sites.filter((site) => site !== null))].slice(0, MOST_SITES);
}
