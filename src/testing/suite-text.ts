// The few lines after a suite: how much was watched, what was found, where to read it, and how to accept it.

import { relative } from 'node:path';
import { oneLine } from '../outputs/drawing/harmless.js';
import { count, counted } from '../outputs/drawing/numbers.js';
import { siteOf } from '../outputs/drawing/site-name.js';
import type { JudgedGroup, Verdict } from '../report/verdict.js';

export interface SuiteEnd {
  verdict: Verdict;
  /** The page's file. */
  page: string;
  hasBaseline: boolean;
  /** What writes one. */
  command: string;
}

/** More findings are in the page. */
const MOST_FINDINGS = 5;

/** Null: no worker captured anything. */
export function suiteText(end: SuiteEnd | null): string {
  if (end === null || end.verdict.totals.statements === 0) {
    return said('not one statement was captured: no test sent one through a pg that is watched', []);
  }
  const { verdict, page, hasBaseline, command } = end;
  const bad = verdict.groups.filter(({ fails }) => fails);
  const known = verdict.groups.filter((group) => group.known !== null);
  const { scopes, statements } = verdict.totals;
  const found = hasBaseline
    ? `${counted(bad.length, 'new finding')}, ${count(known.length)} accepted`
    : counted(bad.length, 'finding');
  const shown = bad.slice(0, MOST_FINDINGS).map(findingLine);
  const more = bad.length - shown.length;
  return said([counted(scopes.test, 'test'), counted(statements, 'statement'), found].join(' · '), [
    ...shown,
    ...(more > 0 ? [`… and ${counted(more, 'finding')} more`] : []),
    `report    ${relative(process.cwd(), page)}`,
    ...(hasBaseline || bad.length === 0
      ? []
      : [`baseline  none yet: ${command} accepts what there is, and from then on what is new fails its test`]),
  ]);
}

function findingLine({ worst: { finding }, labels }: JudgedGroup): string {
  const sign = finding.severity === 'error' ? '✖' : '▲';
  return [`${sign} ${oneLine(finding.detector)}`, siteOf(finding.callSite), `in ${counted(labels.length, 'scope')}`]
    .filter((part) => part !== '')
    .join('  ');
}

function said(news: string, lines: readonly string[]): string {
  return `\nqueryscope   ${news}\n${lines.map((line) => `             ${line}\n`).join('')}\n`;
}
