// What the recorder keeps, what it refuses to touch, and how its limits show.

import { describe, expect, it } from 'vitest';
import type { KeptRows } from '../../src/profile/note.js';
import { Recorder } from '../../src/profile/recorder.js';
import { UNREADABLE } from '../../src/profile/values.js';
import { columnsOf } from './columns-of.js';

const sending = { connection: null, stack: null, waitMs: 0, via: null, late: false, allowed: null };
const id = { name: 'id', tableID: 7, dataTypeID: 23 };

function recorder(limits = {}): Recorder {
  let now = 0;
  return new Recorder({
    clock: () => now++,
    limits: { statements: 10, rowsPerStatement: 10, valuesPerScope: 100, ...limits },
  });
}

function noteOf(recording: Recorder, values: unknown[] | null = null) {
  const note = recording.note('select 1', values, sending);
  if (note === null) throw new Error('over the cap');
  return note;
}

function rowsOf(recording: Recorder, note: number): KeptRows {
  const kept = recording.notes.at(note).answers?.[0]?.kept ?? null;
  if (kept === null) throw new Error('no rows were kept');
  return kept;
}

describe('the recorder', () => {
  it('keeps its own copy of values and rows: what the app does to them later changes nothing', () => {
    const recording = recorder();
    const values = [1, [2, 3], new Date(5)] as [number, number[], Date];
    const note = noteOf(recording, values);
    const rows = [{ id: 1 }, { id: 2 }];
    recording.answer(note, { command: 'SELECT', rowCount: 2, rows, fields: [id] });
    values[1].length = 0;
    values[2].setTime(9);
    values.fill(0);
    rows.reverse();
    for (const row of rows) row.id = 0;
    rows.length = 0;
    expect(recording.notes.at(note).values).toEqual([1, [2, 3], '\0t5']);
    expect(columnsOf(rowsOf(recording, note))).toEqual([[1, 2]]);
  });

  it('reads rows by name and by place', () => {
    const recording = recorder();
    const fields = [id, { name: 'flag', tableID: 7, dataTypeID: 16 }, { name: 'code', tableID: 0, dataTypeID: 25 }];
    const [byName, byPlace] = [noteOf(recording), noteOf(recording)];
    recording.answer(byName, { rows: [{ id: 1, flag: true, code: 'x' }], rowCount: 1, fields });
    recording.answer(byPlace, { rows: [[1, true, 'x']], rowCount: 1, fields });
    for (const note of [byName, byPlace]) {
      const kept = rowsOf(recording, note);
      expect(kept).toMatchObject({ names: ['id', 'code'], tables: [7, 0], count: 1, cut: false });
      expect(columnsOf(kept)).toEqual([[1], ['x']]);
    }
  });

  it('takes the status that is said last, and leaves all else of the note alone', () => {
    const recording = recorder();
    const note = noteOf(recording, [1]);
    recording.status(note, 'I', 'I');
    recording.answer(note, { command: 'UPDATE', rowCount: 3 });
    recording.status(note, 'T', 'T');
    const { statusBefore, statusAfter, answers, values } = recording.notes.at(note);
    expect([statusBefore, statusAfter, answers?.[0]?.command, values]).toEqual(['T', 'T', 'UPDATE', [1]]);
    recording.status(note, null, 'E');
    expect(recording.notes.at(note)).toMatchObject({ statusBefore: null, statusAfter: 'E' });
  });

  it('tells of each of many notes what was said of it, and of any number of rows', () => {
    const recording = recorder({ statements: 200, valuesPerScope: 200 });
    const notes = Array.from({ length: 200 }, (_, i) => noteOf(recording, i % 3 === 0 ? null : [i, -i]));
    for (const note of notes.toReversed())
      if (note % 5 > 0) recording.answer(note, { command: 'SELECT', rows: [{ id: note }], rowCount: 1, fields: [id] });
      else recording.answer(note, { command: 'UPDATE', rowCount: note * 2 ** 30 });
    for (const [i, { values, answers }] of [...recording.notes].entries()) {
      expect(values).toEqual(i % 3 === 0 ? null : [i, -i]);
      expect(answers).toMatchObject([
        i % 5 > 0
          ? { rows: 1, affected: 1, command: 'SELECT' }
          : { rows: null, affected: i * 2 ** 30, command: 'UPDATE', kept: null },
      ]);
      if (i % 5 > 0) expect(columnsOf(rowsOf(recording, i))).toEqual([[i]]);
    }
  });

  it('leaves nothing to the scope that comes after it', () => {
    const before = recorder();
    const connection = { host: 'h', port: 1, database: 'd', pool: null, native: false, statusSource: 'text' } as const;
    const note = before.note('select 1', [1], { ...sending, connection, late: true, stack: {} }) as number;
    before.status(note, 'T', 'T');
    before.answer(note, { command: 'SELECT', rows: [{ id: 1 }], rowCount: 1, fields: [id] });
    before.clear(false);
    expect([...before.notes]).toEqual([]);
    const after = recorder();
    expect(after.notes.at(noteOf(after))).toEqual({
      ...{ text: 'select 1', values: null, connection: null, sentAt: 1, sentOrder: 0, askedOrder: null, waitMs: 0 },
      ...{ via: null, late: false, allowed: null, stack: null, answeredAt: null, error: null, answers: null },
      ...{ answeredOrder: Number.POSITIVE_INFINITY, statusBefore: null, statusAfter: null },
    });
  });

  it('keeps bound values up to four millions, and says so', () => {
    const recording = recorder({ statements: 100 });
    const values = Array.from({ length: 65_535 }, (_, i) => i);
    const notes = Array.from({ length: 62 }, () => noteOf(recording, values));
    expect(notes.map((note) => recording.notes.at(note).values?.length ?? null).slice(-2)).toEqual([65_535, null]);
    expect([...recording.notices]).toMatchObject([['values-cut', { count: 1 }]]);
  });

  it('says where a limit cut', () => {
    const recording = recorder({ statements: 2, rowsPerStatement: 2 });
    recording.answer(noteOf(recording), { rows: [{ id: 1 }, { id: 2 }, { id: 3 }], rowCount: 3, fields: [id] });
    noteOf(recording);
    expect(recording.note('select 2', [], sending)).toBeNull();
    expect(recording.dropped).toBe(1);
    expect([...recording.notices.keys()]).toEqual(['rows-cut']);
    const small = recorder({ valuesPerScope: 1 });
    small.answer(noteOf(small), { rows: [{ id: 1 }, { id: 2 }], rowCount: 2, fields: [id] });
    expect([...small.notices.keys()]).toEqual(['values-cut']);
  });

  it('keeps the items of arrays, none of an array over the limit, and no array of what is no key', () => {
    const recording = recorder({ valuesPerScope: 7 });
    const note = noteOf(recording);
    const fields = [
      { name: 'tags', tableID: 7, dataTypeID: 1007 },
      { name: 'embedding', tableID: 7, dataTypeID: 1022 },
    ];
    const tags: unknown[][] = [
      [1, null, 'x'.repeat(200)],
      [2, 3],
      [[4], { a: 1 }],
    ];
    recording.answer(note, { rows: tags.map((each) => ({ tags: each, embedding: [0.5] })), rowCount: 3, fields });
    tags[0]?.fill(0);
    const kept = rowsOf(recording, note);
    expect(kept.names).toEqual(['tags']);
    expect(columnsOf(kept)).toEqual([[[1, null, UNREADABLE], UNREADABLE, UNREADABLE]]);
    expect([...recording.notices.keys()]).toEqual(['values-cut']);
  });

  it('counts what waits, and takes one answer only', () => {
    const recording = recorder();
    const note = noteOf(recording);
    expect(recording.inFlight).toBe(1);
    recording.fail(note, { code: '42601', message: 'no' });
    recording.answer(note, { rows: [], rowCount: 0 });
    expect(recording.inFlight).toBe(0);
    expect(recording.notes.at(note).error).toEqual({ code: '42601', message: 'no' });
    expect(recording.notes.at(note).answers).toBeNull();
  });

  it('survives whatever it is given', () => {
    const recording = recorder();
    const explode = (): never => {
      throw new Error('was run');
    };
    const trap = new Proxy([], { get: explode, getOwnPropertyDescriptor: explode, has: explode, ownKeys: explode });
    expect(recording.notes.at(noteOf(recording, trap)).values).toBeNull();
    for (const result of [
      undefined,
      null,
      5,
      'x',
      trap,
      { rows: trap },
      { rows: [null], fields: [id], rowCount: 1 },
      { rowCount: Number.NaN },
    ]) {
      const given = recorder();
      expect(() => given.answer(noteOf(given), result)).not.toThrow();
    }
    const hostileError = Object.defineProperty({}, 'code', { get: explode });
    const note = noteOf(recording);
    recording.fail(note, hostileError);
    expect(recording.notes.at(note).error).toEqual({ code: null, message: '' });
  });
});
