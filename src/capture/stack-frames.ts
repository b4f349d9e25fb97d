// Reads a captured stack: as V8's own call sites where possible, because the text of a stack is whatever the app, its loader or its
// test runner made of it. Files and positions are still those that ran; source-map.ts and path-names.ts come after.

import { runInThisContext } from 'node:vm';
import type { Stack } from './call-site.js';

/** One frame as it ran. */
export interface RawFrame {
  /** Path or URL; null for a frame without a file, such as Array.map or Promise.all. */
  file: string | null;
  /** 1-based; 0 where there is none. */
  line: number;
  /** 1-based; 0 where there is none. */
  column: number;
  function: string | null;
  /** Of a function without a name: where it begins, `line:column`; absent where V8 does not tell. */
  place?: string;
  async: boolean;
}

export interface ReadStack {
  /** All that the stack says, in words: what is made of equal ones is equal. */
  readonly words: string;
  /** Innermost first, none left out. */
  readonly frames: readonly RawFrame[];
  /** True where only a text was to be had, made by someone who may have applied source maps already. */
  formatted: boolean;
  /**
   * One of the frames as the formatter of the app's process words it: where its source maps are known to nobody else (a test runner's, a require hook's), its
   * positions are the original ones. Null where there is none, or it drops the frame.
   */
  reworded(index: number): RawFrame | null;
}

type Formatter = NonNullable<typeof Error.prepareStackTrace>;

/** Where tests run in a context of their own, as Jest's do, Node has their stacks formatted by the process's formatter, which knows the source maps. */
const MainError = runInThisContext('Error') as ErrorConstructor;

/** Reads a stack; asked again, it answers the same: V8 formats one once, and a proof reads it while the statement is still under way. Leaves `Error.prepareStackTrace` as it was. */
export function readStack(stack: Stack): ReadStack {
  stack.read ??= format(stack);
  return stack.read;
}

function format(stack: Stack): ReadStack {
  const theirs = Object.getOwnPropertyDescriptor(Error, 'prepareStackTrace');
  const callSites: NodeJS.CallSite[] = [];
  let text: unknown;
  // Where the app has frozen its intrinsics this does nothing, and a text comes out.
  Reflect.defineProperty(Error, 'prepareStackTrace', {
    configurable: true,
    writable: true,
    value: (_error: Error, sites: NodeJS.CallSite[]) => callSites.push(...sites),
  });
  try {
    text = stack.stack;
  } finally {
    if (theirs === undefined) Reflect.deleteProperty(Error, 'prepareStackTrace');
    else Reflect.defineProperty(Error, 'prepareStackTrace', theirs);
  }
  if (typeof text === 'string') {
    return { words: text, frames: framesOfText(text), formatted: true, reworded: () => null };
  }
  const formatter: unknown = theirs?.value ?? MainError.prepareStackTrace;
  let frames: RawFrame[] | null = null;
  return {
    words: wordsOf(callSites),
    // Most stacks were read before: their words are all that is asked for.
    get frames() {
      frames ??= callSites.map(frameOf);
      return frames;
    },
    formatted: false,
    reworded: (index) =>
      typeof formatter === 'function'
        ? rewordedBy(formatter as Formatter, stack, callSites[index] as NodeJS.CallSite)
        : null,
  };
}

function wordsOf(callSites: readonly NodeJS.CallSite[]): string {
  let words = '';
  for (const site of callSites) {
    const file = numberOf(site.getFileName() ?? site.getScriptNameOrSourceURL() ?? '');
    words += `${file}:${site.getLineNumber()}:${site.getColumnNumber()} ${site.isAsync()} ${site.getFunctionName()}\n`;
  }
  return words;
}

/** Numbers stand for files in words, since URLs would be most of them. No number is given twice. */
const numbers = new Map<string, number>();
const FILES_KEPT = 10_000;
let numbered = 0;

function numberOf(file: string): number {
  let number = numbers.get(file);
  if (number === undefined) {
    if (numbers.size >= FILES_KEPT) numbers.clear();
    number = ++numbered;
    numbers.set(file, number);
  }
  return number;
}

/** Node's types do not know these two of V8. */
interface Enclosed {
  getEnclosingLineNumber?(): number | null;
  getEnclosingColumnNumber?(): number | null;
}

function frameOf(site: NodeJS.CallSite & Enclosed): RawFrame {
  const name = site.getFunctionName() || null;
  return {
    file: site.getFileName() ?? site.getScriptNameOrSourceURL() ?? null,
    line: site.getLineNumber() ?? 0,
    column: site.getColumnNumber() ?? 0,
    function: name,
    ...(name === null && site.getEnclosingLineNumber
      ? { place: `${site.getEnclosingLineNumber()}:${site.getEnclosingColumnNumber?.()}` }
      : {}),
    async: site.isAsync(),
  };
}

/** By itself, since a formatter looks each frame up, and few of them are asked for. */
function rewordedBy(formatter: Formatter, stack: Stack, callSite: NodeJS.CallSite): RawFrame | null {
  try {
    const text: unknown = formatter(stack as Error, [callSite]);
    const frames = typeof text === 'string' ? framesOfText(text) : [];
    return frames.length === 1 ? (frames[0] as RawFrame) : null;
  } catch {
    return null; // A formatter for real errors only. Its frames were a second opinion.
  }
}

/** The frames of a stack's text, as V8 words them: `at async load [as find] (file:1:2)`, `at file:1:2`. */
export function framesOfText(text: string): RawFrame[] {
  return text.split('\n').flatMap((line) => {
    const [, async, rest] = /^\s*at (async )?(.+)$/.exec(line) ?? [];
    return rest === undefined ? [] : [frameOfText(rest, async !== undefined)];
  });
}

function frameOfText(text: string, async: boolean): RawFrame {
  const [, name, inner] = /^(.*?) \((.*)\)$/.exec(text) ?? [];
  const [, file, line, column] = /^(.+):(\d+):(\d+)$/.exec(inner ?? text) ?? [];
  if (file === undefined || file === 'native' || file.startsWith('<') || file.startsWith('eval at ')) {
    return { file: null, line: 0, column: 0, function: name === undefined ? null : functionName(name), async };
  }
  return {
    file,
    line: Number(line),
    column: Number(column),
    function: name === undefined ? null : functionName(name),
    async,
  };
}

/** `new Chats` → `Chats`, `Chats.list [as all]` → `list`, `Object.<anonymous>` → null: what V8 names the function itself. */
function functionName(words: string): string | null {
  const name = words
    .replace(/ \[as .*\]$/, '')
    .replace(/^new /, '')
    .replace(/^.*\./, '');
  return name === '' || name === '<anonymous>' ? null : name;
}
