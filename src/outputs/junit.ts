// A run as JUnit XML, for the test views of CI: a suite for each label, and in it a case for each detector. Nobody ever wrote a standard for it; what
// is written is valid by the schemas of Ant and of Jenkins alike.

import type { Run } from '../report/run.js';
import { reportsOf } from '../report/run.js';
import { readCollected } from '../report/source-lines.js';
import type { JudgedGroup, Verdict } from '../report/verdict.js';
import { plain } from './console/paint.js';
import { runBlockLines } from './console/run-text.js';
import { insteadOf, sentencesOf } from './drawing/finding-sentences.js';
import { oneLine } from './drawing/harmless.js';
import { runBlocksOf } from './drawing/run-blocks.js';
import { gapsIn } from './drawing/run-words.js';
import { type Label, suiteOf } from './junit/suite.js';
import { attribute, text } from './junit/xml.js';
import type { RuleText } from './rule-text.js';

export interface JunitOptions {
  /** The detectors that there are: each is a case of each label. */
  rules: readonly Pick<RuleText, 'id'>[];
}

/** Cells of a line in the drawing of a finding: what test views show without wrapping. */
const CELLS = 100;
/** A label of an imported trace may be empty, which no suite's name may be. */
const NAMELESS = '(no label)';

/** The run as one XML document. A suite of its own says where the check is blind, and what is missing. */
export function junitOf(run: Run, verdict: Verdict, { rules }: JunitOptions): string {
  const drawn = drawingsOf(run, verdict);
  const labels = labelsOf(run);
  const ids = detectorsOf(verdict, rules);
  const suites = labels.map((label, index) => labelSuite(label, index, ids, verdict, drawn));
  const missed = gapsIn(run, verdict.blindness).map(oneLine);
  const isWhole = verdict.outcome !== 'blind' && missed.length === 0;
  const sight = isWhole ? [] : [sightSuite(run, verdict, missed, labels.length)];
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<testsuites>',
    ...[...suites, ...sight].flat(),
    '</testsuites>',
    '',
  ].join('\n');
}

function labelsOf(run: Run): Label[] {
  const labels = new Map<string, Label>();
  for (const { profile, alike } of reportsOf(run)) {
    const name = oneLine(profile.label) || NAMELESS;
    const known = labels.get(name) ?? { name, startedAt: profile.startedAt, durationMs: 0, scopes: 0, statements: 0 };
    labels.set(name, {
      name,
      startedAt: known.startedAt < profile.startedAt ? known.startedAt : profile.startedAt,
      durationMs: known.durationMs + profile.durationMs,
      scopes: known.scopes + 1 + (alike?.scopes ?? 0),
      statements: known.statements + profile.statements.length + profile.dropped + (alike?.statements ?? 0),
    });
  }
  return [...labels.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

function detectorsOf({ groups }: Verdict, rules: JunitOptions['rules']): string[] {
  return [...new Set([...rules.map(({ id }) => id), ...groups.map(({ worst }) => worst.finding.detector)])];
}

/** Each finding's tree as the console draws it, by its key. */
function drawingsOf(run: Run, { groups }: Verdict): ReadonlyMap<string, string> {
  const read = readCollected(run.sources);
  const drawings = new Map<string, string>();
  for (const block of runBlocksOf(groups)) {
    const drawing = runBlockLines(block, read, CELLS, plain).join('\n');
    for (const { key } of block.groups) drawings.set(key, drawing);
  }
  return drawings;
}

function labelSuite(
  label: Label,
  index: number,
  detectors: readonly string[],
  { groups }: Verdict,
  drawn: ReadonlyMap<string, string>,
): string[] {
  const here = groups.filter(({ labels }) => labels.some((name) => (oneLine(name) || NAMELESS) === label.name));
  const failing = here.filter((group) => group.fails);
  const cases = detectors.map((id) =>
    caseOf(
      label,
      id,
      failing.filter(({ worst }) => worst.finding.detector === id),
      drawn,
    ),
  );
  const passing = here.filter((group) => !group.fails).map(noteOf);
  return suiteOf({
    label,
    index,
    cases,
    failures: new Set(failing.map(({ worst }) => worst.finding.detector)).size,
    errors: 0,
    said: passing,
    missed: [],
  });
}

/** A label's case fails with all that the detector found there. */
function caseOf(
  { name }: Label,
  detector: string,
  failing: readonly JudgedGroup[],
  drawn: ReadonlyMap<string, string>,
): string[] {
  const head = `    <testcase name=${attribute(detector)} classname=${attribute(name)} time="0"`;
  const [first] = failing;
  if (first === undefined) return [`${head}/>`];
  const { finding } = first.worst;
  const drawings = [...new Set(failing.map(({ key }) => drawn.get(key) as string))];
  const body = drawings.join('\n\n');
  return [
    `${head}>`,
    `      <failure type=${attribute(finding.severity)} message=${attribute(headingOf(failing))}>${text(body)}</failure>`,
    '    </testcase>',
  ];
}

function headingOf(failing: readonly JudgedGroup[]): string {
  return failing.map(({ worst }) => `${oneLine(worst.finding.message)} (${worst.finding.confidence})`).join('; ');
}

/** What was found and fails nothing, so that it is not taken for absent. */
function noteOf(group: JudgedGroup): string {
  const { detector } = group.worst.finding;
  const known = group.known === null ? '' : ` known since ${group.known.since}: ${oneLine(group.known.reason)}.`;
  return [`${detector}:${known}`, ...sentencesOf(group), insteadOf(group.worst.finding)].join(' ').trimEnd();
}

/** A green list of nothing is how such checks fail: one case errs where nothing can be said. */
function sightSuite(run: Run, { blindness }: Verdict, missed: readonly string[], index: number): string[] {
  const label: Label = {
    name: 'queryscope',
    startedAt: run.processes[0]?.startedAt ?? run.reports[0]?.profile.startedAt ?? new Date(0).toISOString(),
    durationMs: 0,
    scopes: 0,
    statements: 0,
  };
  const message = blindness.map(oneLine).join('; ');
  const head = '    <testcase name="sees the app" classname="queryscope" time="0"';
  const errors = blindness.length === 0 ? 0 : 1;
  const sight =
    errors === 0
      ? [`${head}/>`]
      : [
          `${head}>`,
          `      <error type="blind" message=${attribute(message)}>${text(message)}</error>`,
          '    </testcase>',
        ];
  return suiteOf({ label, index, cases: [sight], failures: 0, errors, said: [], missed });
}
