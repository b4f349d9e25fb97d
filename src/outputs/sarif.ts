// A run as SARIF 2.1.0 (https://docs.oasis-open.org/sarif/sarif/v2.1.0), for code scanning and for the viewers of editors. A pure function; only
// the part of the format that is written is declared.

import type { Run } from '../report/run.js';
import { readCollected } from '../report/source-lines.js';
import type { JudgedGroup, Verdict } from '../report/verdict.js';
import { oneLine } from './drawing/harmless.js';
import { count, counted } from './drawing/numbers.js';
import { gapsIn } from './drawing/run-words.js';
import type { RuleText } from './rule-text.js';
import { ROOT } from './sarif/locations.js';
import { type Level, resultOf, type SarifResult } from './sarif/result.js';

export interface SarifOptions {
  /** queryscope's own version. */
  version: string;
  /** The detectors that there are. */
  rules: readonly RuleText[];
}

export interface SarifLog {
  $schema: string;
  version: '2.1.0';
  runs: [SarifRun];
}

interface SarifRun {
  tool: { driver: { name: string; semanticVersion: string; informationUri: string; rules: SarifRule[] } };
  invocations: [{ executionSuccessful: boolean; toolExecutionNotifications: Notification[] }];
  originalUriBaseIds: Record<typeof ROOT, { description: { text: string } }>;
  columnKind: 'utf16CodeUnits';
  results: SarifResult[];
}

interface SarifRule {
  id: string;
  shortDescription: { text: string };
  fullDescription: { text: string };
  help: { text: string; markdown: string };
  defaultConfiguration: { level: Level };
  properties: { tags: string[] };
}

interface Notification {
  level: 'error' | 'warning';
  message: { text: string };
}

/** GitHub keeps the 5,000 most severe results of an upload, and refuses one that is much larger. */
const MAX_RESULTS = 5_000;

/**
 * The run as a SARIF log, one result a finding. What the app allowed is left out, as code scanning shows suppressed results like any other; and so is
 * what a baseline has and the run has not, as `absent` ones are shown so too.
 */
export function sarifOf(run: Run, verdict: Verdict, { version, rules }: SarifOptions): SarifLog {
  const shown = verdict.groups.slice(0, MAX_RESULTS);
  const named = rulesFor(shown, rules);
  const indexes = new Map(named.map(({ id }, index) => [id, index]));
  const indexOf = ({ worst }: JudgedGroup) => indexes.get(worst.finding.detector) as number;
  const read = readCollected(run.sources);
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'queryscope',
            semanticVersion: version,
            informationUri: 'https://www.npmjs.com/package/queryscope',
            rules: named.map(ruleOf),
          },
        },
        invocations: [
          {
            executionSuccessful: verdict.outcome !== 'blind',
            toolExecutionNotifications: notificationsOf(run, verdict, verdict.groups.length - shown.length),
          },
        ],
        originalUriBaseIds: { [ROOT]: { description: { text: "The repository's root." } } },
        columnKind: 'utf16CodeUnits',
        results: shown.map((group) => resultOf(group, indexOf(group), verdict.compared, read)),
      },
    ],
  };
}

/** The rules of these findings. One that this version does not know, from a newer one's profile, has its id for words. */
function rulesFor(groups: readonly JudgedGroup[], rules: readonly RuleText[]): RuleText[] {
  const found = new Set(groups.map(({ worst }) => worst.finding.detector));
  const known = rules.filter(({ id }) => found.delete(id));
  const unknown = [...found].sort().map((id): RuleText => ({ id, severity: 'warning', summary: id, page: id }));
  return [...known, ...unknown];
}

function ruleOf({ id, severity, summary, page }: RuleText): SarifRule {
  const text = `${summary.charAt(0).toUpperCase()}${summary.slice(1)}.`;
  return {
    id,
    shortDescription: { text },
    fullDescription: { text },
    help: { text: page, markdown: page },
    defaultConfiguration: { level: severity === 'info' ? 'note' : severity },
    properties: { tags: ['sql', 'postgresql'] },
  };
}

/** What is missing, so that a short list is not taken for a good one. */
function notificationsOf(run: Run, { blindness }: Verdict, left: number): Notification[] {
  const cut = left > 0 ? [`${counted(left, 'finding')} left out: code scanning shows ${count(MAX_RESULTS)}.`] : [];
  return [
    ...blindness.map((text) => ({ level: 'error' as const, message: { text: oneLine(text) } })),
    ...[...gapsIn(run, blindness), ...cut].map((text) => ({
      level: 'warning' as const,
      message: { text: oneLine(text) },
    })),
  ];
}
