// The one error that queryscope throws on purpose, at set-up only. On the lowest floor, because every floor may have to refuse
// what it was given.

/** What was wrong at set-up; stable, so that a program can tell one from another. */
export type QueryscopeErrorCode =
  | 'unknown-option'
  | 'bad-option'
  | 'unknown-detector'
  | 'not-pg'
  | 'not-a-pool'
  | 'pg-not-loaded'
  | 'not-a-function'
  | 'bad-allow'
  | 'bad-config'
  | 'not-a-run'
  | 'not-a-source'
  | 'not-a-report'
  | 'bad-expectation'
  | 'bad-baseline'
  | 'baseline-locked'
  | 'proof-refused'
  | 'proof-impossible'
  | 'closed';

/** Thrown while queryscope is being set up, never while a request runs. Says what was expected, what came and what to do; holds no value. */
export class QueryscopeError extends Error {
  override readonly name = 'QueryscopeError';
  readonly code: QueryscopeErrorCode;

  constructor(code: QueryscopeErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Names the kind of a value for a message; a number or a truth value is no secret, but a text passed by mistake may be a connection string. */
export function kindOf(value: unknown): string {
  if (value === undefined || value === null) return String(value);
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'object') return 'an object';
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return `a ${typeof value}`;
}

/** Name and code of what somebody threw; a message may hold a value. */
export function nameOfError(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  const { code } = error as { code?: unknown };
  return typeof code === 'string' ? `${error.name} (${code})` : error.name;
}

/** The known name that was probably meant, or null: at most a third of its letters are wrong. */
export function nearestName(name: string, known: readonly string[]): string | null {
  let nearest: string | null = null;
  let fewest = Number.POSITIVE_INFINITY;
  for (const candidate of known) {
    const edits = editsBetween(name.toLowerCase(), candidate.toLowerCase());
    if (edits < fewest && edits <= Math.floor(candidate.length / 3)) {
      nearest = candidate;
      fewest = edits;
    }
  }
  return nearest;
}

/** Letters to insert, delete or replace, or neighbours to swap (optimal string alignment). */
function editsBetween(a: string, b: string): number {
  let before: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const isSwapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const swapped = isSwapped ? (before[j - 2] as number) + 1 : Number.POSITIVE_INFINITY;
      next[j] = Math.min(replaced, swapped, (row[j] as number) + 1, (next[j - 1] as number) + 1);
    }
    before = row;
    row = next;
  }
  return row[b.length] as number;
}
