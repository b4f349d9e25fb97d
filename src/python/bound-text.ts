// A statement as Python's drivers take it (`%s`, `%(name)s`, `?`, `:name`) in PostgreSQL's spelling, with its values in the order of their numbers.

import { type PythonValue, pythonLiteral } from './python-literal.js';

/** What is left alone, with its end or without; then the placeholders, one group for each style. `::type` and `%%` are none. */
const PARTS =
  /'[^']*(?:''[^']*)*(?:'|$)|"[^"]*(?:""[^"]*)*(?:"|$)|--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|(?<percent>%%)|%\((?<named>\w+)\)s|(?<format>%s)|\$(?<dollar>\d+)|(?<mark>\?)|(?<![:\w]):(?<colon>[A-Za-z_]\w*)/g;

/** A text is written in one style; what looks like one after it is an operator. */
const STYLES = ['named', 'format', 'dollar', 'mark', 'colon'] as const;
type Style = (typeof STYLES)[number];

export interface BoundText {
  text: string;
  /** Null: it binds none, or they do not fit the text. */
  values: unknown[] | null;
}

/** `shown`: the values as logged, one set of them or several (`executemany`); of several each place holds the list of its values. */
export function boundText(text: string, shown: string): BoundText {
  const style = styleOf(text);
  if (style === null) return { text, values: null };
  const { replaced, places } = numbered(text, style);
  const sets = setsOf(shown);
  if (sets === null) return { text: replaced, values: null };
  const values = places.map((place) =>
    sets.length === 1 ? valueAt(sets[0] as PythonValue, place) : sets.map((set) => valueAt(set, place)),
  );
  return { text: replaced, values: values.flat().includes(undefined) ? null : values };
}

function styleOf(text: string): Style | null {
  const found = new Set<Style>();
  for (const { groups = {} } of text.matchAll(PARTS))
    for (const style of STYLES) if (groups[style] !== undefined) found.add(style);
  return STYLES.find((style) => found.has(style)) ?? null;
}

/** The text with numbers, and where the value of each stands: by name, or by its place from 0. */
function numbered(text: string, style: Style): { replaced: string; places: readonly (string | number)[] } {
  const places: (string | number)[] = [];
  const numbers = new Map<string, number>();
  const isPercent = style === 'named' || style === 'format';
  const replaced = text.replace(PARTS, (match: string, ...rest: unknown[]) => {
    const groups = rest.at(-1) as Partial<Record<Style | 'percent', string>>;
    if (groups.percent !== undefined) return isPercent ? '%' : match;
    const written = groups[style];
    if (written === undefined) return match;
    if (style === 'dollar') {
      for (let place = places.length; place < Math.min(Number(written), MOST); place++) places.push(place);
      return match;
    }
    const name = style === 'named' || style === 'colon' ? written : null;
    const known = name === null ? undefined : numbers.get(name);
    if (known !== undefined) return `$${known}`;
    const number = places.push(name ?? places.length);
    if (name !== null) numbers.set(name, number);
    return `$${number}`;
  });
  return { replaced, places };
}

/** As many as one statement can have. */
const MOST = 65_535;

function valueAt(set: PythonValue, place: string | number): unknown {
  if (set instanceof Map) return set.get(place);
  return Array.isArray(set) && typeof place === 'number' ? set[place] : undefined;
}

/** A list of tuples is several sets, and so are dictionaries; a tuple may hold lists. Null: nothing is known of them. */
function setsOf(shown: string): PythonValue[] | null {
  const given = pythonLiteral(shown);
  if (given instanceof Map) return [given];
  if (!Array.isArray(given)) return null;
  const isList = shown.trimStart().startsWith('[');
  const isSet = (item: PythonValue) => item instanceof Map || (isList && Array.isArray(item));
  return given.length > 0 && given.every(isSet) ? given : [given];
}
