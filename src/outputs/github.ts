// A judged run for GitHub Actions: annotations at the lines that findings name, as workflow commands, and text that the runner takes for no command.
// https://docs.github.com/actions/reference/workflow-commands-for-github-actions

import type { JudgedGroup, Verdict } from '../report/verdict.js';
import { insteadOf, placeOf, sentencesOf } from './drawing/finding-sentences.js';
import { lines, oneLine } from './drawing/harmless.js';
import { counted } from './drawing/numbers.js';

/** GitHub shows 10 errors and 10 warnings of a step, and drops the rest without a word: the last one says how many there are. */
const MAX_ANNOTATIONS = 9;

type Command = 'error' | 'warning' | 'notice';

/** One workflow command a line: for what is new, the worst first, at most nine, and one for the rest. */
export function annotationsOf({ groups, blindness }: Pick<Verdict, 'groups' | 'blindness'>): string[] {
  const fresh = groups.filter(({ known }) => known === null);
  const isTold = ({ fails, worst }: JudgedGroup) => fails || worst.finding.confidence !== 'possible';
  const told = [...fresh.filter(({ fails }) => fails), ...fresh.filter((group) => !group.fails && isTold(group))];
  const blind = blindness.map((reason) => command('error', { title: 'queryscope' }, oneLine(reason)));
  const room = Math.max(MAX_ANNOTATIONS - blind.length, 0);
  const rest = [...blind.slice(MAX_ANNOTATIONS), ...told.slice(room)].length;
  return [
    ...blind.slice(0, MAX_ANNOTATIONS),
    ...told.slice(0, room).map(annotationOf),
    ...(rest === 0
      ? []
      : [command('warning', { title: 'queryscope' }, `${counted(rest, 'finding')} more: the job summary has them.`)]),
  ];
}

function annotationOf(group: JudgedGroup): string {
  const { finding, report } = group.worst;
  const { severity, detector, confidence } = finding;
  const site = placeOf(finding, report.profile);
  const at: Record<string, string> = site === null ? {} : { file: site.file, line: String(site.line) };
  const name: Command = severity === 'info' ? 'notice' : severity;
  const text = [...sentencesOf(group), insteadOf(finding)].filter((part) => part !== '').join('\n');
  return command(name, { ...at, title: `${detector} · ${confidence}` }, text);
}

/** Text for the log, around which the runner is told to obey no command: SQL, labels and source lines come from anywhere. `token` is nothing that they can know. */
export function inertText(text: string, token: string): string {
  return `::stop-commands::${token}\n${text}::${token}::\n`;
}

function command(name: Command, properties: Readonly<Record<string, string>>, message: string): string {
  const given = Object.entries(properties).map(([key, value]) => `${key}=${escaped(oneLine(value), PROPERTY)}`);
  return `::${name} ${given.join(',')}::${escaped(lines(message).join('\n'), DATA)}`;
}

const DATA = /[%\r\n]/g;
const PROPERTY = /[%\r\n:,]/g;

function escaped(text: string, unsafe: RegExp): string {
  return text.replace(unsafe, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`);
}
