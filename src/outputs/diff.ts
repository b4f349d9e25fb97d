// What changed between two runs, as Markdown for a pull request, as text for a terminal, and as JSON. Times are in none of them: two runs of the same code
// differ in them.

import type { ChangedFinding, Diff, LabelCounts, LabelDiff } from '../report/diff.js';
import type { Finding } from '../report/report.js';
import type { FindingGroup } from '../report/run.js';
import { cellsOf, cutEnd, cutStart, padTo } from './drawing/cells.js';
import { placeOf } from './drawing/finding-sentences.js';
import { oneLine } from './drawing/harmless.js';
import { count, counted } from './drawing/numbers.js';
import { SIGNS } from './drawing/signs.js';
import { siteOf } from './drawing/site-name.js';
import { code, words } from './markdown/inline.js';
import { tableOf } from './markdown/table.js';
import type { MarkdownOptions } from './markdown.js';

/** A finding's line in the list of what changed. */
interface Entry {
  news: 'new' | 'changed' | 'fixed' | 'allowed';
  group: FindingGroup;
  /** What it says now, and of what changed what it said. */
  message: string;
}

const NEWS_SIGNS = { new: '✖', changed: '≠', fixed: '✓', allowed: '○' } as const satisfies Record<
  Entry['news'],
  string
>;

/** The diff as Markdown: the findings, and the labels that send another number of statements. Links lead to head. */
export function diffMarkdownOf(diff: Diff, { linkTo }: Pick<MarkdownOptions, 'linkTo'> = {}): string {
  const entries = entriesOf(diff);
  const findings = tableOf(
    [{ heading: '' }, { heading: 'finding' }, { heading: 'line' }, { heading: 'seen in' }],
    entries.map(({ news, group, message }) => {
      const { finding, report } = group.worst;
      const site = placeOf(finding, report.profile);
      const line = code(siteOf(site));
      return [
        `${NEWS_SIGNS[news]} ${news}`,
        `${SIGNS[finding.severity]} **${words(finding.detector)}** · ${finding.confidence}: ${words(message)}`,
        site === null || linkTo === undefined || !isOfHead(news) ? line : `[${line}](${linkTo(site.file, site.line)})`,
        words(group.labels.join(', ')),
      ];
    }),
  );
  const moved = movedIn(diff);
  const labels = tableOf(
    [
      { heading: 'statements' },
      { heading: 'before', figures: true },
      { heading: 'after', figures: true },
      { heading: '', figures: true },
    ],
    moved.map((label) => [code(label.label), countsOf(label.base), countsOf(label.head), changeOf(label)]),
  );
  const lines = [
    `### queryscope: ${words(sentenceOf(diff))}`,
    '',
    ...(entries.length === 0 ? [] : [...findings, '']),
    ...(moved.length === 0 ? [] : [...labels, '']),
    ...asidesOf(diff).flatMap((aside) => [words(aside), '']),
  ];
  return lines.map((line) => `${line}\n`).join('');
}

/** What is fixed or allowed is shown as it was in base. */
function isOfHead(news: Entry['news']): boolean {
  return news === 'new' || news === 'changed';
}

/** The diff for a terminal of that many cells. */
export function diffTextOf(diff: Diff, width: number): string {
  const entries = entriesOf(diff).flatMap((entry) => entryLines(entry, width));
  const moved = movedIn(diff);
  const widest = Math.max(0, ...moved.map(({ label }) => cellsOf(oneLine(label))));
  const labels = moved.map((label) =>
    cutEnd(
      `   ${padTo(oneLine(label.label), widest)}   ${countsOf(label.base)} → ${countsOf(label.head)} statements  ${changeOf(label)}`,
      width,
    ).trimEnd(),
  );
  const closed = (group: readonly string[]) => (group.length === 0 ? [] : [...group, '']);
  const lines = [
    ...closed(entries),
    ...closed(labels),
    ` ${sentenceOf(diff)}`,
    ...asidesOf(diff).map((aside) => `   ${aside}`),
  ];
  return lines.map((line) => `${line}\n`).join('');
}

/** The line of code beside what is said, or below it where there is no room. */
function entryLines({ news, group, message }: Entry, width: number): string[] {
  const { finding, report } = group.worst;
  const lead = ` ${NEWS_SIGNS[news]} ${padTo(news, 'changed'.length)}  `;
  const text = `${oneLine(finding.detector)} · ${finding.confidence}   ${oneLine(message)}`;
  const site = siteOf(placeOf(finding, report.profile));
  const room = width - cellsOf(lead);
  if (site === '' || cellsOf(text) + 2 + cellsOf(site) <= room)
    return [lead + cutEnd(site === '' ? text : `${text}  ${site}`, room)];
  return [lead + cutEnd(text, room), ' '.repeat(cellsOf(lead)) + cutStart(site, room)];
}

/** The diff for scripts: each finding by its key, without the profiles that it was seen in. */
export function diffJsonOf(diff: Diff): object {
  const findings = (groups: readonly FindingGroup[]) => groups.map(findingOf);
  return {
    format: 1,
    incomparable: diff.incomparable,
    fresh: findings(diff.fresh),
    fixed: findings(diff.fixed),
    allowed: findings(diff.allowed),
    unseen: findings(diff.unseen),
    changed: diff.changed.map(({ key, base, head }) => ({ key, base: findingOf(base), head: findingOf(head) })),
    labels: diff.labels,
  };
}

function findingOf({ key, worst, labels, scopes }: FindingGroup): object {
  const { detector, severity, confidence, message, statements, callSite } = worst.finding;
  const place = callSite === null ? null : { file: callSite.file, line: callSite.line, function: callSite.function };
  return {
    key,
    detector,
    severity,
    confidence,
    message,
    statements: statements.length,
    callSite: place,
    labels,
    scopes,
  };
}

const MOVES: readonly LabelDiff['change'][] = ['more', 'fewer', 'new', 'gone'];

/** The labels that send another number of statements; what ran on one side only last, as that says nothing. */
function movedIn({ labels }: Diff): LabelDiff[] {
  return MOVES.flatMap((move) => labels.filter(({ change }) => change === move));
}

/** What is new first: it is what a reader has to act on. */
function entriesOf({ fresh, changed, fixed, allowed }: Diff): Entry[] {
  const entry =
    (news: Entry['news']) =>
    (group: FindingGroup): Entry => ({ news, group, message: group.worst.finding.message });
  return [
    ...fresh.map(entry('new')),
    ...changed.map((change): Entry => ({ news: 'changed', group: change.head, message: changeIn(change) })),
    ...fixed.map(entry('fixed')),
    ...allowed.map(entry('allowed')),
  ];
}

function changeIn({ base, head }: ChangedFinding): string {
  const before = base.worst.finding;
  const after = head.worst.finding;
  const parts = [
    ...(before.message === after.message ? [after.message] : [`${after.message}, before ${before.message}`]),
    ...differenceOf(before, after, 'severity'),
    ...differenceOf(before, after, 'confidence'),
  ];
  return parts.join('; ');
}

function differenceOf(before: Finding, after: Finding, what: 'severity' | 'confidence'): string[] {
  return before[what] === after[what] ? [] : [`${before[what]} → ${after[what]}`];
}

/** `1 new finding, 2 fixed, 1 changed`. */
function sentenceOf({ fresh, fixed, changed, incomparable }: Diff): string {
  if (incomparable !== null) return 'findings cannot be compared';
  const parts = [
    ...(fresh.length === 0 ? [] : [counted(fresh.length, 'new finding')]),
    ...(fixed.length === 0 ? [] : [`${count(fixed.length)} fixed`]),
    ...(changed.length === 0 ? [] : [`${count(changed.length)} changed`]),
  ];
  return parts.length === 0 ? 'no finding is new, fixed or changed' : parts.join(', ');
}

/** What is not in the tables, and why. */
function asidesOf({ incomparable, unseen, labels }: Diff): string[] {
  const same = labels.filter(({ change }) => change === 'same').length;
  return [
    ...(incomparable === null ? [] : [oneLine(incomparable)]),
    ...(unseen.length === 0
      ? []
      : [
          `${counted(unseen.length, 'finding')} could not be looked for again: not all labels that had ${unseen.length === 1 ? 'it' : 'them'} ran.`,
        ]),
    ...(same === 0 ? [] : [`${counted(same, 'label')} ${same === 1 ? 'sends' : 'send'} as many statements as before.`]),
  ];
}

/** The median; with the most, where that is more. */
function countsOf(counts: LabelCounts | null): string {
  if (counts === null) return '–';
  const { median, max } = counts;
  return max === median ? count(median) : `${count(median)} to ${count(max)}`;
}

function changeOf({ change, base, head }: LabelDiff): string {
  if (base === null || head === null) return change;
  const difference = head.median - base.median || head.max - base.max;
  return `${difference > 0 ? '+' : '−'}${count(Math.abs(difference))}`;
}
