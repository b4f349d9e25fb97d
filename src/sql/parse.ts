// The one door to this folder: a text goes in, its statements come out, each with shape, anatomy and the places its
// values come from. What was seen before is remembered, within bounds.

import { anatomyIn, anatomyOf, NO_ANATOMY, type ShapeAnatomy } from './anatomy.js';
import { BoundedCache, type CacheLimits } from './bounded-cache.js';
import { digestOf } from './digest.js';
import { createTokens, lex, type Tokens } from './lexer.js';
import type { NormalForm } from './normal-form.js';
import { normalise } from './normalise.js';
import { sanitise } from './sanitise.js';
import { textOf } from './shape-text.js';
import { split } from './split.js';
import type { Anatomy, ParsedStatement, ParsedText, Shape } from './text.js';

/** The version of the rules that turn a text into a shape. Raised with every release in which one text's shape changes, as keys of findings do then. */
export const SHAPE_VERSION = 1;

/** How much a parser remembers. */
export interface ParserLimits {
  texts: CacheLimits;
  shapes: CacheLimits;
}

/**
 * An application sends some hundred different texts; ORMs that inline literals send a new one each time, and must not fill the memory.
 * 4 MB of text and 2 MB of shapes hold the first and stop the second.
 */
export const PARSER_LIMITS: Readonly<ParserLimits> = {
  texts: { entries: 10_000, characters: 4_000_000 },
  shapes: { entries: 10_000, characters: 2_000_000 },
};

/** A parser with a memory of its own. */
export function createParser(limits: Readonly<ParserLimits> = PARSER_LIMITS): (text: string) => ParsedText {
  const texts = new BoundedCache<ParsedText>(limits.texts);
  const shapes = new BoundedCache<KnownShape>(limits.shapes);
  return (text) => {
    const known = texts.get(text);
    if (known !== undefined) return known;
    const parsed = parseWith(shapes, text);
    texts.set(text, parsed);
    return parsed;
  };
}

/**
 * The statements of a text. Never throws, takes time linear in the text, and answers a text it has seen with the same object. A text that
 * cannot be read (unbalanced, or over `MAX_TOKENS` or `MAX_DEPTH`) is one statement whose shape is `?`.
 */
export const parse: (text: string) => ParsedText = createParser();

/** The same without a memory: every call reads the text anew. */
export function parseText(text: string): ParsedText {
  return parseWith(null, text);
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

function parseWith(shapes: BoundedCache<KnownShape> | null, text: string): ParsedText {
  const tokens = lex(text, spare, MAX_TOKENS);
  if (tokens.kinds.length > KEPT_TOKENS) spare = createTokens(256);
  if (tokens.unbalancedAt >= 0 || tokens.cut) return unreadable(text);

  const statements: ParsedStatement[] = [];
  const ranges = split(text, tokens);
  for (let i = 0; i < ranges.length; i += 2) {
    const statement = statementOf(shapes, text, tokens, ranges[i] as number, ranges[i + 1] as number);
    if (statement === null) return unreadable(text);
    statements.push(statement);
  }
  if (statements.length === 0) statements.push(EMPTY);
  return { statements, unreadable: false };
}

function statementOf(
  shapes: BoundedCache<KnownShape> | null,
  text: string,
  tokens: Tokens,
  from: number,
  to: number,
): ParsedStatement | null {
  const form = normalise(text, tokens, from, to);
  if (form === null) return null;
  const { shape, common } = shapeOf(shapes, form);
  const sql = text.slice(tokens.starts[from], tokens.ends[to - 1]);
  return {
    sql,
    sanitised: sanitise(text, tokens, from, to),
    shape,
    anatomy: anatomyIn(common, form),
    inputs: form.inputs,
  };
}

function shapeOf(shapes: BoundedCache<KnownShape> | null, form: NormalForm): KnownShape {
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
