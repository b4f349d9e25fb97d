// What the console says about a whole run: each finding once, where it is worst, with the scopes that had it; and last, where the eye stays,
// what was watched and the verdict.

import type { BaselineEntry } from '../../report/baseline.js';
import type { ReadSource } from '../../report/code-frame.js';
import type { Run } from '../../report/run.js';
import type { JudgedGroup, Verdict } from '../../report/verdict.js';
import { cutEnd, wrap } from '../drawing/cells.js';
import { oneLine } from '../drawing/harmless.js';
import { type RunBlock, runBlocksOf } from '../drawing/run-blocks.js';
import { gapsIn, seenIn, sentenceOf, watchedIn } from '../drawing/run-words.js';
import { siteOf } from '../drawing/site-name.js';
import { drawBlock } from './finding-block.js';
import { factCells, factLines, INDENT, joinParts, NARROWEST, textCells, WIDEST } from './layout.js';
import { colourful, type Paint, plain } from './paint.js';
import { closed, foldedLine } from './report-text.js';
import { requestLine } from './request-line.js';

export interface RunTextOptions {
  /** Cells of a line; what is drawn takes at least 40 and at most 120 of them. */
  width: number;
  color: boolean;
  /** Where code frames come from. */
  read: ReadSource;
}

/** What the console says about a judged run. Why it is blind is said by whoever ends with an error. */
export function runText(run: Run, verdict: Verdict, { width, color, read }: RunTextOptions): string {
  const cells = Math.min(Math.max(width, NARROWEST), WIDEST);
  const paint = color ? colourful : plain;
  const { told, folded, known } = sorted(verdict);
  const lines = [
    ...runBlocksOf(told).flatMap((block) => [...runBlockLines(block, read, cells, paint), '']),
    ...closed(folded.map(({ worst }) => foldedLine(worst.finding, cells, paint))),
    ...closed(known.map((group) => knownLine(group, cells, paint))),
    ...closed(verdict.gone.map((entry) => goneLine(entry, cells, paint))),
    ...verdictLines(run, verdict, cells, paint),
  ];
  return lines.map((line) => `${line}\n`).join('');
}

/** What is new and not merely possible is told in full, the rest in a line each. */
function sorted({ groups }: Verdict): Record<'told' | 'folded' | 'known', JudgedGroup[]> {
  const fresh = groups.filter(({ known }) => known === null);
  const isTold = ({ fails, worst }: JudgedGroup) => fails || worst.finding.confidence !== 'possible';
  return {
    told: fresh.filter(isTold),
    folded: fresh.filter((group) => !isTold(group)),
    known: groups.filter(({ known }) => known !== null),
  };
}

/** One tree of findings below the scope that shows it best, as far as it has one. */
export function runBlockLines(
  { block, report, groups }: RunBlock<JudgedGroup>,
  read: ReadSource,
  cells: number,
  paint: Paint,
): string[] {
  const { profile, infrastructure } = report;
  const room = factCells(cells);
  return [
    ...requestLine(profile, cells, paint, infrastructure.length),
    '',
    ...drawBlock(block, profile, read, cells, paint),
    ...factLines('seen', wrap(seenIn(groups), room), paint),
  ];
}

function knownLine({ known, worst }: JudgedGroup, cells: number, paint: Paint): string {
  const { detector, callSite } = worst.finding;
  const { since, reason } = known as BaselineEntry;
  const site = siteOf(callSite);
  const text = ` ○ ${oneLine(detector)} · known${site && `  ${site}`}   since ${since}: ${oneLine(reason)}`;
  return paint('faint', cutEnd(text, cells));
}

function goneLine({ key, since }: BaselineEntry, cells: number, paint: Paint): string {
  return paint('faint', cutEnd(` ✓ gone, known since ${since}   ${oneLine(key)}`, cells));
}

const OUTCOMES = {
  clean: { sign: '✓', style: 'strong' },
  findings: { sign: '✖', style: 'error' },
  blind: { sign: '▲', style: 'warning' },
} as const;

function verdictLines(run: Run, verdict: Verdict, cells: number, paint: Paint): string[] {
  const { sign, style } = OUTCOMES[verdict.outcome];
  const room = textCells(cells, INDENT.length);
  const body = [sentenceOf(verdict), ...joinParts(watchedIn(verdict.totals), room)].flatMap((part) => wrap(part, room));
  const warnings = gapsIn(run, verdict.blindness);
  return [
    ...body.map((line, index) => (index === 0 ? ` ${paint(style, sign)} ${paint('strong', line)}` : INDENT + line)),
    ...warnings.flatMap((warning) =>
      wrap(oneLine(warning), room).map((line, index) => ` ${index === 0 ? paint('warning', '▲') : ' '} ${line}`),
    ),
  ];
}
