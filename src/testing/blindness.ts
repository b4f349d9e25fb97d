// Why nothing may have been captured, as far as it can be found: silence must not pass for health. The reasons that something was seen of stand before
// those that are left when nothing was.

import { state } from '../capture/state.js';
import { wrap } from '../outputs/drawing/cells.js';
import { oneLine } from '../outputs/drawing/harmless.js';
import { counted } from '../outputs/drawing/numbers.js';
import type { Activity } from '../profile/types.js';
import type { Report } from '../report/report.js';
import { reportsOf } from '../report/run.js';
import { besideOf } from './capture.js';
import { WIDTH } from './captured-statements.js';

/** A failure that says that nothing was captured, and each reason that there is for it. */
export function blindText(report: Report): string {
  return [
    `${nameOf(report)} captured not one statement, so there is nothing to judge.`,
    '',
    ...reasonsFor(report).flatMap((reason) => listed(oneLine(reason))),
    '',
    'Where that is right, say so with { allowNone: true }.',
  ].join('\n');
}

function listed(reason: string): string[] {
  return wrap(reason, WIDTH - BULLET.length).map(
    (line, index) => (index === 0 ? BULLET : ' '.repeat(BULLET.length)) + line,
  );
}

const BULLET = '   · ';

/** `'lists chats'`, the capture by its label. */
export function nameOf({ profile }: Report): string {
  return `'${profile.label}'`;
}

function reasonsFor(report: Report): string[] {
  const reports = [...reportsOf({ reports: [report] })];
  const seen = [
    ...lostContexts(reports),
    ...strayStatements(report),
    ...unwatchedAnswers(reports.flatMap(({ profile }) => profile.activities)),
    ...strayRequests(besideOf(report).strayRequests),
  ];
  return seen.length > 0 ? seen : [lastReason()];
}

/** What a request noted itself as its context went. */
function lostContexts(reports: readonly Report[]): string[] {
  return reports.flatMap(({ profile }) =>
    profile.notices.filter(({ code }) => code === 'context-lost').map(({ message }) => `${profile.label}: ${message}`),
  );
}

function strayStatements({ profile: { unattributed } }: Report): string[] {
  if (unattributed === 0) return [];
  const were = unattributed === 1 ? 'was' : 'were';
  return [
    `${counted(unattributed, 'statement')} ${were} sent meanwhile outside any capture. Code that goes on from a queue, a timer or a listener set up earlier has left its capture: wrap its callback in AsyncResource.bind(…), and await all that the capture starts.`,
  ];
}

function unwatchedAnswers(activities: readonly Activity[]): string[] {
  const unwatched = activities.filter(({ watched }) => watched === false);
  const names = [...new Set(unwatched.map(({ what }) => what))].join(', ');
  if (names === '') return [];
  return [
    `${names}: answered by a server that nothing watches. Where it is a process of its own, start it from the test with node --import queryscope/register.`,
  ];
}

function strayRequests(count: number): string[] {
  if (count === 0) return [];
  return [
    `${counted(count, 'request')} came in meanwhile without a link to the capture. Node's http, https and fetch send one; another client, or a proxy in between, does not. Let the server listen inside the capture, or send the request with one of those.`,
  ];
}

function lastReason(): string {
  if (state.drivers.size === 0) {
    return 'No pg has been loaded or instrumented in this process. Load the app before the capture, or pass its pg to instrument(pg) of queryscope/testing; a pg inside a bundle is reached by wrap(pool).';
  }
  return `${[...state.drivers.values()].join(', ')} is watched, and nothing was sent through it meanwhile. If the code did query, it has another copy of pg, in a bundle or behind a mock: pass its pool to wrap(pool) of queryscope/testing.`;
}
