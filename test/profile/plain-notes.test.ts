// Notes that were copied into another process are judged as they would have been in their own: the same profile, to the letter.

import { deserialize, serialize } from 'node:v8';
import { describe, expect, test } from 'vitest';
import { buildProfile, type Sites } from '../../src/profile/build-profile.js';
import type { ConnectionNote, Noted, Sending } from '../../src/profile/note.js';
import { notedOf, type PlainNotes, plainNotes, type ReadSite } from '../../src/profile/plain-notes.js';
import { Recorder } from '../../src/profile/recorder.js';
import { runAtOnce } from '../../src/profile/slices.js';
import type { Profile } from '../../src/profile/types.js';
import { CLOSING, SITES } from '../support/closing.js';
import { KEYS, randomRequest } from '../support/random-requests.js';

const READ: Sites = { ...SITES, siteOf: (stack) => (stack as ReadSite).site };

/** The profile as another process makes it. */
function profileElsewhere(noted: Noted): Profile {
  const plain = runAtOnce(plainNotes(noted, (stack) => SITES.siteOf(stack)));
  const copied: PlainNotes = deserialize(serialize(plain));
  return runAtOnce(buildProfile(notedOf(copied), { ...CLOSING, sample: true }, READ));
}

function profileHere(noted: Noted): Profile {
  return runAtOnce(buildProfile(noted, { ...CLOSING, sample: true }, SITES));
}

describe.each(['rows', 'documents'] as const)('random requests whose results come as %s', (form) => {
  test.each(KEYS)('with %s', (keys) => {
    for (let seed = 0; seed < 100; seed++) {
      const { noted } = randomRequest(keys, seed, form);
      expect(profileElsewhere(noted)).toEqual(profileHere(noted));
    }
  });
});

const CONNECTION: ConnectionNote = {
  host: 'db',
  port: 5432,
  database: 'app',
  pool: 0,
  native: false,
  statusSource: 'protocol',
};

const sending = (over: Partial<Sending> = {}): Sending => ({
  connection: CONNECTION,
  stack: null,
  waitMs: 0,
  via: 'client',
  late: false,
  allowed: null,
  ...over,
});

/** Everything that can stand in a note, and in no other tests beside each other. */
function everything(): Recorder {
  let now = 0;
  const recorder = new Recorder({
    clock: () => now++,
    limits: { statements: 12, rowsPerStatement: 4, valuesPerScope: 1_000 },
  });
  const fields = (...names: string[]) => names.map((name, i) => ({ name, tableID: 9 + i, dataTypeID: 23 }));
  const frames = [{ file: 'src/app.ts', line: 3, column: 5, function: 'load' }];
  const note = (text: string, values: unknown[] | null, over?: Partial<Sending>): number =>
    recorder.note(text, values, sending(over)) as number;

  const checkout = recorder.checkOut(CONNECTION);
  const read = note('select id, at from item where id = any($1)', [[1n, 2, null, {}, [3, Symbol('s')]]], {
    stack: frames,
    allowed: [0],
  });
  const rows = [
    { id: 5n, at: new Date(86_400_000) },
    { id: undefined, at: Buffer.from('x') },
    { id: [7, {}], at: null },
  ];
  recorder.answer(read, { command: 'SELECT', rowCount: 3, fields: fields('id', 'at'), rows });
  recorder.status(read, 'I', 'I');
  note('select 1 from other where a = $1 and b = $2 and c = $3 and d = $4', [
    5n,
    new Date(7),
    Buffer.from('y'),
    'x'.repeat(2_000),
  ]);
  const failed = note('insert into item (id) values ($1)', [Number.NaN], {
    waitMs: 4,
    via: 'pool',
    asked: 1,
    stack: [],
  });
  recorder.fail(failed, Object.assign(new Error('duplicate'), { code: '23505' }));
  recorder.status(failed, 'T', 'E');
  const several = note('select 1 as id; update item set id = 2', null, { late: true, connection: null });
  recorder.answer(several, [
    { command: 'SELECT', rowCount: 1, fields: fields('id'), rows: [{ id: 1 }] },
    { command: 'UPDATE', rowCount: 1, fields: [], rows: [] },
  ]);
  const streamed = note('select id from item order by id', []);
  const window = recorder.follow(streamed);
  window.describe(fields('id'));
  for (const id of ['1', null, '3', '4', '5']) window.add([id]);
  recorder.end(streamed);
  for (let i = 0; i < 9; i++) note('select $1::int', [i]);
  if (checkout !== null) recorder.checkIn(checkout, 'T', false, frames);
  recorder.began('http request', 'GET api.example.org');
  return recorder;
}

test('all that a note can hold', () => {
  const here = profileHere(everything());
  expect(here.notices.map(({ code }) => code).sort()).toEqual([
    'rows-cut',
    'statements-dropped',
    'unreadable-value',
    'unsettled',
  ]);
  expect(profileElsewhere(everything())).toEqual(here);
});

test('the notes that were copied from are left as they were', () => {
  const noted = everything();
  const before = profileHere(noted);
  profileElsewhere(noted);
  expect(profileHere(noted)).toEqual(before);
});
