// A judged run as Markdown, for the job summary of GitHub, a comment on a pull request, or a chat: the verdict and a table at once, each finding's drawing
// folded below it. What does not fit in the bytes that there are is left out, and said to be.

import type { Run } from '../report/run.js';
import { readCollected } from '../report/source-lines.js';
import type { JudgedGroup, Verdict } from '../report/verdict.js';
import { plain } from './console/paint.js';
import { runBlockLines } from './console/run-text.js';
import { placeOf } from './drawing/finding-sentences.js';
import { lines } from './drawing/harmless.js';
import { count, counted } from './drawing/numbers.js';
import { type RunBlock, runBlocksOf } from './drawing/run-blocks.js';
import { gapsIn, seenIn, sentenceOf, watchedIn } from './drawing/run-words.js';
import { SIGNS } from './drawing/signs.js';
import { siteOf } from './drawing/site-name.js';
import { block, code, html, words } from './markdown/inline.js';
import { tableOf } from './markdown/table.js';

export interface MarkdownOptions {
  /** The most that it may take, in bytes of UTF-8. No limit by default. */
  maxBytes?: number;
  /** The page of a line of the app, such as GitHub's for the commit. */
  linkTo?: (file: string, line: number) => string;
}

const OUTCOMES = { clean: '✓', findings: '✖', blind: '⚠' } as const;
/** Rows of the table: more are in the report, and nobody reads them here. */
const MAX_ROWS = 50;
/** Cells of a line in a drawing: what GitHub shows without a scroll bar. */
const CELLS = 96;
/** Kept for the sentence that says what was left out. */
const NOTICE_BYTES = 200;

export function markdownOf(
  run: Run,
  verdict: Verdict,
  { maxBytes = Number.POSITIVE_INFINITY, linkTo }: MarkdownOptions = {},
): string {
  const blocks = runBlocksOf(verdict.groups.filter(({ known }) => known === null));
  const read = readCollected(run.sources);
  const parts = [
    [
      `### ${OUTCOMES[verdict.outcome]} queryscope: ${words(sentenceOf(verdict))}`,
      '',
      words(watchedIn(verdict.totals).join(' · ')),
      '',
    ],
    warningsOf(run, verdict),
    findingsTable(verdict, linkTo),
    ...blocks.map((each) => details(each, runBlockLines(each, read, CELLS, plain))),
    knownDetails(verdict),
  ].map((part) => part.map((line) => `${line}\n`).join(''));
  return fitted(parts, maxBytes);
}

/** As many parts, from the first on, as fit; and how many did not, as long as there is room to say it. */
function fitted(parts: readonly string[], maxBytes: number): string {
  const room = maxBytes - NOTICE_BYTES;
  let out = '';
  let bytes = 0;
  let shown = 0;
  for (const part of parts) {
    bytes += Buffer.byteLength(part);
    if (bytes > room) break;
    out += part;
    shown += 1;
  }
  const left = parts.length - shown;
  if (left === 0 || room < 0) return out;
  return `${out}\n_${counted(left, 'part')} of this summary left out: there is no more room for it here._\n`;
}

function warningsOf(run: Run, { blindness }: Verdict): string[] {
  const warnings = [...blindness, ...gapsIn(run, blindness)].map((warning) => `- ⚠ ${words(warning)}`);
  return warnings.length === 0 ? [] : [...warnings, ''];
}

function findingsTable({ groups, compared }: Verdict, linkTo: MarkdownOptions['linkTo']): string[] {
  if (groups.length === 0) return [];
  const columns = [{ heading: '' }, { heading: 'finding' }, { heading: 'line' }, { heading: 'seen' }];
  const rows = groups.slice(0, MAX_ROWS).map((group) => rowOf(group, compared, linkTo));
  const more = groups.length - rows.length;
  return [...tableOf(columns, rows), '', ...(more > 0 ? [`_and ${counted(more, 'finding')} more_`, ''] : [])];
}

function rowOf(group: JudgedGroup, compared: boolean, linkTo: MarkdownOptions['linkTo']): string[] {
  const { finding, report } = group.worst;
  const { detector, severity, confidence, message } = finding;
  const standing = group.known !== null ? ' · known' : compared ? ' · new' : '';
  const site = placeOf(finding, report.profile);
  const line = code(siteOf(site));
  return [
    SIGNS[severity],
    `**${words(detector)}** · ${confidence}${standing}: ${words(message)}`,
    site === null || linkTo === undefined ? line : `[${line}](${linkTo(site.file, site.line)})`,
    words(seenIn([group])),
  ];
}

function details({ block: { findings }, groups }: RunBlock<JudgedGroup>, drawing: readonly string[]): string[] {
  const names = [...new Set(findings.map(({ detector }) => detector))].join(', ');
  const [first] = groups as [JudgedGroup];
  const { finding, report } = first.worst;
  const replacements = findings.flatMap(({ replacement }) => replacement ?? []);
  return [
    `<details><summary>${SIGNS[finding.severity]} <b>${html(names)}</b> in <code>${html(report.profile.label)}</code></summary>`,
    '',
    block(drawing.join('\n'), 'text'),
    ...(replacements.length === 0
      ? []
      : ['', 'Send instead:', '', block(replacements.map((sql) => `${lines(sql).join('\n')};`).join('\n'), 'sql')]),
    '',
    '</details>',
    '',
  ];
}

function knownDetails({ groups, gone }: Verdict): string[] {
  const known = groups.flatMap((group) => (group.known === null ? [] : [{ group, known: group.known }]));
  if (known.length + gone.length === 0) return [];
  return [
    `<details><summary>${count(known.length)} known, ${count(gone.length)} gone</summary>`,
    '',
    ...known.map(
      ({ group, known: { since, reason } }) =>
        `- ${words(group.worst.finding.detector)} ${code(siteOf(group.worst.finding.callSite))} since ${since}: ${words(reason)}`,
    ),
    ...gone.map(({ key, since }) => `- gone: ${code(key)}, known since ${since}`),
    '',
    '</details>',
    '',
  ];
}
