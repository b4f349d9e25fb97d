// One finding over all scopes that had it, as a SARIF result.

import type { Statement } from '../../profile/types.js';
import type { ReadSource } from '../../report/code-frame.js';
import type { Finding, Report } from '../../report/report.js';
import type { JudgedGroup } from '../../report/verdict.js';
import { insteadOf, placeOf, sentencesOf } from '../drawing/finding-sentences.js';
import { shortSql } from '../drawing/short-sql.js';
import { type SarifFix, sarifFixOf } from './fix.js';
import { isSameLine, type Location, locationOf } from './locations.js';

export type Level = 'error' | 'warning' | 'note';

export interface SarifResult {
  ruleId: string;
  ruleIndex: number;
  level: Level;
  message: { text: string };
  locations: [Location];
  relatedLocations?: Location[];
  codeFlows?: { threadFlows: { locations: { location: Location }[] }[] }[];
  partialFingerprints: { 'queryscopeKey/v1': string };
  occurrenceCount: number;
  baselineState?: 'new' | 'unchanged';
  fixes?: [SarifFix];
  properties: { confidence: Finding['confidence']; labels: readonly string[]; replacement?: string };
}

/** Viewers list them one below the other; a loop has one or two, what should have been one unit a handful. */
const MAX_RELATED = 10;

/** `compared`: is there a baseline that it can be new to? */
export function resultOf(group: JudgedGroup, ruleIndex: number, compared: boolean, read: ReadSource): SarifResult {
  const { finding, report } = group.worst;
  const main = locationOf(placeOf(finding, report.profile), read);
  const feeding = sitesOf(finding.source, report, 'Its rows are the values', read);
  const related = [...feeding, ...sitesOf(finding.statements, report, 'Sends', read)].filter(
    (location, index, all) =>
      !isSameLine(location, main) && index === all.findIndex((other) => isSameLine(other, location)),
  );
  const fix = sarifFixOf(finding, read);
  return {
    ruleId: finding.detector,
    ruleIndex,
    level: levelOf(finding),
    message: { text: literal([...sentencesOf(group), insteadOf(finding)].join(' ').trimEnd()) },
    locations: [main],
    ...(related.length > 0 && {
      relatedLocations: related.slice(0, MAX_RELATED).map((location, index) => ({ ...location, id: index + 1 })),
    }),
    ...flowOf(feeding, main),
    // GitHub's own fingerprint, of the line's text, is left to whoever uploads: code scanning warns of any other by that name.
    partialFingerprints: { 'queryscopeKey/v1': group.key },
    occurrenceCount: group.scopes,
    ...(compared && { baselineState: group.known === null ? ('new' as const) : ('unchanged' as const) }),
    ...(fix !== null && { fixes: [fix] }),
    properties: {
      confidence: finding.confidence,
      labels: group.labels,
      ...(finding.replacement !== null && { replacement: finding.replacement }),
    },
  };
}

/** What is only possible is worth a look, whatever it would be. */
function levelOf({ severity, confidence }: Finding): Level {
  return severity === 'info' || confidence === 'possible' ? 'note' : severity;
}

/** The lines that these statements were sent from, with the first statement of each. */
function sitesOf(indexes: readonly number[], { profile }: Report, lead: string, read: ReadSource): Location[] {
  const statements = indexes.flatMap((index) => profile.statements[index] ?? []);
  const first = new Map<string, Statement>();
  for (const statement of statements) {
    const { callSite } = statement;
    const place = callSite === null ? null : `${callSite.file}:${callSite.line}`;
    if (place !== null && !first.has(place)) first.set(place, statement);
  }
  return [...first.values()].map(({ callSite, sql }) => ({
    ...locationOf(callSite, read),
    message: { text: literal(`${lead}: ${shortSql(sql)}`) },
  }));
}

/** The way of the values, which is what a code flow is: from the rows that were read to the line that binds them. */
function flowOf([source]: readonly Location[], main: Location): Pick<SarifResult, 'codeFlows'> {
  if (source === undefined) return {};
  const loop = { ...main, message: { text: 'Sends one statement for each of them.' } };
  return { codeFlows: [{ threadFlows: [{ locations: [{ location: source }, { location: loop }] }] }] };
}

/** Text in which a viewer finds neither a placeholder (`{0}`) nor a link (`[x](1)`). */
function literal(text: string): string {
  return text.replace(/\{(\d+)\}/g, '{{$1}}').replace(/\[(?=[^[\]]*\]\()/g, '\\[');
}
