// Texts of other databases and drivers in PostgreSQL's spelling, as far as shapes need it: how values and names are marked. What stands in quotes or
// in comments is left alone.

/** Placeholders that are no `$1`, and names in backticks or brackets. Quoted texts and comments come first, so that nothing in them is taken for one. */
const FOREIGN =
  /'(?:[^'\\]|''|\\.)*'|"(?:[^"]|"")*"|--[^\n]*|\/\*[\s\S]*?\*\/|`([^`]*)`|\[([A-Za-z_][\w ]*)\]|%\(\w+\)s|%s|(?<![:\w]):[A-Za-z_]\w*|@[pP]?\d+\b/g;

/** The systems whose own spelling this is. */
const AS_IT_IS: ReadonlySet<string> = new Set(['postgresql', 'postgres', 'cockroachdb', 'redshift', 'aws.redshift']);

/** The text with `?` for each value that its driver fills in, and names in double quotes. */
export function inPostgresSpelling(text: string, system: string): string {
  const hasBrackets = !AS_IT_IS.has(system);
  return text.replace(FOREIGN, (match, backticked: string | undefined, bracketed: string | undefined) => {
    if (backticked !== undefined) return quoted(backticked);
    if (bracketed !== undefined) return hasBrackets ? quoted(bracketed) : match;
    return /^[%:@]/.test(match) ? '?' : match;
  });
}

/** As PostgreSQL would have it without quotes, where it can: so that both spellings are one table. */
function quoted(name: string): string {
  return /^[a-z_][a-z0-9_]*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`;
}
