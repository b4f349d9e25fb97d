// What a stream can show: its width and whether colours make sense, from what it says of itself and from what the
// environment asks for.

/** The slice of a writable stream that is used, so that a test or a file takes its place. */
export interface TextStream {
  write(text: string, done?: (error?: Error | null) => void): unknown;
  isTTY?: boolean;
  columns?: number;
  on?(event: 'error', listener: (error: Error) => void): unknown;
  removeListener?(event: 'error', listener: (error: Error) => void): unknown;
}

/** Where the stream does not say: what a terminal opens with. */
const DEFAULT_COLUMNS = 80;

/**
 * Whether to colour. FORCE_COLOR decides over NO_COLOR (https://no-color.org) as Node itself has it; `0` and `false` of it mean no. Else a
 * terminal that is not dumb.
 */
export function wantsColor(stream: TextStream, env: Readonly<Record<string, string | undefined>>): boolean {
  const { FORCE_COLOR: force, NO_COLOR: no, TERM: term } = env;
  if (force !== undefined) return force !== '0' && force !== 'false';
  if (no !== undefined && no !== '') return false;
  return stream.isTTY === true && term !== 'dumb';
}

/** The cells of a line. */
export function columnsOf(stream: TextStream): number {
  const { columns } = stream;
  return columns !== undefined && columns > 0 ? columns : DEFAULT_COLUMNS;
}
