// What a format of traces or logs is: a value that knows its own files and makes profiles of them, one scope after the other, whatever their size. Adding
// one touches its own file, one line in `analyze/recognise.ts` and its test.

import type { RecorderLimits } from '../profile/recorder.js';
import type { Profile } from '../profile/types.js';
import type { Skipped } from './skipped.js';

/** As `--from` names them. */
export const SOURCE_NAMES = ['otlp', 'csvlog', 'jsonlog', 'stderr', 'sqlalchemy', 'django'] as const;

export type SourceName = (typeof SOURCE_NAMES)[number];

/** One file of a source, decompressed. */
export interface SourceFile {
  /** As it was named; `stdin` for what was piped in. */
  name: string;
  /** Its bytes. What cannot be read is counted, and ends them: this never throws. */
  chunks: AsyncIterable<Buffer>;
}

/** What was asked for, and where to tell what was skipped. */
export interface SourceContext {
  /** Of one scope. */
  limits: RecorderLimits;
  /** Keep values and literals in the profiles. */
  sample: boolean;
  skipped: Skipped;
  /** Traces: how long nothing more has to have come for one to be whole, in ms of the spans' own time. */
  windowMs: number;
  /** Logs without the names of requests: how long a session has to be silent for its next statement to be another scope's, in ms. Null: not said. */
  pauseMs: number | null;
  /** PostgreSQL's `log_line_prefix`; null: not said. */
  logLinePrefix: string | null;
}

export interface SourceFormat {
  name: SourceName;
  /** `OpenTelemetry traces`. */
  title: string;
  /** Do these first bytes of a file look like it? At most `HEAD_BYTES` of them, so the last line is mostly cut. */
  recognise(head: Buffer, context: Pick<SourceContext, 'logLinePrefix'>): boolean;
  /**
   * The profiles of all files together, which come in the order of time: what begins in one may go on in the next. What is held at any time is bounded,
   * whatever their size. Throws for nothing that stands in a file.
   */
  read(files: AsyncIterable<SourceFile>, context: SourceContext): AsyncGenerator<Profile>;
}
