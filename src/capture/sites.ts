// What a captured stack says: the app's own frames, as they were written. Everything here runs after the response.

import { isSameFunction } from '../profile/call-sites.js';
import type { Sites } from '../profile/place-call-sites.js';
import type { Frame } from '../profile/types.js';
import type { Stack, Trace } from './call-site.js';
import { isAppFile, pathNames, posixPath } from './path-names.js';
import { doubtSite, isSought, learnSite, onlySite, onlySiteHere, siteMemory, tellSteady } from './site-memory.js';
import { isMapped, originalOnDisk, originalPosition, type Position } from './source-map.js';
import { type RawFrame, type ReadStack, readStack } from './stack-frames.js';
import { wrapperTest } from './wrappers.js';

/** How frames are named and which of them count. */
export interface SitesOptions {
  /** Directory that files are named from. */
  root: string;
  /** Prefixes of files as they run, and what they are called instead. */
  pathMap?: Readonly<Record<string, string>>;
  /** The app's own query wrappers: file globs and function names. */
  wrappers?: readonly string[];
}

/** App frames kept of a stack: a loop, and the wrapper, repository and service between it and the driver, with room to spare. */
const FRAMES_KEPT = 8;
/** Names and positions remembered: more than the files that one process runs, unless a loader gives each version of a file a new URL. */
const CAPACITY = 10_000;
/** Stacks granted at `Pool.connect` by one statement that shows no frame of the app. */
const CONNECTS_GRANTED = 8;

export class AppSites {
  readonly #nameOf: (file: string) => string;
  readonly #isWrapper: (frame: Frame) => boolean;
  /** By file as loaders and source maps call it; null: not the app's. */
  readonly #names = new Map<string, string | null>();
  /** Where a position was written, by the position that ran; null: nobody wrote it. */
  readonly #positions = new Map<string, Position | null>();

  constructor(options: SitesOptions) {
    this.#nameOf = pathNames(options.root, options.pathMap);
    this.#isWrapper = wrapperTest(options.wrappers ?? []);
  }

  /**
   * App frames of a captured stack, innermost first; [] where it has none. Formats the stack, so it is called late and once per
   * captured statement.
   */
  framesOf(stack: unknown): readonly Frame[] {
    if (!isTrace(stack)) return isStack(stack) ? this.#read(stack).frames : [];
    const { text } = stack;
    const sent = this.#read(stack.sent);
    if (sent.frames.length > 0) {
      text.depth = Math.max(text.depth, sent.depth);
      return sent.frames;
    }
    const connected = stack.connected === null ? [] : this.#read(stack.connected).frames;
    const elsewhere = connected.length > 0 || stack.answered === null ? connected : this.#read(stack.answered).frames;
    // Hope is lost by looks that showed nothing elsewhere, not by those that were never taken there.
    const looked = stack.connected !== null || stack.answered !== null;
    if (connected.length > 0) siteMemory.connectsTell = true;
    if (elsewhere.length > 0) text.way.blind = 1;
    else if (looked) text.way.blind++;
    else text.way.blind = Math.max(text.way.blind, 1);
    if (isSought(text)) siteMemory.connects = Math.max(siteMemory.connects, CONNECTS_GRANTED);
    return elsewhere;
  }

  /** The frames of the app that a statement shows as it is sent, innermost first, one a line and without columns; '' where it shows none. */
  placeOf({ sent, connected }: Trace): string {
    for (const stack of connected === null ? [sent] : [sent, connected]) {
      const { frames } = this.#read(stack);
      if (frames.length > 0) return frames.map(({ file, line }) => `${file}:${line}`).join('\n');
    }
    return '';
  }

  /** The same with what is remembered, for a scope of this entry; null where the scope was opened for nothing that has a name. */
  in(entry: number | null): Sites {
    return {
      framesOf: (stack) => this.framesOf(stack),
      learn: (stack, shape, site) => {
        if (isTrace(stack)) learnSite(stack.text, shape.id, site, entry);
      },
      only: (shape, here) => (here === true ? onlySiteHere(shape.id, entry) : onlySite(shape.id, entry)),
      doubt: (shape) => doubtSite(shape.id, entry),
      ran: (shape, steady) => tellSteady(shape.id, steady, entry),
    };
  }

  #read(stack: Stack): AppFrames {
    const read = readStack(stack);
    const written = this.#framesIn(read, false);
    return written.frames.length > 0 ? written : this.#framesIn(read, true);
  }

  /** With `added`, what a compiler added counts as the app's. */
  #framesIn(read: ReadStack, added: boolean): AppFrames {
    const frames: Frame[] = [];
    let depth = 0;
    for (const [index, raw] of read.frames.entries()) {
      const frame = this.#frameOf(raw, index, read, added);
      if (frame === null) continue;
      if (frames.length === FRAMES_KEPT) break;
      frames.push(frame);
      depth = index + 1;
      dropRepeat(frames);
    }
    const callers = frames.filter((frame) => !this.#isWrapper(frame));
    return { frames: callers.length > 0 ? callers : frames, depth };
  }

  /** As written and named; null where it is not the app's. */
  #frameOf(raw: RawFrame, index: number, read: ReadStack, added: boolean): Frame | null {
    if (raw.file === null || this.#appName(raw.file) === null) return null;
    const position = this.#written(raw.file, raw, index, read);
    if (position === null && !added) return null;
    const { file, line, column } = position ?? { file: raw.file, line: raw.line, column: raw.column };
    const name = this.#appName(file);
    return name === null
      ? null
      : {
          file: name,
          line,
          column,
          function: raw.function,
          ...(raw.place === undefined ? {} : { place: raw.place }),
          ...(raw.async ? { async: true } : {}),
        };
  }

  /** A loop shows the same few positions again and again; asking a formatter for them costs more than all the rest. */
  #written(file: string, raw: RawFrame, index: number, read: ReadStack): Position | null {
    const key = `${file}:${raw.line}:${raw.column}`;
    let position = this.#positions.get(key);
    if (position === undefined) {
      position = written({ file, line: raw.line, column: raw.column }, index, read);
      if (this.#positions.size >= CAPACITY) this.#positions.clear();
      this.#positions.set(key, position);
    }
    return position;
  }

  #appName(file: string): string | null {
    let name = this.#names.get(file);
    if (name === undefined) {
      const isOwn = OWN_DIRECTORY !== null && posixPath(file).startsWith(OWN_DIRECTORY);
      name = !isOwn && isAppFile(this.#nameOf(file)) ? this.#nameOf(file) : null;
      if (this.#names.size >= CAPACITY) this.#names.clear();
      this.#names.set(file, name);
    }
    return name;
  }
}

interface AppFrames {
  frames: readonly Frame[];
  /** Frames of the stack down to the last of them. */
  depth: number;
}

/** Where queryscope's own files lie, with a slash; null inside a bundle, where it has no files of its own. */
const OWN_DIRECTORY = /^(.*\/)capture\/sites\.[jt]s$/.exec(posixPath(__filename))?.[1] ?? null;

/**
 * The position as written; null in what a compiler added (TypeScript's `__awaiter` stands between all async functions below es2017, and only while they are
 * called). Whoever formatted a stack before us knew its source maps; those are not applied twice.
 */
function written(ran: Position, index: number, read: ReadStack): Position | null {
  if (read.formatted) return originalOnDisk(ran) ?? ran;
  const original = originalPosition(ran);
  if (original !== null) return original;
  if (isMapped(ran.file)) return null;
  const reworded = read.reworded()?.[index];
  return reworded?.file == null ? ran : { file: reworded.file, line: reworded.line, column: reworded.column };
}

/**
 * Drops the outer one of two equal runs of functions at the end: recursion adds a run a level, and its depth is not part of
 * where a statement comes from.
 */
function dropRepeat(frames: Frame[]): void {
  for (let length = 1; length * 2 <= frames.length; length++) {
    const outer = frames.slice(-length);
    const inner = frames.slice(-2 * length, -length);
    if (outer.every((frame, at) => sameFunction(frame, inner[at] as Frame))) {
      frames.length -= length;
      return;
    }
  }
}

/** Without a name or a known place only the line tells functions apart. */
function sameFunction(a: Frame, b: Frame): boolean {
  return isSameFunction(a, b) && (a.function !== null || a.place !== undefined || a.line === b.line);
}

function isStack(stack: unknown): stack is Stack {
  return typeof stack === 'object' && stack !== null && 'stack' in stack;
}

/** Not by class: two copies of queryscope in one process read each other's captures. */
function isTrace(stack: unknown): stack is Trace {
  return typeof stack === 'object' && stack !== null && 'sent' in stack && 'text' in stack;
}
