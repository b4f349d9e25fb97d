// Texts of other databases and drivers in PostgreSQL's spelling, as far as shapes need it: how values and names are marked. What stands in quotes or
// in comments is left alone.

/** The systems whose own spelling this is. */
const AS_IT_IS: ReadonlySet<string> = new Set(['postgresql', 'postgres', 'cockroachdb', 'redshift', 'aws.redshift']);

/** What is left alone; each may lack its end, so that a text is read once whatever is in it. One with a doubled quote is as good as two. */
const QUOTED = String.raw`"[^"]*(?:"|$)|--[^\n]*|/\*[\s\S]*?(?:\*/|$)`;
/** A text in quotes, with a backslash as PostgreSQL takes it and as others do. */
const PLAIN = "'[^']*(?:'|$)";
const ESCAPED = String.raw`'[^'\\]*(?:(?:''|\\[\s\S])[^'\\]*)*(?:'|\\?$)`;
/** Python's `%s` and `%(name)s`, a named `:value` that is no `::type` and no slice, .NET's `@p1` and `@__id_0` that are no operator and no `@@variable`. */
const PLACEHOLDER = String.raw`%\(\w+\)s|%s|(?<![:\w\]]):[A-Za-z_]\w*|(?<![\w@<>|&~!?#*%^/+-])@\w+`;
/** Names in backticks and brackets. */
const NAMES = '`([^`]*(?:``[^`]*)*)(?:`|$)|\\[([A-Za-z_][\\w ]*)\\]';

const OF_POSTGRES = new RegExp(`${PLAIN}|${QUOTED}|${PLACEHOLDER}`, 'g');
const OF_OTHERS = new RegExp(`${ESCAPED}|${QUOTED}|${PLACEHOLDER}|${NAMES}`, 'g');

/** Texts of others that are longer are left as they are: what is escaped in them takes steps of the engine's stack. */
const MOST_CHARACTERS = 1_000_000;

/** The text with `?` for each value that its driver fills in, and names in double quotes. */
export function inPostgresSpelling(text: string, system: string): string {
  if (AS_IT_IS.has(system)) return text.replace(OF_POSTGRES, spelled);
  if (text.length > MOST_CHARACTERS) return text;
  return text.replace(OF_OTHERS, (match: string, backticked?: string, bracketed?: string) => {
    if (backticked !== undefined) return quoted(backticked.replaceAll('``', '`'));
    return bracketed === undefined ? spelled(match) : quoted(bracketed);
  });
}

function spelled(match: string): string {
  return /^[%:@]/.test(match) ? '?' : match;
}

/** As PostgreSQL would have it without quotes, where it can: so that both spellings are one table. */
function quoted(name: string): string {
  return /^[a-z_][a-z0-9_]*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`;
}
