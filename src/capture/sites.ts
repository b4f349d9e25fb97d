// What a captured stack says: the app's own frames, as they were written. Everything here runs after the response.

import { isSameFunction, siteOf } from '../profile/call-sites.js';
import type { Sites } from '../profile/place-call-sites.js';
import type { CallSite, Frame } from '../profile/types.js';
import type { Stack, Trace } from './call-site.js';
import { isAppFile, isOwnFile, isPrismaRuntime, packageOf, pathNames } from './path-names.js';
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
/** Stacks remembered by their words, of some 400 bytes each: more than the lines of a busy app that are captured often. */
const STACKS_KEPT = 1_000;
/** Stacks granted at `Pool.connect` by one statement that shows no frame of the app. */
const CONNECTS_GRANTED = 8;

export class AppSites {
  readonly #nameOf: (file: string) => string;
  readonly #isWrapper: (frame: Frame) => boolean;
  /** By file as loaders and source maps call it. */
  readonly #origins = new Map<string, Origin>();
  /** By package, those that called it where it took its first client. */
  readonly #callers = new Map<string, readonly string[]>();
  /** What a stack shows, by its words: a loop, or the tests of a file, show the same few again and again. */
  readonly #shown = new Map<string, AppFrames>();
  /** Where a position was written, by the position that ran; null: nobody wrote it. */
  readonly #positions = new Map<string, Position | null>();

  constructor(options: SitesOptions) {
    this.#nameOf = pathNames(options.root, options.pathMap);
    this.#isWrapper = wrapperTest(options.wrappers ?? []);
  }

  /** The call site that a captured stack shows; null where none of its frames is the app's. Formats the stack, so it is called late and once per captured statement. */
  siteOf(stack: unknown): CallSite | null {
    if (!isTrace(stack)) return isStack(stack) ? siteShownBy(this.#read(stack)) : null;
    const { text } = stack;
    const isFirst = isFirstOn(stack);
    const sent = this.#read(stack.sent);
    if (sent.frames.length > 0) {
      text.depth = Math.max(text.depth, sent.depth);
      const through = this.#withCallers(sent.through, stack.connected);
      return through === sent.through ? siteShownBy(sent) : asSite({ ...sent, through });
    }
    const connected = stack.connected === null || !isFirst ? NOTHING : this.#read(stack.connected);
    const elsewhere = connected.frames.length > 0 || stack.answered === null ? connected : this.#read(stack.answered);
    const isFound = elsewhere.frames.length > 0;
    // Hope is lost by looks that showed nothing elsewhere, not by those that were never taken there.
    const looked = stack.connected !== null || stack.answered !== null;
    if (connected.frames.length > 0) siteMemory.connectsTell = true;
    if (isFound) text.way.blind = 1;
    else if (looked) text.way.blind++;
    else text.way.blind = Math.max(text.way.blind, 1);
    if (isSought(text)) siteMemory.connects = Math.max(siteMemory.connects, CONNECTS_GRANTED);
    // What is between the app and there called what is between there and the driver.
    return asSite({ ...elsewhere, through: [...sent.through, ...elsewhere.through] });
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
      siteOf: (stack) => this.siteOf(stack),
      learn: (stack, shape, site) => {
        if (isTrace(stack)) learnSite(stack.text, shape.id, site, entry);
      },
      only: (shape, here) => (here === true ? onlySiteHere(shape.id, entry) : onlySite(shape.id, entry)),
      doubt: (shape) => doubtSite(shape.id, entry),
      ran: (shape, steady) => tellSteady(shape.id, steady, entry),
    };
  }

  /**
   * A library that waits for its client in a `then` is called by nobody when it sends. Which other one called it is seen where it took the client, and
   * remembered, since few such stacks are taken.
   */
  #withCallers(through: readonly string[], connected: Stack | null): readonly string[] {
    const last = through.at(-1);
    if (last === undefined) return through;
    let callers = this.#callers.get(last);
    if (callers === undefined && connected !== null) {
      const seen = this.#read(connected).through;
      callers = seen.slice(seen.lastIndexOf(last) + 1);
      this.#callers.set(last, callers);
    }
    return callers === undefined ? through : [...through, ...callers];
  }

  #read(stack: Stack): AppFrames {
    const read = readStack(stack);
    let shown = this.#shown.get(read.words);
    if (shown === undefined) {
      const written = this.#framesIn(read, false);
      shown = written.frames.length > 0 ? written : this.#framesIn(read, true);
      if (this.#shown.size >= STACKS_KEPT) this.#shown.clear();
      this.#shown.set(read.words, shown);
    }
    return shown;
  }

  /** With `added`, what a compiler added counts as the app's. */
  #framesIn(read: ReadStack, added: boolean): AppFrames {
    const frames: Frame[] = [];
    const through: string[] = [];
    let resolver = false;
    let depth = 0;
    for (const [index, raw] of read.frames.entries()) {
      const frame = this.#frameOf(raw, index, read, added);
      if (frame === null) {
        const { package: name } = raw.file === null ? NOWHERE : this.#originOf(raw.file);
        if (name === null) continue;
        if (frames.length === 0) through.push(name);
        else if (EXECUTORS.has(name) && !raw.async && !resolver) {
          resolver = true;
          depth = index + 1;
        }
        continue;
      }
      if (frames.length === FRAMES_KEPT) break;
      frames.push(frame);
      depth = index + 1;
      dropRepeat(frames);
    }
    const callers = frames.filter((frame) => !this.#isWrapper(frame));
    return { frames: callers.length > 0 ? callers : frames, depth, through, resolver };
  }

  /** As written and named; null where it is not the app's. */
  #frameOf(raw: RawFrame, index: number, read: ReadStack, added: boolean): Frame | null {
    if (raw.file === null || this.#originOf(raw.file).name === null) return null;
    const position = this.#written(raw.file, raw, index, read);
    if (position === null && !added) return null;
    const { file, line, column } = position ?? { file: raw.file, line: raw.line, column: raw.column };
    const { name } = this.#originOf(file);
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

  #originOf(file: string): Origin {
    let origin = this.#origins.get(file);
    if (origin === undefined) {
      origin = this.#newOriginOf(file);
      if (this.#origins.size >= CAPACITY) this.#origins.clear();
      this.#origins.set(file, origin);
    }
    return origin;
  }

  #newOriginOf(file: string): Origin {
    if (isOwnFile(file)) return NOWHERE;
    const name = this.#nameOf(file);
    if (isPrismaRuntime(file)) return { name: null, package: '@prisma/client' };
    if (isAppFile(name)) return { name, package: null };
    const installed = packageOf(file);
    return installed === null || DRIVER.test(installed) ? NOWHERE : { name: null, package: installed };
  }
}

/** Where a client was taken shows who asked for its first statement. Of those that follow it says nothing: they may come from anywhere since. */
function isFirstOn(trace: Trace): boolean {
  const { connected } = trace;
  if (connected === null) return false;
  connected.first ??= trace;
  return connected.first === trace;
}

/** Where a file belongs: to the app, which names it, or to a package; to neither where both are null. */
interface Origin {
  readonly name: string | null;
  readonly package: string | null;
}

const NOWHERE: Origin = { name: null, package: null };

/** What calls resolvers: in Apollo and by itself, in Yoga, in Mercurius. */
const EXECUTORS: ReadonlySet<string> = new Set(['graphql', '@graphql-tools/executor', 'graphql-jit']);

/** The driver, what it is made of, and another copy of queryscope. */
const DRIVER = /^(?:pg(?:-native|-pool|-protocol|-cursor|-query-stream)?|queryscope)$/;

interface AppFrames {
  frames: readonly Frame[];
  /** Frames of the stack down to the last one that said something. */
  depth: number;
  /** The package of each frame further in than the app's. */
  through: readonly string[];
  /** Is a running frame of what calls resolvers further out than one of the app's? */
  resolver: boolean;
  /** What it comes to, once that was asked for: statements of one line share one object. */
  site?: CallSite | null;
}

const NOTHING: AppFrames = { frames: [], depth: 0, through: [], resolver: false };

function siteShownBy(shown: AppFrames): CallSite | null {
  if (shown.site === undefined) shown.site = asSite(shown);
  return shown.site;
}

function asSite({ frames, through, resolver }: AppFrames): CallSite | null {
  const site = siteOf(frames);
  if (site === null) return null;
  if (through.length > 0) site.through = [...new Set(through.toReversed())];
  if (resolver) site.resolver = true;
  return site;
}

/**
 * The position as written; null in what a compiler added (TypeScript's `__awaiter` stands between all async functions below es2017, and only while they are
 * called). Whoever formatted a stack before us knew its source maps; those are not applied twice.
 */
function written(ran: Position, index: number, read: ReadStack): Position | null {
  if (read.formatted) return originalOnDisk(ran) ?? ran;
  const original = originalPosition(ran);
  if (original !== null) return original;
  if (isMapped(ran.file)) return null;
  const reworded = read.reworded(index);
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
