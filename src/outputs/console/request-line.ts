// The first line of what is said about a scope: its name, how it ended, how much it sent and how long that took.

import type { Profile } from '../../profile/types.js';
import { busyMs } from '../../report/busy-time.js';
import { cutMiddle } from '../drawing/cells.js';
import { oneLine } from '../drawing/harmless.js';
import { count, counted, millis } from '../drawing/numbers.js';
import { fitsBeside, INDENT, joinParts, type Painted, textCells } from './layout.js';
import type { Paint } from './paint.js';

/** `GET /chats   23 statements · 41 of 58 ms in PostgreSQL`; what does not fit beside the name stands below it. */
export function requestLine(profile: Profile, width: number, paint: Paint, infrastructure = 0): string[] {
  const label = labelOf(profile, width, paint);
  const trouble = troubleOf(profile.outcome);
  const parts = [...trouble, statementsOf(profile, infrastructure), ...timeOf(profile)];
  const body = parts.join(' · ');
  const lines = fitsBeside(label, body, width) ? [body] : joinParts(parts, textCells(width, INDENT.length));
  const painted = lines.map((line) =>
    trouble.reduce((text, part) => text.replace(part, () => paint('error', part)), line),
  );
  if (fitsBeside(label, body, width)) return [label.painted + INDENT + painted[0]];
  return [label.painted, ...painted.map((line) => INDENT + line)];
}

/** The app's own; what its driver or ORM added is folded to a number: `23 statements + 5 infrastructure`. */
function statementsOf({ statements, dropped }: Profile, infrastructure: number): string {
  const own = counted(statements.length - infrastructure + dropped, 'statement');
  return infrastructure === 0 ? own : `${own} + ${count(infrastructure)} infrastructure`;
}

/** The scope's name, cut where it is longer than a line. */
export function labelOf(profile: Profile, width: number, paint: Paint): Painted {
  const text = cutMiddle(oneLine(profile.label), width);
  return { text, painted: paint('strong', text) };
}

/** A status below 400 is how requests end: it is not worth a word. */
function troubleOf({ status, error, aborted }: Profile['outcome']): string[] {
  return [
    ...(status !== null && status >= 400 ? [String(status)] : []),
    ...(error === null ? [] : [oneLine(error)]),
    ...(aborted ? ['aborted'] : []),
  ];
}

function timeOf({ durationMs, statements, source }: Profile): string[] {
  if (durationMs <= 0 || statements.length === 0) return [];
  // Spans of any database are judged, and not all say which.
  const server = source === 'otel' ? 'the database' : 'PostgreSQL';
  return [`${millis(Math.min(busyMs(statements), durationMs))} of ${millis(durationMs)} ms in ${server}`];
}
