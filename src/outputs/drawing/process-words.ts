// What a process leaves to be said when it has ended: allowances without an effect, and what nobody judged.

import type { IdleAllow } from '../../report/report.js';
import type { RunProcess } from '../../report/run.js';
import { oneLine } from './harmless.js';
import { count, counted } from './numbers.js';

/** More than a handful are told by their number: the first ones show what is meant. */
const ALLOWS_SHOWN = 5;

/** What is allowed to no effect may be taken away, or has come back: one line each. */
export function idleLines(idle: readonly IdleAllow[]): string[] {
  const lines = idle
    .slice(0, ALLOWS_SHOWN)
    .map((allow) => `the allow for ${oneLine(allow.detector)} ${whyIdle(allow)}: ${oneLine(allow.reason)}`);
  const more = idle.length - lines.length;
  return more > 0 ? [...lines, `${counted(more, 'more allow')} without an effect`] : lines;
}

function whyIdle({ until, ended, outside }: IdleAllow): string {
  if (outside) return 'was around code outside any request, job or test';
  return ended ? `ended on ${until}` : 'had nothing to allow';
}

/** `900 requests left out by sampleRate`. */
export function unsampledWords(requests: number): string {
  return `${counted(requests, 'request')} left out by sampleRate`;
}

/** Statements in scopes that were open at the end: `whose` is what ended. */
export function unfinishedWords({ scopes, statements }: RunProcess['unjudged'], whose: string): string {
  const where = scopes === 1 ? 'a request or job that was' : `${count(scopes)} requests or jobs that were`;
  return `${counted(statements, 'statement')} ran in ${where} not over when ${whose} ended: nobody judged them`;
}
