// Bound values as the server's log has them: `parameters: $1 = '5', $2 = NULL`. The server writes each value's own text and no type.

const VALUE = /\$(\d+) = (?:NULL|'([^']*(?:''[^']*)*)')(?:, |$)/y;

/** As many as one statement can have. */
const MOST = 65_535;

/** Stands for a value that was cut (`log_parameter_max_length`): it is equal to none. */
const CUT = Symbol('cut');

/** The values in order; null where the text is no such list. A list (`{1,2}`) becomes one. */
export function parametersOf(text: string): unknown[] | null {
  const start = /^[^$]*/.exec(text)?.[0].length ?? 0;
  const values: unknown[] = [];
  VALUE.lastIndex = start;
  for (let end = start; ; end = VALUE.lastIndex) {
    const match = VALUE.exec(text);
    if (match === null) return end === text.length && values.length > 0 ? values : null;
    const [, number, quoted] = match;
    if (Number(number) !== values.length + 1 || values.length === MOST) return null;
    values.push(quoted === undefined ? null : boundValue(quoted.replaceAll("''", "'")));
    if (VALUE.lastIndex === text.length) return values;
  }
}

function boundValue(text: string): unknown {
  if (text.endsWith('...')) return CUT;
  return text.startsWith('{') ? (listOf(text) ?? text) : text;
}

const ITEM = /(?:"([^"\\]*(?:\\[\s\S][^"\\]*)*)"|([^",{}\\\s:]+))(,|\}$)/y;

/** A one-dimensional array's text as a list; null where it is something else, such as JSON. */
function listOf(text: string): (string | null)[] | null {
  if (text === '{}') return [];
  const items: (string | null)[] = [];
  ITEM.lastIndex = 1;
  for (;;) {
    const match = ITEM.exec(text);
    if (match === null) return null;
    const [, quoted, plain, end] = match;
    if (quoted !== undefined) items.push(quoted.replace(/\\([\s\S])/g, '$1'));
    else items.push(plain === 'NULL' ? null : (plain as string));
    if (end !== ',') return items;
  }
}
