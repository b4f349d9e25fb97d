// One entry of a PostgreSQL server's log, whichever of its three formats it was written in.

export interface ServerEntry {
  /** When it was written, in ms since 1970; null: the prefix has no time. */
  atMs: number | null;
  /** Names the session as long as it lasts: its own id, else the process's. Null: nothing in the entry tells sessions apart. */
  session: string | null;
  /** Its place among the entries of its session, from 1. */
  place: number | null;
  /** As the server writes it, which is in its own language but for a few: LOG, ERROR, FATAL … */
  severity: string;
  sqlState: string | null;
  message: string;
  detail: string | null;
  context: string | null;
  /** The text that an error is about. */
  statement: string | null;
  /** `%v`: the slot of the session and the number of its transaction, 0 outside any. */
  virtualTransaction: string | null;
  user: string | null;
  database: string | null;
  application: string | null;
}

/** A server's moment: `2026-11-26 11:30:22.517 UTC`. Of zones the offset is read; a name other than UTC is taken for it, which shifts all alike. */
const MOMENT =
  /^(\d{4})-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d)(?:[.,](\d{1,6}))? ?(?:([+-]\d\d)(?::?(\d\d))?|[A-Za-z0-9_/]+)?$/;

/** In ms since 1970; null where it is none. */
export function momentOf(text: string): number | null {
  const parts = MOMENT.exec(text);
  if (parts === null) return null;
  const [year, month, day, hour, minute, second] = parts.slice(1, 7).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const fraction = parts[7] === undefined ? 0 : Number(`0.${parts[7]}`) * 1_000;
  const hours = Number(parts[8] ?? 0);
  const shift = (hours * 60 + (parts[8]?.startsWith('-') ? -1 : 1) * Number(parts[9] ?? 0)) * 60_000;
  return Date.UTC(year, month - 1, day, hour, minute, second) + fraction - shift;
}

/** What stands for an unknown name where a connection has not said it yet. */
export function known(name: string | undefined): string | null {
  return name === undefined || name === '' || name === '[unknown]' ? null : name;
}
