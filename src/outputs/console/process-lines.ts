// The first and the last line of a process: what is watched, and what was seen of it. The last one exists so that silence
// is never taken for health: a process that saw nothing says so.

import type { IdleAllow, Report } from '../../report/report.js';
import type { RunProcess } from '../../report/run.js';
import { wrap } from '../drawing/cells.js';
import { oneLine } from '../drawing/harmless.js';
import { counted } from '../drawing/numbers.js';
import { idleLines, unfinishedWords, unsampledWords } from '../drawing/process-words.js';
import { INDENT, WIDEST } from './layout.js';
import { colourful, plain } from './paint.js';

/** What a process has seen so far. */
export interface Tally {
  scopes: Record<Report['profile']['kind'], number>;
  /** Statements inside scopes, those over the cap too. */
  statements: number;
  /** Statements outside any scope. */
  unattributed: number;
  unsampled: RunProcess['unsampled'];
  /** Scopes that were not over when the process ended, and the statements sent in them. */
  unjudged: RunProcess['unjudged'];
  /** Different findings. */
  findings: number;
  /** Allowances without an effect. */
  idleAllows: readonly IdleAllow[];
}

interface Look {
  width: number;
  color: boolean;
}

/** `queryscope   watching pg 8.23.1 · clean requests print nothing`, and a blank line. */
export function startText(drivers: readonly string[], look: Look): string {
  const news =
    drivers.length === 0
      ? 'on, but no pg has been loaded or instrumented yet'
      : `watching ${oneLine(drivers.join(', '))} · clean requests print nothing`;
  return `${said(news, [], look)}\n`;
}

/** `queryscope   3 requests · 29 statements, all inside · 2 findings`, and a warning for each way to have been blind. */
export function exitText(tally: Tally, drivers: readonly string[], look: Look): string {
  const { scopes, statements, unattributed, unsampled, findings } = tally;
  const kinds = (['request', 'job', 'test'] as const).filter((kind) => scopes[kind] > 0);
  const watched = kinds.map((kind) => counted(scopes[kind], kind)).join(', ') || '0 requests';
  const { unjudged } = tally;
  const sawNothing = statements === 0;
  const summary = [
    watched,
    ...(unsampled.requests > 0 ? [unsampledWords(unsampled.requests)] : []),
    counted(statements, 'statement') + (sawNothing || unattributed > 0 ? '' : ', none outside'),
    ...(sawNothing ? [] : [counted(findings, 'finding')]),
  ];
  const warnings = [
    ...(sawNothing && kinds.length > 0 && unjudged.statements === 0 ? [blindness(drivers)] : []),
    ...(unjudged.statements > 0 ? [unfinishedWords(unjudged, 'the process')] : []),
    ...(unattributed > 0
      ? [`${counted(unattributed, 'statement')} ran outside any request, job or test: nobody judged them`]
      : []),
    ...(sawNothing ? [] : idleLines(tally.idleAllows)),
  ];
  return said(summary.join(' · '), warnings, look);
}

function blindness(drivers: readonly string[]): string {
  return drivers.length === 0
    ? 'not one statement was seen, as no pg was found: hand it to profiler.instrument(pg)'
    : 'not one statement was seen: if the app did query, it has another copy of pg; hand its pool to profiler.wrap(pool)';
}

function said(news: string, warnings: readonly string[], { width, color }: Look): string {
  const paint = color ? colourful : plain;
  const name = 'queryscope';
  const indent = ' '.repeat(name.length + INDENT.length);
  const room = Math.max(Math.min(width, WIDEST) - indent.length, 20);
  const newsLines = wrap(news, room).map(
    (line, index) => (index === 0 ? paint('strong', name) + INDENT : indent) + paint('faint', line),
  );
  const warningLines = warnings.flatMap((warning) =>
    wrap(warning, room).map((line, index) => `${indent.slice(2)}${index === 0 ? paint('warning', '▲') : ' '} ${line}`),
  );
  return [...newsLines, ...warningLines].map((line) => `${line}\n`).join('');
}
