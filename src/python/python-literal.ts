// Values as Python's `repr` writes them, which is how its loggers show what was bound. What has no value of its own to compare is opaque.

/** Stands for a value that is not read: it is equal to none. */
export const OPAQUE = Symbol('opaque');

/** Tuples, lists and sets are lists. */
export type PythonValue =
  | null
  | boolean
  | number
  | string
  | typeof OPAQUE
  | PythonValue[]
  | Map<PythonValue, PythonValue>;

/** The value that a whole text writes; undefined where it is none, or where a part of it was left out of the log. */
export function pythonLiteral(text: string): PythonValue | undefined {
  const reader = new Reader(text);
  try {
    const value = reader.value(0);
    return reader.isAtEnd() ? value : undefined;
  } catch (error) {
    if (error instanceof Unreadable) return undefined;
    throw error;
  }
}

class Unreadable extends Error {}

/** Deeper ones are no bound values. */
const DEEPEST = 20;

const SPACE = /\s*/y;
const NUMBER = /[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?/y;
/** Of an argument. */
const NAMED = /([A-Za-z_]\w*)=/y;
const NAME = /[A-Za-z_][\w.]*/y;
const STRING = /([bBuUrR]{0,2})(?:'([^'\\]*(?:\\[\s\S][^'\\]*)*)'|"([^"\\]*(?:\\[\s\S][^"\\]*)*)")/y;
const ANGLE = /<[^<>]*>/y;
/** SQLAlchemy shortens long texts. */
const SHORTENED = / \.\.\. \(\d+ characters truncated\) \.\.\. /;

const CLOSING: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}' };

interface Arguments {
  items: PythonValue[];
  named: Map<string, PythonValue>;
}

class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  isAtEnd(): boolean {
    this.#take(SPACE);
    return this.#at === this.#text.length;
  }

  value(depth: number): PythonValue {
    if (depth > DEEPEST) throw new Unreadable();
    this.#take(SPACE);
    const next = this.#text[this.#at] ?? '';
    if (CLOSING[next] !== undefined) return this.#items(next, depth);
    const string = this.#take(STRING);
    if (string !== null) return textOf(string);
    const number = this.#take(NUMBER);
    if (number !== null) return numberOf(number[0]);
    const angle = this.#take(ANGLE);
    if (angle !== null) return angle[0] === '<UTC>' ? UTC : OPAQUE;
    const name = this.#take(NAME)?.[0];
    if (name === undefined) throw new Unreadable();
    if (this.#text[this.#at] === '(') return made(name, this.#arguments(depth));
    return CONSTANTS.has(name) ? (CONSTANTS.get(name) as PythonValue) : OPAQUE;
  }

  #items(opening: string, depth: number): PythonValue {
    const items: PythonValue[] = [];
    const pairs = new Map<PythonValue, PythonValue>();
    this.#list(CLOSING[opening] as string, () => {
      const item = this.value(depth + 1);
      this.#take(SPACE);
      if (opening === '{' && this.#text[this.#at] === ':') {
        this.#at++;
        pairs.set(item, this.value(depth + 1));
      } else items.push(item);
    });
    return opening === '{' && items.length === 0 ? pairs : items;
  }

  #arguments(depth: number): Arguments {
    const given: Arguments = { items: [], named: new Map() };
    this.#list(')', () => {
      const name = this.#take(NAMED)?.[1];
      const value = this.value(depth + 1);
      if (name === undefined) given.items.push(value);
      else given.named.set(name, value);
    });
    return given;
  }

  /** What stands between commas, from an opening bracket to the closing one. */
  #list(closing: string, each: () => void): void {
    this.#at++;
    for (;;) {
      this.#take(SPACE);
      if (this.#text[this.#at] === closing) break;
      each();
      this.#take(SPACE);
      if (this.#text[this.#at] === ',') this.#at++;
      else if (this.#text[this.#at] !== closing) throw new Unreadable();
    }
    this.#at++;
  }

  #take(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#text);
    if (match !== null) this.#at = pattern.lastIndex;
    return match;
  }
}

const UTC = 'UTC';

const CONSTANTS: ReadonlyMap<string, PythonValue> = new Map<string, PythonValue>([
  ['None', null],
  ['True', true],
  ['False', false],
  ['datetime.timezone.utc', UTC],
]);

function textOf([, prefix = '', single, double]: RegExpExecArray): PythonValue {
  if (/b/i.test(prefix)) return OPAQUE;
  const text = (single ?? double ?? '').replace(
    /\\(?:x([0-9a-f]{2})|u([0-9a-f]{4})|U([0-9a-f]{8})|([\s\S]))/g,
    unescaped,
  );
  return SHORTENED.test(text) ? OPAQUE : text;
}

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
]);

function unescaped(_match: string, two?: string, four?: string, eight?: string, one = ''): string {
  const code = two ?? four ?? eight;
  if (code === undefined) return ESCAPES.get(one) ?? one;
  const point = Number.parseInt(code, 16);
  return point <= 0x10ffff ? String.fromCodePoint(point) : '';
}

/** What a double cannot hold exactly stays a text, as the driver would return it. */
function numberOf(text: string): number | string {
  const value = Number(text);
  return String(value) === text ? value : text;
}

/** What a call makes: numbers, keys and moments are their text, the rest is opaque. */
function made(name: string, { items, named }: Arguments): PythonValue {
  const [first] = items;
  switch (name.slice(name.lastIndexOf('.') + 1)) {
    case 'Decimal':
    case 'UUID':
      return typeof first === 'string' ? first : OPAQUE;
    case 'ZoneInfo':
      return named.get('key') ?? OPAQUE;
    case 'date':
      return items.length === 3 ? dateOf(items) : OPAQUE;
    case 'datetime': {
      const zone = named.get('tzinfo') ?? null;
      if (items.length < 5 || (zone !== null && zone !== UTC)) return OPAQUE;
      return `${dateOf(items)} ${timeOf(items.slice(3))}${zone === UTC ? '+00' : ''}`;
    }
    case 'time':
      return timeOf(items);
    default:
      return OPAQUE;
  }
}

const padded = (value: PythonValue | undefined, length: number): string =>
  String(Number(value ?? 0)).padStart(length, '0');

function dateOf([year, month, day]: readonly PythonValue[]): string {
  return `${padded(year, 4)}-${padded(month, 2)}-${padded(day, 2)}`;
}

function timeOf([hour, minute, second, micro]: readonly PythonValue[]): string {
  const whole = `${padded(hour, 2)}:${padded(minute, 2)}:${padded(second, 2)}`;
  return micro === undefined ? whole : `${whole}.${padded(micro, 6)}`;
}
