// What of a source could not be judged, counted by its reason, with the first place of each: a trace or a log is rarely whole, and what is missing from
// it is not to be mistaken for what is well.

/** Where in a source. */
export interface Place {
  /** As it was named. */
  file: string;
  /** 1-based; null: the format has no lines. */
  line: number | null;
  /** Of the first byte, after decompression; null: not known. */
  offset: number | null;
}

/** What was skipped for one reason. */
export interface Skip {
  /** What, and why, in a plural clause: `lines could not be read as JSON`. */
  reason: string;
  count: number;
  /** Null: no one place. */
  first: Place | null;
  /** Was a whole file, or the rest of one, lost with it? Then nothing can be said to be clean. */
  grave: boolean;
}

/** Reasons are sentences of the program, so they are few; this is a bound all the same. */
const MOST_REASONS = 1_000;

export class Skipped {
  readonly #byReason = new Map<string, Skip>();

  /** Counts what was skipped. */
  add(reason: string, first: Place | null, { count = 1, grave = false } = {}): void {
    const known = this.#byReason.get(reason);
    if (known !== undefined) {
      known.count += count;
      known.grave ||= grave;
    } else if (this.#byReason.size < MOST_REASONS) this.#byReason.set(reason, { reason, count, first, grave });
  }

  /** In the order in which each was met first. */
  all(): Skip[] {
    return [...this.#byReason.values()];
  }
}

/** `app.log line 12`, `app.log byte 4096`. */
export function nameOfPlace({ file, line, offset }: Place): string {
  if (line !== null) return `${file} line ${line}`;
  return offset === null ? file : `${file} byte ${offset}`;
}
