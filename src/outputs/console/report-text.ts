// What the console says about one report, as a pure function: nothing where all is well, a finding in full the first time
// the process has it, and one line after that.

import type { Notice, Profile } from '../../profile/types.js';
import type { ReadSource } from '../../report/code-frame.js';
import type { Finding, Report } from '../../report/report.js';
import { type Block, blocksOf } from '../drawing/blocks.js';
import { cellsOf, cutEnd, wrap } from '../drawing/cells.js';
import { oneLine } from '../drawing/harmless.js';
import { count, counted } from '../drawing/numbers.js';
import { siteOf } from '../drawing/site-name.js';
import { drawBlock, namesOf, signOf } from './finding-block.js';
import { factCells, factLines, INDENT, joinParts, NARROWEST, WIDEST } from './layout.js';
import { colourful, type Paint, plain } from './paint.js';
import { labelOf, requestLine } from './request-line.js';

export interface ConsoleTextOptions {
  /** Cells of a line; what is drawn takes at least 40 and at most 120 of them. */
  width: number;
  color: boolean;
  /** How often this process has had each thing already, by `namesIn`; what it has had is said in one line. None by default. */
  seen?: ReadonlyMap<string, number>;
  /** Where code frames come from; none by default. */
  read?: ReadSource;
}

/** What the console says about `report`, its children not included; empty where there is nothing to say. */
export function consoleText(
  report: Report,
  { width, color, seen = new Map(), read = () => null }: ConsoleTextOptions,
): string {
  const cells = Math.min(Math.max(width, NARROWEST), WIDEST);
  const lines = reportLines(report, { cells, paint: color ? colourful : plain, seen, read });
  return lines.map((line) => `${line}\n`).join('');
}

/** What this report says in full the first time: its findings by their names, its notices by their codes. */
export function namesIn({ findings, profile }: Report): string[] {
  return [...new Set([...findings.map(findingName), ...profile.notices.map(noticeName)])];
}

/** The key and the line: handlers without a name in one file have one key, and none of them has been shown by another's line. */
export function findingName({ key, callSite }: Finding): string {
  return callSite === null ? key : `${key} ${callSite.file}:${callSite.line}`;
}

/** Said again at the 2nd to 10th time, then ever more seldom: at 20, 50, 100, 200, 500 … */
export function isToldAgain(times: number): boolean {
  return times <= 10 || /^[125]0+$/.test(String(times));
}

interface Drawing {
  cells: number;
  paint: Paint;
  seen: ReadonlyMap<string, number>;
  read: ReadSource;
}

function reportLines({ profile, findings, ...report }: Report, { cells, paint, seen, read }: Drawing): string[] {
  const told = findings.filter(({ confidence }) => confidence !== 'possible');
  const blocks = blocksOf(told);
  const isNew = (finding: Finding) => !seen.has(findingName(finding));
  const fresh = blocks.filter((block) => block.findings.some(isNew));
  const folded = findings.filter((finding) => finding.confidence === 'possible' && isNew(finding));
  const missed = profile.notices.filter((notice) => notice.code !== 'allow-unused' && !seen.has(noticeName(notice)));
  const again = blocks
    .filter((block) => !fresh.includes(block))
    .map((block) => ({
      block,
      times: 1 + Math.max(...block.findings.map((finding) => seen.get(findingName(finding)) ?? 0)),
    }))
    .filter(({ times }) => isToldAgain(times));

  if (fresh.length + folded.length + missed.length === 0) {
    const label = labelOf(profile, cells, paint);
    const room = cells - cellsOf(label.text) - INDENT.length;
    return again.map(({ block, times }) => label.painted + INDENT + againLine(block, times, room, paint));
  }
  return [
    ...requestLine(profile, cells, paint, report.infrastructure.length),
    '',
    ...fresh.flatMap((block) => [...drawBlock(block, profile, read, cells, paint), '']),
    ...closed([
      ...again.map(({ block, times }) => ` ${againLine(block, times, cells - 1, paint)}`),
      ...folded.map((finding) => foldedLine(finding, cells, paint)),
    ]),
    ...closed([
      ...factLines(
        'missed',
        missed.flatMap((notice) => missedLines(notice, cells)),
        paint,
      ),
      ...asideLines(profile, report, cells, paint),
    ]),
  ];
}

/** A group of lines with the blank one that ends it. */
export function closed(group: readonly string[]): string[] {
  return group.length === 0 ? [] : [...group, ''];
}

/** `▲ n-plus-one again (3×)  src/chats.ts:14`, with as many sites as fit `room`. */
function againLine(block: Block, times: number, room: number, paint: Paint): string {
  const news = `${namesOf(block)} again`;
  const often = `(${count(times)}×)`;
  const sites = [...new Set(block.findings.map(({ callSite }) => siteOf(callSite)))].filter((site) => site !== '');
  const where = cutEnd(sites.join(' '), Math.max(room - cellsOf(`▲ ${news} ${often}  `), 1));
  return `${signOf(block, paint)} ${news} ${paint('faint', often)}${where && `  ${paint('place', where)}`}`;
}

/** What is merely possible takes one line. */
export function foldedLine({ detector, callSite, message }: Finding, cells: number, paint: Paint): string {
  const site = siteOf(callSite);
  return paint(
    'faint',
    cutEnd(` ○ ${oneLine(detector)} · possible   ${oneLine(message)}${site && `  ${site}`}`, cells),
  );
}

/** What was found and not told, so that it is not taken for absent. */
function asideLines(
  profile: Profile,
  { dismissals, suppressed }: Pick<Report, 'dismissals' | 'suppressed'>,
  cells: number,
  paint: Paint,
): string[] {
  const unused = profile.notices.filter(({ code }) => code === 'allow-unused').length;
  const kinds = [...new Set(dismissals.map(({ kind }) => kind))].join(', ');
  const asides = [
    ...(dismissals.length === 0 ? [] : [`${counted(dismissals.length, 'repeat')} judged harmless (${kinds})`]),
    ...(suppressed.length === 0 ? [] : [`${counted(suppressed.length, 'finding')} allowed (${reasonsOf(suppressed)})`]),
    ...(unused === 0 ? [] : [`${counted(unused, 'allow')} with nothing to allow`]),
    ...(profile.unattributed === 0
      ? []
      : [`${counted(profile.unattributed, 'statement')} outside any scope meanwhile`]),
  ];
  const body = joinParts(asides, factCells(cells)).flatMap((line) => wrap(line, factCells(cells)));
  return factLines('also', body, paint);
}

/** `n-plus-one: two sides at most`, each once. */
function reasonsOf(suppressed: Report['suppressed']): string {
  const reasons = suppressed.map(({ finding, reason }) => `${finding.detector}: ${reason}`);
  return [...new Set(reasons.map(oneLine))].join('; ');
}

/** `12,000×  more statements were sent than …`. */
function missedLines({ count: times, message }: Notice, cells: number): string[] {
  return wrap(`${count(times)}× ${oneLine(message)}`, factCells(cells));
}

function noticeName({ code }: Notice): string {
  return `notice ${code}`;
}
