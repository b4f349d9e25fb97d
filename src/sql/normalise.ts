// From tokens to normal form, in one pass: values leave, case folds, lists shrink to one item, generated names lose their
// numbers.

import { renumber } from './aliases.js';
import { isReserved, needsQuotes, opensOperand } from './keywords.js';
import { Kind, lex, type Tokens } from './lexer.js';
import { numberOf, stringOf } from './literal.js';
import { type NormalForm, nameOf, Part } from './normal-form.js';
import type { SlotInput } from './text.js';

/**
 * PostgreSQL's grammar gives up at 10,000 open brackets ("memory exhausted", bison's YYMAXDEPTH), so no deeper text can ever run.
 */
export const MAX_DEPTH = 10_000;

const Bracket = {
  /** An expression, a query, arguments. */
  plain: 0,
  /** The items of `IN (…)` or `ARRAY[…]`: equal neighbours merge. */
  items: 1,
  /** One row of `VALUES`: it is itself the item that may equal its neighbour. */
  row: 2,
  /** Arguments that are arrays of values: `ANY(…)`, `unnest(…)`. */
  arrays: 3,
} as const;

type Bracket = (typeof Bracket)[keyof typeof Bracket];

const Clause = { other: 0, from: 1, on: 2 } as const;
type Clause = (typeof Clause)[keyof typeof Clause];

/** An open bracket, and the run of equal items at its own level. Frames are reused from statement to statement. */
class Frame {
  bracket: Bracket = Bracket.plain;
  square = false;
  /** Are aliases declared here (FROM), or can a comma lead back to where they are (ON)? */
  clause: Clause = Clause.other;
  /** Where the current item begins. */
  part = 0;
  slot = 0;
  /** Queries begun when this bracket opened. */
  queries = 0;
  /** Does a slot in here stand for a list even where there is one item only? */
  alwaysList = false;
  /** The item before: parts [previousPart, previousEnd), slots from previousSlot; −1: none. */
  previousPart = -1;
  previousEnd = 0;
  previousSlot = 0;
  previousIsList = false;

  reset(bracket: Bracket, square: boolean, clause: Clause, part: number, slot: number, queries: number): void {
    this.bracket = bracket;
    this.square = square;
    this.clause = clause;
    this.part = part;
    this.slot = slot;
    this.queries = queries;
    this.alwaysList = bracket === Bracket.items;
    this.previousPart = -1;
  }
}

const spareFrames: Frame[] = [];

function frameAt(frames: Frame[], depth: number): Frame {
  while (frames.length <= depth) frames.push(new Frame());
  return frames[depth] as Frame;
}

const HIDDEN: SlotInput = Object.freeze({ kind: 'hidden' });
const NULL: SlotInput = Object.freeze({ kind: 'literal', value: null });
const TRUE: SlotInput = Object.freeze({ kind: 'literal', value: true });
const FALSE: SlotInput = Object.freeze({ kind: 'literal', value: false });
const PARAMETERS: readonly SlotInput[] = Array.from({ length: 100 }, (_, number) =>
  Object.freeze({ kind: 'parameter', number }),
);

/**
 * Operators glued to the `?` of a sanitised text, as in `id=?` and `?=?`: of PostgreSQL's own only `@?` ends so, and only `?-` and `?|` can
 * begin an expression.
 */
const HIDDEN_LAST = /^(?!@\?$)[^?]+\?$/;
const HIDDEN_FIRST = /^\?(?![-|]$)./;
/** Words before a VALUES that opens a query. */
const SET_OPERATIONS = new Set(['union', 'intersect', 'except', 'all', 'distinct']);
/** Unreserved words that follow a value and begin none: `fetch next ? rows only`. */
const FOLLOWERS = new Set(['row', 'rows']);
/** Unreserved words that a table's name follows, not its alias: `UPDATE t1`, `INTO TEMP t1`. */
const BEFORE_TABLE = new Set(['update', 'temp', 'temporary', 'unlogged']);
/** What texts with aliases begin with; in any other a number at a name's end is part of it: `USING INDEX t_key2`. */
const ALIASING = new Set(
  'select insert update delete merge with values table ( explain declare copy prepare'.split(' '),
);
/** Words that begin an operand though no name may be spelt like them. */
const RESERVED_OPERANDS = new Set(
  'all any array case cast current_date current_timestamp false not null some true'.split(' '),
);

/** Brings tokens [from, to) of `text` into normal form; null where brackets nest deeper than PostgreSQL can read. */
export function normalise(text: string, tokens: Tokens, from: number, to: number): NormalForm | null {
  const normaliser = new Normaliser(text, tokens, from, to, spareFrames);
  return normaliser.take(to) ? normaliser.form() : null;
}

/** The same, a part of the tokens at a time. */
export class Normaliser {
  private readonly parts: string[] = [];
  private readonly kinds: Part[] = [];
  private readonly inputs: SlotInput[] = [];
  private readonly lists: boolean[] = [];
  private depth = 0;
  private frame: Frame;
  private at: number;
  /** Queries (SELECT …) begun so far. */
  private queries = 0;
  /** Does an operand end at the last part, so that a `-` after it subtracts? */
  private afterOperand = false;
  /** Is the last part the sign of what follows? */
  private afterSign = false;
  /** Where aliases that end in digits are declared. */
  private aliases: number[] | null = null;

  constructor(
    private readonly text: string,
    private readonly tokens: Tokens,
    from: number,
    private readonly to: number,
    /** Of nobody else until it is done. */
    private readonly frames: Frame[] = [],
  ) {
    this.at = from;
    this.frame = frameAt(frames, 0);
    this.frame.reset(Bracket.plain, false, Clause.other, 0, 0, 0);
  }

  /** Takes the tokens before `until`. False: too deep. */
  take(until: number): boolean {
    const { text, tokens } = this;
    const { kinds, starts, ends } = tokens;
    for (let i = this.at; i < until; i++) {
      const start = starts[i] as number;
      const end = ends[i] as number;
      switch (kinds[i]) {
        case Kind.word:
          this.word(foldCase(text.slice(start, end)), i);
          break;
        case Kind.quoted: {
          const name = text.slice(start, end);
          if (needsQuotes(name)) this.name(name, Part.quoted, i);
          else this.name(name.slice(1, -1), Part.word, i);
          break;
        }
        case Kind.number:
          this.number(text.slice(start, end));
          break;
        case Kind.string:
          this.value({ kind: 'literal', value: stringOf(text, start, end) });
          break;
        case Kind.parameter:
          this.value(parameter(Number(text.slice(start + 1, end))));
          break;
        case Kind.operator:
          this.operator(text.slice(start, end), i);
          break;
        case Kind.punctuation:
          if (!this.punctuation(text.slice(start, end), i)) return false;
          break;
        default:
          this.push(text.slice(start, end), Part.operator, false);
      }
    }
    this.at = until;
    return true;
  }

  /** What all its tokens have come to. */
  form(): NormalForm {
    const savepoint = this.namedSavepoint();
    if (this.aliases !== null && ALIASING.has(this.parts[0] as string)) renumber(this.parts, this.kinds, this.aliases);
    return { parts: this.parts, kinds: this.kinds, inputs: this.inputs, lists: this.lists, savepoint };
  }

  private push(part: string, kind: Part, operand: boolean): void {
    this.parts.push(part);
    this.kinds.push(kind);
    this.afterOperand = operand;
    this.afterSign = false;
  }

  private value(input: SlotInput): void {
    this.push('?', Part.value, true);
    this.inputs.push(input);
    this.lists.push(this.frame.bracket === Bracket.arrays);
  }

  private last(back = 1): string | undefined {
    return this.parts[this.parts.length - back];
  }

  private word(word: string, token: number): void {
    const last = this.last();
    // after a dot or AS any word is a name: `t.null`, `as true`
    if (last === '.') {
      this.push(word, Part.word, true);
      return;
    }
    if (last !== 'as') {
      const constant = word === 'null' ? NULL : word === 'true' ? TRUE : word === 'false' ? FALSE : null;
      if (constant !== null && !this.isTested(word, last)) {
        this.value(constant);
        return;
      }
    }
    this.enterClause(word, last);
    this.name(word, Part.word, token);
  }

  /** NULL in `IS NULL`, `IS NOT NULL` and a column's `NOT NULL` is part of the syntax; so are TRUE and FALSE after IS. */
  private isTested(word: string, last: string | undefined): boolean {
    if (last === 'not') return word === 'null' || this.last(2) === 'is';
    return last === 'is';
  }

  private enterClause(word: string, last: string | undefined): void {
    switch (word) {
      case 'select':
        this.queries++;
        this.frame.clause = Clause.other;
        break;
      case 'from':
      case 'join':
      case 'using':
      case 'update':
      case 'into':
        if (last !== 'distinct') this.frame.clause = Clause.from;
        break;
      case 'on':
        if (this.frame.clause === Clause.from) this.frame.clause = Clause.on;
        break;
      case 'where':
      case 'set':
      case 'group':
      case 'having':
      case 'order':
      case 'limit':
      case 'returning':
      case 'window':
      case 'union':
      case 'values':
        this.frame.clause = Clause.other;
    }
  }

  private name(name: string, kind: Part, token: number): void {
    const aliased = endsInDigit(name, kind) && this.isAlias(token);
    this.push(name, kind, kind === Part.quoted || !opensOperand(name));
    if (aliased) {
      this.aliases ??= [];
      this.aliases.push(this.parts.length - 1);
    }
  }

  /** Would a name pushed now be the alias of a table? */
  private isAlias(token: number): boolean {
    if (this.frame.clause !== Clause.from || this.parts.length === 0) return false;
    const last = this.last() as string;
    const kind = this.kinds[this.kinds.length - 1];
    const next = this.markAt(token + 1);
    if (next === '.') return false;
    if (last === 'as' || last === ')') return true;
    return (
      next !== '(' && (kind === Part.quoted || (kind === Part.word && !isReserved(last) && !BEFORE_TABLE.has(last)))
    );
  }

  /** The first character of a punctuation token; empty for any other and past the end. */
  private markAt(token: number): string {
    const isMark = token < this.to && this.tokens.kinds[token] === Kind.punctuation;
    return isMark ? this.text.charAt(this.tokens.starts[token] as number) : '';
  }

  private number(source: string): void {
    let negative = false;
    if (this.afterSign) {
      negative = this.parts.pop() === '-';
      this.kinds.pop();
    }
    this.value({ kind: 'literal', value: numberOf(source, negative) });
  }

  private operator(operator: string, token: number): void {
    if (operator === '?' && (this.last() === 'interval' || !(this.afterOperand && this.startsOperand(token + 1)))) {
      this.value(HIDDEN);
      return;
    }
    if (!this.afterOperand && HIDDEN_FIRST.test(operator)) {
      this.value(HIDDEN);
      this.operators(operator.slice(1), token);
      return;
    }
    if (HIDDEN_LAST.test(operator)) {
      this.operators(operator.slice(0, -1), token);
      this.value(HIDDEN);
      return;
    }
    const sign = !this.afterOperand && (operator === '-' || operator === '+');
    this.push(operator === '!=' ? '<>' : operator, Part.operator, false);
    this.afterSign = sign;
  }

  /** What a run of operator characters is without the `?` glued to it: perhaps several, as `=-` is. */
  private operators(run: string, token: number): void {
    const { count, starts, ends } = lex(run);
    for (let i = 0; i < count; i++) this.operator(run.slice(starts[i], ends[i]), token);
  }

  /** Can the operand of a `?` operator begin with this token? In a shape's own text this tells `data ? ?` from `date ?`. */
  private startsOperand(token: number): boolean {
    if (token >= this.to) return false;
    const { kinds, starts, ends } = this.tokens;
    const source = this.text.slice(starts[token], ends[token]);
    switch (kinds[token]) {
      case Kind.operator:
        return source === '?';
      case Kind.punctuation:
        return source === '(';
      case Kind.stray:
        return false;
      case Kind.word: {
        const word = foldCase(source);
        return isReserved(word) ? RESERVED_OPERANDS.has(word) : !FOLLOWERS.has(word);
      }
      default:
        return true;
    }
  }

  /** False: too deep. */
  private punctuation(mark: string, token: number): boolean {
    switch (mark) {
      case '(':
      case '[':
        if (this.depth >= MAX_DEPTH) return false;
        this.open(mark, token);
        break;
      case ')':
      case ']':
        this.close(mark);
        break;
      case ',':
        this.comma();
        break;
      default:
        this.push(mark, Part.punctuation, false);
    }
    return true;
  }

  private open(mark: '(' | '[', token: number): void {
    const outer = this.frame;
    const last = this.last();
    const bracket = mark === '(' ? this.parenthesis(last, token) : this.squareBracket(last);
    const inFrom = outer.clause === Clause.from && (last === 'from' || last === 'join' || last === ',' || last === '(');
    const frame = frameAt(this.frames, ++this.depth);
    const slots = this.inputs.length;
    const itself = bracket === Bracket.row ? this.parts.length : this.parts.length + 1;
    frame.reset(bracket, mark === '[', inFrom ? Clause.from : Clause.other, itself, slots, this.queries);
    this.push(mark, Part.punctuation, false);
    this.frame = frame;
  }

  private parenthesis(last: string | undefined, token: number): Bracket {
    switch (last) {
      case 'in':
        return this.opensQuery(token + 1) ? Bracket.plain : Bracket.items;
      case 'any':
      case 'all':
      case 'some':
      case 'unnest':
        return Bracket.arrays;
      case 'values':
        this.frame.previousPart = -1;
        this.frame.alwaysList = !this.isInserted();
        return Bracket.row;
      case '(':
      case ',':
        if (this.frame.bracket === Bracket.arrays) return Bracket.arrays;
        return this.isBehindRow() ? Bracket.row : Bracket.plain;
      default:
        return Bracket.plain;
    }
  }

  /** Is the last part the comma behind a finished row of VALUES? */
  private isBehindRow(): boolean {
    const { bracket, previousPart, previousEnd } = this.frame;
    return bracket !== Bracket.items && previousPart >= 0 && previousEnd === this.parts.length - 1;
  }

  /** VALUES of an INSERT follow its table or columns; those of a query open it. */
  private isInserted(): boolean {
    const before = this.last(2);
    return before !== undefined && before !== '(' && !SET_OPERATIONS.has(before);
  }

  private squareBracket(last: string | undefined): Bracket {
    if (last === 'array') return Bracket.items;
    const nested = this.frame.square && this.frame.bracket === Bracket.items && (last === '[' || last === ',');
    return nested ? Bracket.items : Bracket.plain;
  }

  private opensQuery(token: number): boolean {
    if (token >= this.to || this.tokens.kinds[token] !== Kind.word) return false;
    const word = foldCase(this.text.slice(this.tokens.starts[token], this.tokens.ends[token]));
    return word === 'select' || word === 'with' || word === 'values' || word === 'table';
  }

  private close(mark: ')' | ']'): void {
    const frame = this.frame;
    const matches = this.depth > 0 && frame.square === (mark === ']');
    if (matches && frame.bracket === Bracket.items) this.endItem(frame);
    this.push(mark, Part.punctuation, true);
    if (!matches) return;
    this.frame = frameAt(this.frames, --this.depth);
    if (frame.bracket === Bracket.row) this.mergeItem(this.frame, frame.part, frame.slot);
  }

  private comma(): void {
    const frame = this.frame;
    if (frame.bracket === Bracket.items) this.endItem(frame);
    if (frame.clause === Clause.on) frame.clause = Clause.from;
    this.push(',', Part.punctuation, false);
    if (frame.bracket !== Bracket.items) return;
    frame.part = this.parts.length;
    frame.slot = this.inputs.length;
  }

  /** An item of a list is complete, unless it holds a query of its own, whose slots are no items. */
  private endItem(frame: Frame): void {
    if (this.queries === frame.queries) this.mergeItem(frame, frame.part, frame.slot);
    else frame.previousPart = -1;
    frame.queries = this.queries;
  }

  /** Takes the item that begins at `part` and ends here into the one before it where both read the same; its values join that one's slots. */
  private mergeItem(run: Frame, part: number, slot: number): void {
    const { parts, kinds, inputs, lists } = this;
    const end = parts.length;
    const previous = run.previousPart;
    if (previous >= 0 && run.previousEnd === part - 1 && this.equal(previous, run.previousEnd, part, end)) {
      if (!run.previousIsList) toLists(inputs, run.previousSlot, slot);
      for (let i = slot; i < inputs.length; i++) {
        const list = inputs[run.previousSlot + i - slot] as List;
        list.items.push(inputs[i] as SlotInput);
      }
      run.previousIsList = true;
      parts.length = run.previousEnd;
      kinds.length = run.previousEnd;
      inputs.length = slot;
      lists.length = slot;
      while (this.aliases !== null && (this.aliases.at(-1) ?? -1) >= run.previousEnd) this.aliases.pop();
      return;
    }
    if (run.alwaysList) {
      toLists(inputs, slot, inputs.length);
      lists.fill(true, slot);
    }
    run.previousPart = part;
    run.previousEnd = end;
    run.previousSlot = slot;
    run.previousIsList = run.alwaysList;
  }

  private equal(from: number, to: number, other: number, otherEnd: number): boolean {
    if (to - from !== otherEnd - other) return false;
    for (let i = from, j = other; i < to; i++, j++) {
      if (this.parts[i] !== this.parts[j] || this.kinds[i] !== this.kinds[j]) return false;
    }
    return true;
  }

  /** A savepoint's name is often generated (`sp_12`, a uuid): its numbers leave the normal form. */
  private namedSavepoint(): string | null {
    const { parts, kinds } = this;
    const verb = parts[0];
    if (verb !== 'savepoint' && verb !== 'release' && verb !== 'rollback') return null;
    const at = parts.length - 1;
    if (at < 1 || (verb === 'rollback' && !parts.includes('to'))) return null;
    if (kinds[at] !== Part.word && kinds[at] !== Part.quoted) return null;
    const name = parts[at] as string;
    parts[at] = withoutNumbers(name);
    return nameOf(name);
  }
}

const GENERATED = /(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9]+)+/gi;

/** With each uuid and number as `0`, until none is left: what a number leaves behind may be the end of a uuid. */
function withoutNumbers(name: string): string {
  for (let before = name; ; ) {
    const after = before.replace(GENERATED, '0');
    if (after === before) return after;
    before = after;
  }
}

/** A list while it still grows. */
type List = { kind: 'list'; items: SlotInput[] };

function toLists(inputs: SlotInput[], from: number, to: number): void {
  for (let i = from; i < to; i++) {
    const list: List = { kind: 'list', items: [inputs[i] as SlotInput] };
    inputs[i] = list;
  }
}

function parameter(number: number): SlotInput {
  return PARAMETERS[number] ?? { kind: 'parameter', number };
}

/** Unquoted names fold as PostgreSQL folds them: ASCII letters only. */
function foldCase(word: string): string {
  for (let i = 0; i < word.length; i++) {
    const code = word.charCodeAt(i);
    if (code > 127) return word.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
    if (code >= 65 && code <= 90 && !hasWide(word, i)) return word.toLowerCase();
  }
  return word;
}

function hasWide(word: string, from: number): boolean {
  for (let i = from; i < word.length; i++) if (word.charCodeAt(i) > 127) return true;
  return false;
}

function endsInDigit(name: string, kind: Part): boolean {
  const code = name.charCodeAt(name.length - (kind === Part.quoted ? 2 : 1));
  return code >= 48 && code <= 57;
}
