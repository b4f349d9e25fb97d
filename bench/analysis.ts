// What judging a scope costs after the response, by its size: it has to grow with the statements, not with their square.

import { WHOLE } from '../src/capture/call-site.js';
import type { Sites } from '../src/profile/build-profile.js';
import { siteOf } from '../src/profile/call-sites.js';
import { SAMPLED_TURNS } from '../src/profile/place-call-sites.js';
import type { Recorder as Notes } from '../src/profile/recorder.js';
import type { CallSite, Frame, Statement } from '../src/profile/types.js';
import { CLOSING, SITES } from '../test/support/closing.js';
import { buildProfile, buildReport, detectors, Recorder, runAtOnce } from './judging.cjs';
import { type Figure, figureOf, lowerQuartile, median } from './statistics.js';

export const SIZES = [100, 1_000, 10_000, 100_000] as const;
const RUNS = 9;
/** Statements that are judged in scopes of each size before anything is measured: in a process that has been running for a while. */
const WARM_UP = 200_000;

const FIELDS = {
  chat: [{ name: 'id', tableID: 1, dataTypeID: 23 }],
  message: ['id', 'chat_id', 'sender_id'].map((name) => ({ name, tableID: 2, dataTypeID: 23 })),
  users: ['id', 'username'].map((name, i) => ({ name, tableID: 3, dataTypeID: i === 0 ? 23 : 25 })),
};

/** The stack of each line, and its site: queryscope reads equal stacks once, and their statements share what it found. */
const stacks = new Map<number, Frame[]>();
const sites = new Map<unknown, CallSite | null>();
export const STORY_SITES: Sites = { ...SITES, siteOf: (stack) => sites.get(stack) ?? null };

function stackAt(line: number): Frame[] {
  const known = stacks.get(line);
  if (known !== undefined) return known;
  const stack = [{ file: 'src/chats.ts', line, column: 1, function: 'chats' }];
  stacks.set(line, stack);
  sites.set(stack, siteOf(stack));
  return stack;
}

/** What pg allocates for a statement of the story, 7.5 KB as the memory bench has it: so notes have been through collections before they are judged, and are young no longer. */
let allocated: number[] = [];
const WORDS_OF_A_STATEMENT = 940;

/** A recorder that holds the story with as many chats as make `statements` statements: 1 + n + 10 n. */
export function storyOf(statements: number): Notes {
  let now = 0;
  const limits = { statements: 200_000, rowsPerStatement: 100_000, valuesPerScope: 10_000_000 };
  const turns = new Map<number, number>();
  const recorder = new Recorder({ clock: () => now++, limits });
  const send = (sql: string, values: unknown[], line: number, fields: object[], rows: object[]): void => {
    allocated = new Array<number>(WORDS_OF_A_STATEMENT).fill(allocated.length);
    const turn = (turns.get(line) ?? 0) + 1;
    turns.set(line, turn);
    // As capture takes them of a loop that is longer than any before.
    const stack = turn <= WHOLE || turn % SAMPLED_TURNS === 0 ? stackAt(line) : null;
    const note = recorder.note(sql, values, {
      connection: null,
      stack,
      waitMs: 0,
      via: null,
      late: false,
      allowed: null,
    });
    if (note !== null) recorder.answer(note, { command: 'SELECT', rowCount: rows.length, fields, rows });
  };
  const chats = Math.round((statements - 1) / 11);
  send(
    'select id from chat',
    [],
    12,
    FIELDS.chat,
    Array.from({ length: chats }, (_, i) => ({ id: i + 1 })),
  );
  for (let chat = 1; chat <= chats; chat++) {
    const messages = Array.from({ length: 10 }, (_, i) => ({
      id: chat * 10 + i,
      chat_id: chat,
      sender_id: ((chat * 7 + i * 3) % 97) + 1,
    }));
    send('select id, chat_id, sender_id from message where chat_id = $1', [chat], 14, FIELDS.message, messages);
    for (const { sender_id } of messages) {
      send('select id, username from users where id = $1', [sender_id], 16, FIELDS.users, [
        { id: sender_id, username: `user ${sender_id}` },
      ]);
    }
  }
  return recorder;
}

type Work = (recorder: Notes) => unknown;

/** The profile, its flows, all detectors, the report. */
const judge: Work = (recorder) =>
  runAtOnce(buildReport(runAtOnce(buildProfile(recorder, CLOSING, STORY_SITES)), detectors));

/** The statements of the report as objects, of which nothing is asked: the least that whoever answers with a report does. */
const list: Work = ({ notes }) =>
  Array.from({ length: notes.length }, (_, index): Statement => {
    const { text, sentAt, answeredAt, waitMs, via, late, answers } = notes.at(index);
    return {
      index,
      sql: text,
      shape: NO_SHAPE,
      valuesKey: index,
      slotKeys: null,
      batch: null,
      connection: null,
      via,
      transaction: null,
      startMs: sentAt,
      durationMs: (answeredAt as number) - sentAt,
      waitMs,
      rows: answers?.[0]?.rows ?? null,
      affected: null,
      command: 'SELECT',
      error: null,
      late,
      allowed: NOTHING_ALLOWED,
      callSite: null,
    };
  });
const NO_SHAPE: Statement['shape'] = {
  id: '',
  text: '',
  verb: 'select',
  reads: [],
  writes: [],
  locks: false,
  slots: [],
};
const NOTHING_ALLOWED: number[] = [];

/** Milliseconds of CPU to judge a scope of each size. */
export function measureAnalysis(): Map<number, number> {
  return new Map(
    SIZES.map((size) => {
      warmUp(judge, size);
      const times = Array.from({ length: Math.max(RUNS, 1_000 / size) }, () => took(judge, size));
      return [size, lowerQuartile(times)];
    }),
  );
}

/** How many times as long as a scope of 10,000 statements one of 100,000 takes: to judge, and only to list its statements. */
export function measureGrowth(): { judged: Figure; listed: Figure } {
  return { judged: growthOf(judge), listed: growthOf(list) };
}

/** One large scope beside ten small ones: what a small one leaves to the collector is taken from one that comes later. */
function growthOf(work: Work): Figure {
  warmUp(work, 10_000);
  const sets = Array.from({ length: RUNS }, () => ({
    ten: Array.from({ length: 10 }, () => took(work, 10_000)).reduce((sum, ms) => sum + ms, 0),
    one: took(work, 100_000),
  }));
  return figureOf(sets, (some) => (10 * median(some.map(({ one }) => one))) / median(some.map(({ ten }) => ten)));
}

function warmUp(work: Work, size: number): void {
  for (let done = 0; done < WARM_UP; done += size) took(work, size);
}

/** Milliseconds of CPU that a new scope of this size took. */
function took(work: Work, size: number): number {
  const recorder = storyOf(size);
  const start = process.cpuUsage();
  work(recorder);
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1_000;
}
