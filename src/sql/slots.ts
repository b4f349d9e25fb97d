// What each value slot of a shape stands for: which column it is compared with or written to, and how.

import { afterCasts, type ColumnReference, columnAt, columnBefore, isTypeName, tableOf } from './columns.js';
import { type NormalForm, Part } from './normal-form.js';
import { type Block, Clause, type Outline } from './outline.js';
import type { Slot } from './text.js';

/** A slot's place without its index and list. */
type Place = Pick<Slot, 'role' | 'operator' | 'column' | 'table'>;

/** Operators that make a new value of the slot's, reach into a document with it or pass it by name: no comparison with it. */
const COMPUTING = new Set([
  '+',
  '-',
  '*',
  '/',
  '%',
  '^',
  '||',
  '&',
  '|',
  '#',
  '<<',
  '>>',
  '->',
  '->>',
  '#>',
  '#>>',
  '#-',
  '=>',
]);

const MIRRORED: Readonly<Record<string, string>> = {
  '<': '>',
  '>': '<',
  '<=': '>=',
  '>=': '<=',
  '@>': '<@',
  '<@': '@>',
};

/** The slots of a form, in order; `outlined` is null where the statement holds no query. */
export function slotsOf(form: NormalForm, outlined: Outline | null): Slot[] {
  const slots: Slot[] = [];
  const reader = outlined === null ? null : new SlotReader(form, outlined);
  for (let at = 0; at < form.parts.length; at++) {
    if (form.kinds[at] !== Part.value) continue;
    const place = reader === null ? OTHER : reader.read(at);
    slots.push({ index: slots.length + 1, ...place, list: form.lists[slots.length] as boolean });
  }
  return slots;
}

/** A slot's place while nothing plainer is known of it. */
const OTHER: Place = { role: 'other', operator: null, column: null, table: null };

/** A value and what only wraps it, casts and brackets: parts [from, to). */
interface Span {
  from: number;
  to: number;
}

class SlotReader {
  private readonly parts: readonly string[];

  constructor(
    private readonly form: NormalForm,
    private readonly outline: Outline,
  ) {
    this.parts = form.parts;
  }

  read(at: number): Place {
    const clause = this.outline.clauses[at] as Clause;
    if (clause === Clause.limit) return { ...OTHER, role: 'limit' };
    if (clause === Clause.offset) return { ...OTHER, role: 'offset' };
    const span = this.unwrap(at);
    const block = this.outline.blocks[this.outline.levels[at] as number] ?? null;
    return (
      this.inserted(span, clause, block) ??
      this.assigned(span, clause, block) ??
      this.compared(span, block) ??
      this.written(clause, block)
    );
  }

  /** A slot inside the expression that is written. */
  private written(clause: Clause, block: Block | null): Place {
    if (clause === Clause.set) return { ...OTHER, role: 'set', table: block?.target ?? null };
    const inserts = block?.verb === 'insert' || block?.verb === 'merge';
    return clause === Clause.values && inserts ? { ...OTHER, role: 'insert', table: block.target } : OTHER;
  }

  private unwrap(at: number): Span {
    const { parts, outline, form } = this;
    const { partners } = outline;
    let from = at;
    let to = at + 1;
    for (;;) {
      to = afterCasts(form, partners, to);
      const before = parts[from - 1];
      const outer = parts[from - 2];
      if (before === '(' && outer === 'cast' && parts[to] === 'as') {
        to = (partners[from - 1] as number) + 1;
        from -= 2;
        if (to === 0) return { from: at, to: at + 1 };
      } else if (before === '[' && outer === 'array' && parts[to] === ']') {
        from -= 2;
        to += 1;
      } else if (before === '(' && parts[to] === ')' && this.isOnlyGrouping(from - 1)) {
        from -= 1;
        to += 1;
      } else if (
        before === 'zone' &&
        outer === 'time' &&
        from === at &&
        (parts[from - 3] === 'with' || parts[from - 3] === 'without')
      ) {
        // `timestamp with time zone ?`
        from -= 4;
      } else if (isTypeName(form, from - 1) && from === at && !isTypeName(form, from - 2)) {
        from -= 1;
      } else {
        return { from, to };
      }
    }
  }

  /** Does this bracket group a value, and hold no arguments or list? */
  private isOnlyGrouping(open: number): boolean {
    const before = this.parts[open - 1];
    return this.form.kinds[open - 1] === Part.operator || before === '(' || before === 'and' || before === 'between';
  }

  /** A row of VALUES, or an item of the SELECT that an INSERT takes its rows from. */
  private inserted({ from, to }: Span, clause: Clause, block: Block | null): Place | null {
    const { parts, outline } = this;
    const opener = outline.openers[from] as number;
    const ordinal = outline.ordinals[from] as number;
    const begins = parts[from - 1] === '(' || parts[from - 1] === ',' || parts[from - 1] === 'select';
    if (!begins || block === null) return null;
    if (clause === Clause.values && (block.verb === 'insert' || block.verb === 'merge')) {
      const ends = parts[to] === ',' || parts[to] === ')';
      const isRow =
        parts[opener - 1] === 'values' ||
        (parts[opener - 1] === ',' && outline.openers[opener] === this.openerOf(block));
      if (!ends || !isRow) return null;
      return { role: 'insert', operator: null, column: block.columns[ordinal] ?? null, table: block.target };
    }
    if (clause === Clause.select && block.feeds !== null) {
      const isItem = opener === this.openerOf(block) && (to >= block.listTo || parts[to] === ',' || parts[to] === 'as');
      if (!isItem) return null;
      return {
        role: 'insert',
        operator: null,
        column: block.feeds.columns[ordinal] ?? null,
        table: block.feeds.target,
      };
    }
    return null;
  }

  /** The bracket in which a block's own clauses stand. */
  private openerOf(block: Block): number {
    return this.outline.openers[block.at] as number;
  }

  /** `SET column = ?` and `SET (a, b) = (?, ?)`. */
  private assigned({ from, to }: Span, clause: Clause, block: Block | null): Place | null {
    const { parts, outline, form } = this;
    if (clause !== Clause.set || block === null) return null;
    if (parts[from - 1] === '=' && form.kinds[to] !== Part.operator) {
      const column = columnBefore(form, outline.partners, from - 1);
      const before = column === null ? undefined : parts[column.from - 1];
      if (column === null || (before !== 'set' && before !== ',')) return null;
      return { role: 'set', operator: null, column: column.column, table: block.target };
    }
    const columns = this.rowBefore(outline.openers[from] as number, from, to, '=');
    if (columns === null) return null;
    const column = columns[outline.ordinals[from] as number] ?? null;
    return { role: 'set', operator: null, column: column?.column ?? null, table: block.target };
  }

  private compared(span: Span, block: Block | null): Place | null {
    return (
      this.inArray(span, block) ??
      this.inList(span, block) ??
      this.besideOperator(span, block) ??
      this.besideRow(span, block) ??
      this.mirrored(span, block)
    );
  }

  /** `column = ANY(?)` and its kin. */
  private inArray({ from, to }: Span, block: Block | null): Place | null {
    const { parts } = this;
    const quantifier = parts[from - 2];
    if (parts[from - 1] !== '(' || parts[to] !== ')') return null;
    if (quantifier !== 'any' && quantifier !== 'some' && quantifier !== 'all') return null;
    const operator = this.operatorBefore(from - 2);
    if (operator === null) return null;
    const isIn = operator.name === '=' && quantifier !== 'all';
    return this.compare(isIn ? 'any' : `${operator.name} ${quantifier}`, this.plainBefore(operator.from), block);
  }

  /** `column IN (?)` and `(a, b) IN ((?, ?))`. */
  private inList({ from, to }: Span, block: Block | null): Place | null {
    const { parts, outline } = this;
    const opener = outline.openers[from] as number;
    if (opener < 1 || !this.isItem(from, to)) return null;
    if (parts[opener - 1] === 'in') {
      const operator = this.negated(opener - 1, 'in');
      return this.compare(operator.name, this.plainBefore(operator.from), block);
    }
    const list = outline.openers[opener] as number;
    if (list < 1 || parts[list - 1] !== 'in') return null;
    const operator = this.negated(list - 1, 'in');
    const columns = this.rowEndingAt(operator.from - 1);
    return this.compare(operator.name, columns?.[outline.ordinals[from] as number] ?? null, block);
  }

  /** `column = ?`, `column LIKE ?`, `column BETWEEN ? AND ?`, `column IS DISTINCT FROM ?`. */
  private besideOperator({ from, to }: Span, block: Block | null): Place | null {
    const operator = this.operatorBefore(from) ?? this.wordsBefore(from);
    if (operator === null) return null;
    const isComputed = this.form.kinds[to] === Part.operator;
    return this.compare(operator.name, isComputed ? null : this.plainBefore(operator.from), block);
  }

  /** `(a, b) = (?, ?)`, as keyset pages are asked for. */
  private besideRow({ from, to }: Span, block: Block | null): Place | null {
    const opener = this.outline.openers[from] as number;
    if (opener < 1) return null;
    const operator = this.operatorBefore(this.parts[opener - 1] === 'row' ? opener - 1 : opener);
    if (operator === null) return null;
    const columns = this.rowBefore(opener, from, to, operator.name);
    if (columns === null) return null;
    return this.compare(operator.name, columns[this.outline.ordinals[from] as number] ?? null, block);
  }

  /** `? = column`: told as if the column stood first. */
  private mirrored({ from, to }: Span, block: Block | null): Place | null {
    const { parts, form, outline } = this;
    const operator = parts[to] as string;
    if (form.kinds[to] !== Part.operator || COMPUTING.has(operator) || form.kinds[from - 1] === Part.operator)
      return null;
    const column = columnAt(form, outline.partners, to + 1);
    const plain = column !== null && form.kinds[column.to] !== Part.operator ? column : null;
    return this.compare(MIRRORED[operator] ?? operator, plain, block);
  }

  private compare(operator: string, column: ColumnReference | null, block: Block | null): Place {
    if (column === null) return { role: 'compare', operator, column: null, table: null };
    return { role: 'compare', operator, column: column.column, table: tableOf(column, block) };
  }

  /** The comparing operator that ends before `at`, and where it begins. */
  private operatorBefore(at: number): { name: string; from: number } | null {
    const { parts, form } = this;
    const word = parts[at - 1];
    if (form.kinds[at - 1] === Part.operator && !COMPUTING.has(word as string))
      return { name: word as string, from: at - 1 };
    if (word === 'like' || word === 'ilike') return this.negated(at - 1, word);
    return null;
  }

  private wordsBefore(at: number): { name: string; from: number } | null {
    const { parts, outline } = this;
    const word = parts[at - 1];
    if (word === 'to' && parts[at - 2] === 'similar') return this.negated(at - 2, 'similar to');
    if (word === 'from' && parts[at - 2] === 'distinct') {
      if (parts[at - 3] === 'is') return { name: 'is distinct from', from: at - 3 };
      return parts[at - 3] === 'not' && parts[at - 4] === 'is' ? { name: 'is not distinct from', from: at - 4 } : null;
    }
    const symmetric = word === 'symmetric' || word === 'asymmetric' ? at - 1 : at;
    if (parts[symmetric - 1] === 'between') return this.negated(symmetric - 1, 'between');
    const between = word === 'and' ? outline.betweens.get(at - 1) : undefined;
    return between === undefined ? null : this.negated(between, 'between');
  }

  private negated(at: number, name: string): { name: string; from: number } {
    return this.parts[at - 1] === 'not' ? { name: `not ${name}`, from: at - 1 } : { name, from: at };
  }

  /** The column that ends before an operator at `end`, unless it is itself part of a computation. */
  private plainBefore(end: number): ColumnReference | null {
    const column = columnBefore(this.form, this.outline.partners, end);
    return column === null || this.form.kinds[column.from - 1] === Part.operator ? null : column;
  }

  private isItem(from: number, to: number): boolean {
    const { parts } = this;
    return (parts[from - 1] === '(' || parts[from - 1] === ',') && (parts[to] === ')' || parts[to] === ',');
  }

  /** The columns of the row `(a, b)` that stands before `operator` and the row opened at `opener`, in which parts [from, to) are an item. */
  private rowBefore(opener: number, from: number, to: number, operator: string): (ColumnReference | null)[] | null {
    if (opener < 1 || !this.isItem(from, to)) return null;
    const end = this.parts[opener - 1] === 'row' ? opener - 2 : opener - 1;
    return this.parts[end] === operator ? this.rowEndingAt(end - 1) : null;
  }

  private readonly rows = new Map<number, (ColumnReference | null)[] | null>();

  /** Read once for all slots that ask for it, so that long rows stay linear. */
  private rowEndingAt(close: number): (ColumnReference | null)[] | null {
    let columns = this.rows.get(close);
    if (columns === undefined) {
      columns = this.readRow(close);
      this.rows.set(close, columns);
    }
    return columns;
  }

  private readRow(close: number): (ColumnReference | null)[] | null {
    const { parts, outline, form } = this;
    const open = parts[close] === ')' ? (outline.partners[close] as number) : -1;
    if (open < 0) return null;
    const columns: (ColumnReference | null)[] = [];
    for (let at = open + 1; at <= close; at++) {
      if (at < close && (parts[at] !== ',' || outline.openers[at] !== open)) continue;
      const column = columnBefore(form, outline.partners, at);
      columns.push(
        column !== null && (parts[column.from - 1] === '(' || parts[column.from - 1] === ',') ? column : null,
      );
    }
    return columns;
  }
}
