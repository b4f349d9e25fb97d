// What is said of a run and its verdict in words, by every format alike: where a finding was seen, how many there are, what was watched, what is missing.

import type { Profile } from '../../profile/types.js';
import { type FindingGroup, type Loss, type Run, scopesOf } from '../../report/run.js';
import { gapsOf } from '../../report/run-gaps.js';
import type { RunTotals } from '../../report/run-totals.js';
import type { Verdict } from '../../report/verdict.js';
import { oneLine } from './harmless.js';
import { count, counted } from './numbers.js';
import { idleLines, unfinishedWords, unsampledWords } from './process-words.js';

/** Labels named beside a finding; more are told by their number. */
const MOST_LABELS = 4;

const KINDS = ['request', 'job', 'test'] as const satisfies readonly Profile['kind'][];

/** `in 12 requests: GET /chats, GET /chats/:id`. */
export function seenIn(groups: readonly FindingGroup[]): string {
  const reports = [...new Set(groups.flatMap(({ occurrences }) => occurrences.map(({ report }) => report)))];
  const scopes = KINDS.flatMap((kind) => {
    const often = scopesOf(reports.filter(({ profile }) => profile.kind === kind));
    return often === 0 ? [] : [counted(often, kind)];
  });
  const labels = [...new Set(reports.map(({ profile }) => oneLine(profile.label)))].sort();
  const more = labels.length - MOST_LABELS;
  const named = [...labels.slice(0, MOST_LABELS), ...(more > 0 ? [`and ${counted(more, 'more label')}`] : [])];
  return `in ${scopes.join(', ')}: ${named.join(', ')}`;
}

/** `2 findings, 1 of them fails`. */
export function sentenceOf({ groups, outcome, gone, compared, allowed }: Verdict): string {
  const fresh = groups.filter(({ known }) => known === null);
  const failing = fresh.filter((group) => group.fails).length;
  const known = groups.length - fresh.length;
  const parts = [
    ...(outcome === 'blind' ? ['nothing can be said'] : []),
    counted(fresh.length, compared ? 'new finding' : 'finding') +
      (fresh.length === 0 ? '' : failing === 0 ? ', none of which fails' : failingOf(failing, fresh.length)),
    ...(known === 0 ? [] : [`${count(known)} known`]),
    ...(gone.length === 0 ? [] : [`${count(gone.length)} gone`]),
    ...(allowed === 0 ? [] : [`${count(allowed)} allowed`]),
  ];
  return parts.join(' · ');
}

function failingOf(failing: number, all: number): string {
  if (failing === all) return all === 1 ? ', which fails' : ', all of which fail';
  return `, ${count(failing)} of which ${failing === 1 ? 'fails' : 'fail'}`;
}

/** `3 requests`, `29 statements`, `2 services`: what the verdict rests on. */
export function watchedIn(totals: RunTotals): string[] {
  const { scopes, alike = 0, statements, unattributed, unsampled, services, processes } = totals;
  const kinds = KINDS.filter((kind) => scopes[kind] > 0);
  return [
    ...(kinds.length === 0 ? ['0 requests'] : kinds.map((kind) => counted(scopes[kind], kind))),
    ...(alike === 0 ? [] : [`${count(alike)} of them told by others with the same findings`]),
    counted(statements, 'statement'),
    ...(unattributed === 0 ? [] : [`${counted(unattributed, 'statement')} outside any scope`]),
    ...(unsampled === 0 ? [] : [unsampledWords(unsampled)]),
    ...(services.length > 1 ? [`services ${services.map(oneLine).join(', ')}`] : []),
    ...(processes > 1 ? [`${count(processes)} processes`] : []),
  ];
}

/** Notices that are told: a cap that bites mostly bites alone. */
const MOST_NOTICES = 5;

/** What the run could not show, a sentence each; `said` is told elsewhere. */
export function gapsIn(run: Run, said: readonly string[]): string[] {
  const { notices, unjudged, idleAllows } = gapsOf(run);
  const more = notices.length - MOST_NOTICES;
  return [
    ...lossesIn(run, said),
    ...notices.slice(0, MOST_NOTICES).map(timesOf),
    ...(more > 0 ? [`${counted(more, 'more notice')} in the report`] : []),
    ...(unjudged.statements > 0
      ? [unfinishedWords(unjudged, unjudged.scopes === 1 ? 'its process' : 'their process')]
      : []),
    ...idleLines(idleAllows),
  ];
}

/** What was lost on its way; `said` is told elsewhere. */
export function lossesIn({ losses }: Pick<Run, 'losses'>, said: readonly string[]): string[] {
  return losses.filter(({ message }) => !said.includes(message)).map(timesOf);
}

function timesOf({ message, count: times }: Pick<Loss, 'message' | 'count'>): string {
  return times > 1 ? `${count(times)}× ${message}` : message;
}
