// A kind of log as a format: its files as one log, line by line, with the place of what was not understood.

import { linesOf } from '../sources/lines.js';
import type { Place, Skipped } from '../sources/skipped.js';
import type { SourceContext, SourceFile, SourceFormat, SourceName } from '../sources/source-format.js';
import { LogJudge } from './log-judge.js';
import type { LogReader } from './log-reader.js';
import { LONGEST_TEXT } from './logged-statement.js';

/** What differs from log to log. */
export interface LogKind {
  name: SourceName;
  title: string;
  /** Are these whole lines of it? */
  isOf(lines: readonly string[], context: Pick<SourceContext, 'logLinePrefix'>): boolean;
  /** Reads one log anew, which begins with these lines. */
  reader(context: Pick<SourceContext, 'logLinePrefix'>, first: readonly string[]): LogReader;
}

/** As many lines as tell how they are formatted: with the first of them a server starts, which is in no session. */
const LINES_TO_TELL = 1_000;

interface PlacedLine {
  text: string;
  place: Place;
}

export function logFormat({ name, title, isOf, reader }: LogKind): SourceFormat {
  return {
    name,
    title,
    recognise: (head, context) => isOf(wholeLines(head), context),
    async *read(files, context) {
      const lines = linesIn(files, context.skipped);
      const first = await firstOf(lines);
      let { place } = first[0] ?? NOTHING;
      const telling = first.map(({ text }) => text);
      const judge = new LogJudge(reader(context, telling), {
        limits: context.limits,
        pauseMs: context.pauseMs,
        sample: context.sample,
        skipped: (reason) => context.skipped.add(reason, place),
      });
      for (const line of first) {
        place = line.place;
        yield* judge.take(line.text);
      }
      for await (const line of lines) {
        place = line.place;
        yield* judge.take(line.text);
      }
      yield* judge.end();
      if (judge.guessed > 0) context.skipped.add(GUESSED, null, { count: judge.guessed });
    },
  };
}

/** Said once of all of them. */
const GUESSED =
  'scopes were divided by the pauses of a session alone, so what is found in one is possible at most, unless one transaction or values tie it together (to be sure: log sessions as they end, tag statements by sqlcommenter, or give --pause)';

const NOTHING: Pick<PlacedLine, 'place'> = { place: { file: '', line: null, offset: null } };

async function* linesIn(files: AsyncIterable<SourceFile>, skipped: Skipped): AsyncGenerator<PlacedLine> {
  for await (const { name: file, chunks } of files) {
    for await (const { text, number: line, offset } of linesOf(chunks)) {
      const place = { file, line, offset };
      if (text === null || text.length > LONGEST_TEXT) skipped.add('lines are longer than a million characters', place);
      else yield { text, place };
    }
  }
}

async function firstOf(lines: AsyncGenerator<PlacedLine>): Promise<PlacedLine[]> {
  const first: PlacedLine[] = [];
  while (first.length < LINES_TO_TELL) {
    const { done, value } = await lines.next();
    if (done) break;
    first.push(value);
  }
  return first;
}

/** The last line is mostly cut, unless it is all there is. */
function wholeLines(head: Buffer): string[] {
  const lines = head.toString('utf8').split(/\r?\n/);
  return lines.length > 1 ? lines.slice(0, -1) : lines;
}
