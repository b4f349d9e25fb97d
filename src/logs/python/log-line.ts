// One line of Python's logging, however its formatter was set: when it was written, by which logger or level it can be told, and its message.

import { momentOf } from '../postgres/server-entry.js';

const MOMENT = /(\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:[.,]\d{1,6})?)(Z|[+-]\d\d:?\d\d)?/;
/** Where in the source, which differs from message to message. */
const SOURCE_LINE = /[\w/.-]+\.py\b(?::\d+)?/g;
const LEVEL = /\b(?:DEBUG|INFO|WARNING|ERROR|CRITICAL)\b/g;

/** When a line was written, in ms since 1970 as if its clock were UTC's; null where nothing of it says so. */
export function momentIn(head: string): number | null {
  const match = MOMENT.exec(head);
  return match === null
    ? null
    : momentOf(`${(match[1] as string).replace('T', ' ')}${match[2] === 'Z' ? '' : (match[2] ?? '')}`);
}

/** Threads and processes that are told apart. More names than that are no names of threads. */
export const MOST_THREADS = 1_000;

/** What tells one thread or process from another: what stands before the message but for its moment and its level. */
export function threadIn(head: string): string {
  return head
    .replace(MOMENT, '')
    .replace(LEVEL, '')
    .replace(SOURCE_LINE, '')
    .replace(/[\s:\-|[\]()]+/g, ' ')
    .trim();
}
