// The one door to this folder: a text goes in, its statements come out, each with shape, anatomy and the places its
// values come from. What was seen before is remembered, within bounds.

import { anatomyIn, anatomyOf, NO_ANATOMY, type ShapeAnatomy } from './anatomy.js';
import { BoundedCache, type CacheLimits } from './bounded-cache.js';
import { digestOf } from './digest.js';
import { createTokens, lex, type Tokens } from './lexer.js';
import type { NormalForm } from './normal-form.js';
import { Normaliser, normalise } from './normalise.js';
import { Sanitiser, sanitise } from './sanitise.js';
import { textOf } from './shape-text.js';
import { Splitter, split } from './split.js';
import type { Anatomy, ParsedStatement, ParsedText, Shape } from './text.js';

/** The version of the rules that turn a text into a shape. Raised with every release in which one text's shape changes, as keys of findings do then. */
export const SHAPE_VERSION = 1;

/** How much a parser remembers. */
export interface ParserLimits {
  texts: CacheLimits;
  shapes: CacheLimits;
  /** The most parts of one statement's shape. */
  parts: number;
}

/**
 * An application sends some hundred different texts; ORMs that inline literals send a new one each time, and must not fill the memory.
 * 4 MB of text and 2 MB of shapes hold the first and stop the second.
 */
export const PARSER_LIMITS: Readonly<ParserLimits> = {
  texts: { entries: 10_000, characters: 4_000_000 },
  shapes: { entries: 10_000, characters: 2_000_000 },
  // What a shape says is read in one stretch: 3 ms for so many parts. Lists have one item there, so nobody writes more by hand.
  parts: 16_000,
};

/** Where shapes are remembered, and how large they may be. */
interface Reader {
  shapes: BoundedCache<KnownShape> | null;
  parts: number;
}

const UNBOUNDED: Reader = { shapes: null, parts: Number.POSITIVE_INFINITY };

export interface Parser {
  (text: string): ParsedText;
  /** The same with pauses: no stretch between two of them grows with the text. */
  inSlices(text: string): Generator<void, ParsedText>;
}

/** A parser with a memory of its own. */
export function createParser(limits: Readonly<ParserLimits> = PARSER_LIMITS): Parser {
  const texts = new BoundedCache<ParsedText>(limits.texts);
  const reader = { shapes: new BoundedCache<KnownShape>(limits.shapes), parts: limits.parts };
  const parser = (text: string): ParsedText => {
    const known = texts.get(text);
    if (known !== undefined) return known;
    const parsed = parseWith(reader, text);
    texts.set(text, parsed);
    return parsed;
  };
  parser.inSlices = function* inSlices(text: string): Generator<void, ParsedText> {
    const known = texts.get(text);
    if (known !== undefined) return known;
    const parsed = yield* parseSliced(reader, text);
    texts.set(text, parsed);
    return parsed;
  };
  return parser;
}

/**
 * The statements of a text. Never throws, takes time linear in the text, and answers a text it has seen with the same object. A text that
 * cannot be read (unbalanced, or over `MAX_TOKENS`, `MAX_DEPTH` or the limit of parts) is one statement whose shape is `?`.
 */
export const parse: Parser = createParser();

/** The same without a memory, and with shapes of any size: every call reads the text anew. */
export function parseText(text: string): ParsedText {
  return parseWith(UNBOUNDED, text);
}

interface KnownShape {
  shape: Shape;
  common: ShapeAnatomy;
}

/**
 * The most tokens that are read of one text. A statement can bind 65,535 parameters, the protocol's most, and takes four tokens for each
 * (`$1::int,`); what is longer holds its values inline, and reading it would hold up the process for longer than it is worth.
 */
export const MAX_TOKENS = 300_000;

/** Token arrays for texts up to this many tokens are used again; larger ones are left to the garbage collector. */
const KEPT_TOKENS = 16_384;
let spare = createTokens(256);

function parseWith(reader: Reader, text: string): ParsedText {
  const tokens = lex(text, spare, MAX_TOKENS);
  if (tokens.kinds.length > KEPT_TOKENS) spare = createTokens(256);
  if (tokens.unbalancedAt >= 0 || tokens.cut) return unreadable(text);

  const statements: ParsedStatement[] = [];
  const ranges = split(text, tokens);
  for (let i = 0; i < ranges.length; i += 2) {
    const statement = statementOf(reader, text, tokens, ranges[i] as number, ranges[i + 1] as number);
    if (statement === null) return unreadable(text);
    statements.push(statement);
  }
  if (statements.length === 0) statements.push(EMPTY);
  return { statements, unreadable: false };
}

/** Tokens between two pauses: to find takes 40 ns each, to read ten times that. */
const FOUND_AT_ONCE = 4_096;
const READ_AT_ONCE = 2_048;

function* parseSliced(reader: Reader, text: string): Generator<void, ParsedText> {
  const tokens = createTokens(256);
  for (let most = FOUND_AT_ONCE, goOn = false; ; most += FOUND_AT_ONCE, goOn = true) {
    lex(text, tokens, Math.min(most, MAX_TOKENS), goOn);
    yield;
    if (!tokens.cut || most >= MAX_TOKENS) break;
  }
  if (tokens.unbalancedAt >= 0 || tokens.cut) return unreadable(text);

  const splitter = new Splitter(text, tokens);
  let ranges: number[] = [];
  for (let at = 0; at < tokens.count; yield) {
    at = Math.min(at + FOUND_AT_ONCE, tokens.count);
    ranges = splitter.take(at);
  }
  const statements: ParsedStatement[] = [];
  let read = 0;
  for (let i = 0; i < ranges.length; i += 2) {
    const [from, to] = [ranges[i] as number, ranges[i + 1] as number];
    const statement =
      to - from > READ_AT_ONCE
        ? yield* statementSliced(reader, text, tokens, from, to)
        : statementOf(reader, text, tokens, from, to);
    if (statement === null) return unreadable(text);
    statements.push(statement);
    // A short statement of a new shape takes as long as 64 tokens more.
    read += to - from + 64;
    if (read < READ_AT_ONCE) continue;
    yield;
    read = 0;
  }
  if (statements.length === 0) statements.push(EMPTY);
  return { statements, unreadable: false };
}

function* statementSliced(
  reader: Reader,
  text: string,
  tokens: Tokens,
  from: number,
  to: number,
): Generator<void, ParsedStatement | null> {
  const normaliser = new Normaliser(text, tokens, from, to);
  const sanitiser = new Sanitiser(text, tokens, from);
  let sanitised = '';
  for (let at = from; at < to; yield) {
    at = Math.min(at + READ_AT_ONCE, to);
    if (!normaliser.take(at)) return null;
    sanitised = sanitiser.take(at);
  }
  const form = normaliser.form();
  if (form.parts.length > reader.parts) return null;
  const known = shapeOf(reader, form);
  yield;
  return statementWith(known, form, text.slice(tokens.starts[from], tokens.ends[to - 1]), sanitised);
}

function statementOf(reader: Reader, text: string, tokens: Tokens, from: number, to: number): ParsedStatement | null {
  const form = normalise(text, tokens, from, to);
  if (form === null || form.parts.length > reader.parts) return null;
  const known = shapeOf(reader, form);
  const sql = text.slice(tokens.starts[from], tokens.ends[to - 1]);
  return statementWith(known, form, sql, sanitise(text, tokens, from, to));
}

function statementWith(
  { shape, common }: KnownShape,
  form: NormalForm,
  sql: string,
  sanitised: string,
): ParsedStatement {
  return { sql, sanitised, shape, anatomy: anatomyIn(common, form), inputs: form.inputs };
}

function shapeOf({ shapes }: Reader, form: NormalForm): KnownShape {
  const text = textOf(form);
  const known = shapes?.get(text);
  if (known !== undefined) return known;
  const common = anatomyOf({ ...form, parts: cutFrom(text, form.parts) });
  const made = { shape: { id: digestOf(text), text, ...common.shape }, common };
  shapes?.set(text, made);
  return made;
}

/** The same parts as slices of the shape's text: a name cut from the statement's own text would keep all of it, values included, in memory. */
function cutFrom(text: string, parts: readonly string[]): string[] {
  let end = 0;
  return parts.map((part) => {
    const start = text.startsWith(' ', end) ? end + 1 : end;
    end = start + part.length;
    return text.slice(start, end);
  });
}

/** Keeps nothing of the text but the text: not even its verb can be trusted. */
function unreadable(text: string): ParsedText {
  return { statements: [{ ...bare('?', 'other'), sql: text.trim() }], unreadable: true };
}

function bare(text: string, verb: 'other' | 'empty'): ParsedStatement {
  const shape: Shape = { id: digestOf(text), text, verb, reads: [], writes: [], locks: false, slots: [] };
  const anatomy: Anatomy = NO_ANATOMY;
  return { sql: text, sanitised: text, shape, anatomy, inputs: [] };
}

const EMPTY: ParsedStatement = bare('', 'empty');
