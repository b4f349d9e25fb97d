// What the console says about a whole run: each finding once, where it is worst, with the scopes that had it; and last, where the eye stays,
// what was watched and the verdict.

import type { Profile } from '../../profile/types.js';
import type { ReadSource } from '../../report/code-frame.js';
import type { FindingGroup, Loss } from '../../report/run.js';
import type { RunTotals } from '../../report/run-totals.js';
import type { JudgedGroup, KnownFinding, Verdict } from '../../report/verdict.js';
import { cutEnd, wrap } from './cells.js';
import { drawBlock } from './finding-block.js';
import { oneLine } from './harmless.js';
import { factCells, factLines, INDENT, joinParts, NARROWEST, textCells, WIDEST } from './layout.js';
import { count, counted } from './numbers.js';
import { colourful, type Paint, plain } from './paint.js';
import { closed, foldedLine } from './report-text.js';
import { requestLine } from './request-line.js';
import { type RunBlock, runBlocksOf } from './run-blocks.js';
import { siteOf } from './statement-rows.js';

export interface RunTextOptions {
  /** Cells of a line; what is drawn takes at least 40 and at most 120 of them. */
  width: number;
  color: boolean;
  /** Where code frames come from. */
  read: ReadSource;
}

/** Labels named beside a finding; more are told by their number. */
const MOST_LABELS = 4;

/** What the console says about a judged run. Why it is blind is said by whoever ends with an error. */
export function runText(verdict: Verdict, losses: readonly Loss[], { width, color, read }: RunTextOptions): string {
  const cells = Math.min(Math.max(width, NARROWEST), WIDEST);
  const paint = color ? colourful : plain;
  const { told, folded, known } = sorted(verdict);
  const lines = [
    ...runBlocksOf(told).flatMap((block) => [...runBlockLines(block, read, cells, paint), '']),
    ...closed(folded.map(({ worst }) => foldedLine(worst.finding, cells, paint))),
    ...closed(known.map((group) => knownLine(group, cells, paint))),
    ...closed(verdict.gone.map((entry) => goneLine(entry, cells, paint))),
    ...verdictLines(verdict, losses, cells, paint),
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

/** `in 12 requests: GET /chats, GET /chats/:id`. */
export function seenIn(groups: readonly FindingGroup[]): string {
  const profiles = [...new Set(groups.flatMap(({ occurrences }) => occurrences.map(({ report }) => report.profile)))];
  const scopes = (['request', 'job', 'test'] as const).flatMap((kind) => {
    const often = profiles.filter((profile) => profile.kind === kind).length;
    return often === 0 ? [] : [counted(often, kind)];
  });
  const labels = [...new Set(profiles.map(({ label }) => oneLine(label)))].sort();
  const more = labels.length - MOST_LABELS;
  const named = [...labels.slice(0, MOST_LABELS), ...(more > 0 ? [`and ${counted(more, 'more label')}`] : [])];
  return `in ${scopes.join(', ')}: ${named.join(', ')}`;
}

function knownLine({ known, worst }: JudgedGroup, cells: number, paint: Paint): string {
  const { detector, callSite } = worst.finding;
  const { since, reason } = known as KnownFinding;
  const site = siteOf(callSite);
  const text = ` ○ ${oneLine(detector)} · known since ${since}   ${oneLine(reason)}${site && `  ${site}`}`;
  return paint('faint', cutEnd(text, cells));
}

function goneLine({ key, since }: KnownFinding, cells: number, paint: Paint): string {
  return paint('faint', cutEnd(` ✓ gone, known since ${since}   ${oneLine(key)}`, cells));
}

const OUTCOMES = {
  clean: { sign: '✓', style: 'strong' },
  findings: { sign: '✖', style: 'error' },
  blind: { sign: '▲', style: 'warning' },
} as const;

function verdictLines(verdict: Verdict, losses: readonly Loss[], cells: number, paint: Paint): string[] {
  const { sign, style } = OUTCOMES[verdict.outcome];
  const room = textCells(cells, INDENT.length);
  const body = [sentenceOf(verdict), ...joinParts(watchedIn(verdict.totals), room)].flatMap((part) => wrap(part, room));
  const warnings = lossesIn(losses, verdict.blindness);
  return [
    ...body.map((line, index) => (index === 0 ? ` ${paint(style, sign)} ${paint('strong', line)}` : INDENT + line)),
    ...warnings.flatMap((warning) =>
      wrap(oneLine(warning), room).map((line, index) => ` ${index === 0 ? paint('warning', '▲') : ' '} ${line}`),
    ),
  ];
}

/** `2 findings, 1 of them fails`. */
export function sentenceOf({ groups, outcome, gone, compared }: Verdict): string {
  const fresh = groups.filter(({ known }) => known === null);
  const failing = fresh.filter((group) => group.fails).length;
  const known = groups.length - fresh.length;
  const parts = [
    ...(outcome === 'blind' ? ['nothing can be said'] : []),
    counted(fresh.length, compared ? 'new finding' : 'finding') +
      (fresh.length === 0 ? '' : failing === 0 ? ', none of which fails' : failingOf(failing, fresh.length)),
    ...(known === 0 ? [] : [`${count(known)} known`]),
    ...(gone.length === 0 ? [] : [`${count(gone.length)} gone`]),
  ];
  return parts.join(' · ');
}

function failingOf(failing: number, all: number): string {
  if (failing === all) return all === 1 ? ', which fails' : ', all of which fail';
  return `, ${count(failing)} of which ${failing === 1 ? 'fails' : 'fail'}`;
}

/** `3 requests`, `29 statements`, `2 services`: what the verdict rests on. */
export function watchedIn({ scopes, statements, unattributed, services, processes }: RunTotals): string[] {
  const kinds = (['request', 'job', 'test'] as const satisfies readonly Profile['kind'][]).filter(
    (kind) => scopes[kind] > 0,
  );
  return [
    ...(kinds.length === 0 ? ['0 requests'] : kinds.map((kind) => counted(scopes[kind], kind))),
    counted(statements, 'statement'),
    ...(unattributed === 0 ? [] : [`${counted(unattributed, 'statement')} outside any scope`]),
    ...(services.length > 1 ? [`services ${services.map(oneLine).join(', ')}`] : []),
    ...(processes > 1 ? [`${count(processes)} processes`] : []),
  ];
}

/** What is missing from the run, each once: what blinds it is said already. */
export function lossesIn(losses: readonly Loss[], said: readonly string[]): string[] {
  return losses
    .filter(({ message }) => !said.includes(message))
    .map(({ message, count: times }) => (times > 1 ? `${count(times)}× ${message}` : message));
}
