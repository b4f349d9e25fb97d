// What judging a scope costs after the response, by its size: it has to grow with the statements, not with their square.

import type { Sites } from '../src/profile/build-profile.js';
import { siteOf } from '../src/profile/call-sites.js';
import type { Recorder as Notes } from '../src/profile/recorder.js';
import type { CallSite, Frame } from '../src/profile/types.js';
import { CLOSING, SITES } from '../test/support/closing.js';
import { buildProfile, buildReport, detectors, Recorder, runAtOnce } from './judging.cjs';
import { lowerQuartile } from './statistics.js';

export const SIZES = [100, 1_000, 10_000, 100_000] as const;
const RUNS = 9;
/** Statements that are judged in scopes of each size before anything is measured: in a process that has been running for a while. */
const WARM_UP = 60_000;

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

/** A recorder that holds the story with as many chats as make `statements` statements: 1 + n + 10 n. */
export function storyOf(statements: number): Notes {
  let now = 0;
  const limits = { statements: 200_000, rowsPerStatement: 100_000, valuesPerScope: 10_000_000 };
  const recorder = new Recorder({ clock: () => now++, limits });
  const send = (sql: string, values: unknown[], line: number, fields: object[], rows: object[]): void => {
    const stack = stackAt(line);
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

/** Milliseconds of CPU to judge a scope of each size: the profile, its flows, all detectors, the report. */
export function measureAnalysis(): Map<number, number> {
  return new Map(
    SIZES.map((size) => {
      for (let done = 0; done < WARM_UP; done += size) judged(size);
      const times = Array.from({ length: Math.max(RUNS, 1_000 / size) }, () => judged(size));
      return [size, lowerQuartile(times)];
    }),
  );
}

/** Milliseconds of CPU that a new scope of this size took. */
function judged(size: number): number {
  const recorder = storyOf(size);
  const start = process.cpuUsage();
  runAtOnce(buildReport(runAtOnce(buildProfile(recorder, CLOSING, STORY_SITES)), detectors));
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1_000;
}
