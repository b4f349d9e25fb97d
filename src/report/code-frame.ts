// The lines of the app around the lines that a finding names: what every output shows, how it looks is theirs. The only
// file right of the recorder that reads the app's source, so what may be read and how much is bounded here.

import { readFileSync, realpathSync, statSync } from 'node:fs';
import { isAbsolute, relative, resolve } from 'node:path';

/** A line to show: 1-based, of a file as a call site names it. */
export interface Place {
  file: string;
  line: number;
}

/** A run of neighbouring lines of one file. */
export interface CodeFrame {
  file: string;
  lines: CodeLine[];
}

export interface CodeLine {
  /** 1-based. */
  number: number;
  /** Without the indentation that all lines of the frame share; tabs as two blanks. */
  text: string;
  /** One of the places asked for. */
  marked: boolean;
}

/** The lines of a file, or null where it cannot or may not be read. */
export type ReadSource = (file: string) => readonly string[] | null;

/** Lines shown before and after a marked one: a loop's head mostly stands right above its body. */
const CONTEXT = 1;
/** Two frames with at most this many lines between them are one: a gap mark would take as much room. */
const MERGE_GAP = 2;
/** A larger file is generated or bundled, and a line of it is no picture of what somebody wrote. */
const MAX_BYTES = 1024 * 1024;
/** Findings name few files; the bound only keeps a process that runs for weeks from collecting them. */
const MAX_FILES = 64;
/** Nothing else is shown, so that a profile from elsewhere cannot name `.env`. */
const SOURCE_FILE = /\.(?:[cm]?[jt]sx?|vue|svelte)$/i;
/** Lines that only close something or are empty say nothing at a frame's edge. */
const ONLY_CLOSES = /^[\s)}\];,]*$/;

/** The frames around `places`, in the order in which their files are first named; places whose file cannot be read have none. */
export function codeFrames(places: readonly Place[], read: ReadSource): CodeFrame[] {
  const frames: CodeFrame[] = [];
  for (const [file, marks] of marksByFile(places)) {
    const source = read(file);
    if (source === null) continue;
    const known = [...marks].filter((line) => line >= 1 && line <= source.length).sort((a, b) => a - b);
    for (const [first, last] of runsOf(known)) frames.push(frameOf(file, source, first, last, marks));
  }
  return frames;
}

function marksByFile(places: readonly Place[]): Map<string, Set<number>> {
  const marks = new Map<string, Set<number>>();
  for (const { file, line } of places) marks.set(file, (marks.get(file) ?? new Set()).add(line));
  return marks;
}

/** First and last marked line of each run that becomes one frame. */
function runsOf(marks: readonly number[]): [number, number][] {
  const runs: [number, number][] = [];
  for (const line of marks) {
    const run = runs.at(-1);
    if (run && line - run[1] - 1 <= 2 * CONTEXT + MERGE_GAP) run[1] = line;
    else runs.push([line, line]);
  }
  return runs;
}

function frameOf(file: string, source: readonly string[], first: number, last: number, marks: Set<number>): CodeFrame {
  const lines: CodeLine[] = [];
  for (let number = Math.max(1, first - CONTEXT); number <= Math.min(source.length, last + CONTEXT); number += 1) {
    const text = (source[number - 1] as string).replaceAll('\t', '  ').trimEnd();
    lines.push({ number, text, marked: marks.has(number) });
  }
  while (isIdle(lines.at(-1))) lines.pop();
  while (isIdle(lines[0])) lines.shift();
  return { file, lines: dedent(lines) };
}

function isIdle(line: CodeLine | undefined): boolean {
  return line !== undefined && !line.marked && ONLY_CLOSES.test(line.text);
}

function dedent(lines: readonly CodeLine[]): CodeLine[] {
  const shared = Math.min(...lines.filter(({ text }) => text !== '').map(({ text }) => text.search(/\S/)));
  return Number.isFinite(shared) ? lines.map((line) => ({ ...line, text: line.text.slice(shared) })) : [...lines];
}

/**
 * Reads source files below `root`, each once until it changes. Never throws: a file that is missing, too large, outside `root`, or no
 * source file is null.
 */
export function sourceReader(root: string): ReadSource {
  const known = new Map<string, { mtimeMs: number; lines: readonly string[] }>();
  return (file) => {
    try {
      const path = realpathSync(resolve(root, file));
      if (!SOURCE_FILE.test(path) || !isBelow(realpathSync(root), path)) return null;
      const { mtimeMs, size } = statSync(path);
      const cached = known.get(path);
      if (cached?.mtimeMs === mtimeMs) return cached.lines;
      if (size > MAX_BYTES) return null;
      const lines = readFileSync(path, 'utf8').split(/\r\n|[\n\r]/);
      if (known.size >= MAX_FILES) known.delete(known.keys().next().value as string);
      known.set(path, { mtimeMs, lines });
      return lines;
    } catch {
      return null;
    }
  };
}

function isBelow(root: string, path: string): boolean {
  const way = relative(root, path);
  return way !== '' && !way.startsWith('..') && !isAbsolute(way);
}
