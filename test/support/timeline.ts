// A request written as text, run through the real recorder with a fake clock: what a test reads as a picture is what the
// rest of queryscope sees as a profile. The notation stands in timeline-notes.ts.

import { detectors } from '../../src/detectors/index.js';
import { buildProfile, type Closing, type Sites } from '../../src/profile/build-profile.js';
import { sameSite, siteOf } from '../../src/profile/call-sites.js';
import type { CheckoutNote, ConnectionNote } from '../../src/profile/note.js';
import { Recorder } from '../../src/profile/recorder.js';
import { runAtOnce } from '../../src/profile/slices.js';
import type { CallSite, Frame, Profile } from '../../src/profile/types.js';
import { buildReport, type ReportOptions } from '../../src/report/build-report.js';
import type { Report } from '../../src/report/report.js';
import { parse } from '../../src/sql/parse.js';
import type { ParsedStatement } from '../../src/sql/text.js';
import { type Line, readTimeline } from './timeline-notes.js';

/** A profile with the timeline's lines beside it. */
export interface PlayedTimeline {
  profile: Profile;
  lines: Line[];
  /** For each statement of the profile, the index of its line. */
  lineOf: number[];
}

/** What a timeline's text cannot say of its scope. */
export type ScopeFacts = Partial<Closing>;

/** The profile of a request that went as the timeline says. */
export function profileOf(timeline: string, facts: ScopeFacts = {}): Profile {
  return play(timeline, facts).profile;
}

/** The report on it by all detectors. */
export function reportOf(timeline: string, facts: ScopeFacts = {}, options: ReportOptions = {}): Report {
  return runAtOnce(buildReport(profileOf(timeline, facts), detectors, options));
}

/** Plays a timeline line by line against a recorder, as capture does with a driver's calls and answers. */
export function play(timeline: string, facts: ScopeFacts = {}): PlayedTimeline {
  const lines = readTimeline(timeline);
  const player = new Player();
  for (const line of lines) player.send(line);
  player.answerPending();
  const closing: Closing = {
    id: 'scope-1',
    parent: null,
    kind: 'request',
    label: 'GET /timeline',
    startedAt: new Date('2026-01-01T00:00:00.000Z'),
    durationMs: player.now,
    outcome: { status: 200, error: null, aborted: false },
    unattributed: 0,
    sample: false,
    ...facts,
  };
  const profile = runAtOnce(buildProfile(player.recorder, closing, new TimelineSites()));
  const lineOf = lines.flatMap((line, index) =>
    line.event === null ? parse(line.sql).statements.map(() => index) : [],
  );
  return { profile, lines, lineOf };
}

type Status = 'I' | 'T' | 'E';

class Player {
  now = 0;
  readonly recorder = new Recorder({
    clock: () => this.now,
    limits: { statements: 100_000, rowsPerStatement: 10_000, valuesPerScope: 1_000_000 },
  });
  readonly #pending: { line: Line; note: number | null }[] = [];
  readonly #connections = new Map<number, ConnectionNote>();
  readonly #statuses = new Map<number, Status>();
  readonly #checkouts = new Map<number, CheckoutNote>();
  readonly #tables = new Map<string, number>();
  readonly #ownLines = new Map<string, number>();

  send(line: Line): void {
    if (!line.pending) this.answerPending();
    const call = line.calls === null ? null : this.recorder.began('http request', line.calls);
    this.now += line.pause;
    if (call !== null) this.recorder.ended(call);
    if (line.event !== null) {
      this.#handle(line);
      return;
    }
    if (line.within) this.#statuses.set(line.connection, 'T');
    const note = this.recorder.note(line.sql, line.values, {
      connection: this.#connection(line.connection),
      stack: this.#stackOf(line),
      waitMs: 0,
      via: line.via,
      late: line.late,
      allowed: line.allowed,
    });
    this.#pending.push({ line, note });
    if (!line.pending) this.answerPending();
  }

  /** The app takes a client, or gives one back. */
  #handle(line: Line): void {
    const connection = this.#connection(line.connection);
    const held = this.#checkouts.get(line.connection);
    if (line.event === 'take') {
      const checkout = this.recorder.checkOut(connection);
      if (checkout !== null) this.#checkouts.set(line.connection, checkout);
      return;
    }
    if (held === undefined)
      throw new Error(`timeline line ${line.number}: connection ${line.connection} was not taken`);
    const status = this.#statuses.get(line.connection) ?? 'I';
    const stack = this.#stackOf(line) ?? { frames: [this.#ownFrame(line)] };
    const isClean = status === 'I' && held.releasedAt === null;
    this.recorder.checkIn(held, status, line.event === 'destroy', isClean ? null : stack);
  }

  /** Answers what was sent in parallel, in the order in which it was sent. */
  answerPending(): void {
    const sentAt = this.now;
    for (const { line, note } of this.#pending.splice(0)) {
      this.now = Math.max(this.now, sentAt + line.took);
      if (note !== null) this.#answer(line, note);
    }
  }

  #answer(line: Line, note: number): void {
    const { statements } = parse(line.sql);
    const before = this.#statuses.get(line.connection) ?? 'I';
    if (line.error !== null) {
      this.recorder.fail(note, Object.assign(new Error('as the timeline says'), { code: line.error }));
    } else {
      const results = statements.map((statement) => this.#result(line, statement, before));
      this.recorder.answer(note, results.length === 1 ? results[0] : results);
    }
    const after = statements.reduce((status, statement) => statusAfter(status, statement, line.error !== null), before);
    this.#statuses.set(line.connection, after);
    this.recorder.status(note, before, after);
  }

  /** What pg would hand to the app: rows as objects, fields with table ids and types, the command tag. */
  #result(line: Line, { shape, anatomy }: ParsedStatement, status: Status): object {
    const columns = line.rows instanceof Map ? line.rows : new Map<string, never[]>();
    const height =
      line.rows instanceof Map ? Math.max(...[...line.rows.values()].map((column) => column.length)) : null;
    const selects = shape.writes.length === 0 && ['select', 'values', 'table', 'show'].includes(shape.verb);
    const count = height ?? (typeof line.rows === 'number' ? line.rows : selects ? 1 : 0);
    const rows = Array.from({ length: count }, (_, row) =>
      Object.fromEntries([...columns].map(([name, values]) => [name, values[row] ?? null])),
    );
    const fields = [...columns].map(([name, values]) => ({
      name,
      tableID: this.#tableId(anatomy.outputs[name]?.table ?? anatomy.onlyTable ?? shape.writes[0] ?? null),
      dataTypeID: typeIdOf(values),
    }));
    const aborted = shape.verb === 'commit' && status === 'E';
    const command = aborted ? 'ROLLBACK' : shape.verb.toUpperCase();
    return { command, rowCount: selects ? count : (line.affected ?? Math.max(count, 1)), rows, fields };
  }

  #tableId(table: string | null): number {
    if (table === null) return 0;
    const id = this.#tables.get(table) ?? 16_384 + this.#tables.size;
    this.#tables.set(table, id);
    return id;
  }

  #connection(number: number): ConnectionNote {
    let connection = this.#connections.get(number);
    if (!connection) {
      connection = { host: '127.0.0.1', port: 5432, database: 'app', pool: 1, native: false, statusSource: 'protocol' };
      this.#connections.set(number, connection);
    }
    return connection;
  }

  /** Null where it was not captured. */
  #stackOf(line: Line): Stack | null {
    const frames = line.frames === undefined ? [this.#ownFrame(line)] : line.frames;
    return (
      frames && {
        frames,
        ...(line.through && { through: line.through }),
        ...(line.resolver && { resolver: true as const }),
      }
    );
  }

  /** Where no site is given, all executions of one shape come from the line of the first of them. */
  #ownFrame(line: Line): Frame {
    const shapes = parse(line.sql)
      .statements.map((statement) => statement.shape.id)
      .join();
    const own = this.#ownLines.get(shapes) ?? line.number;
    this.#ownLines.set(shapes, own);
    return { file: 'app.ts', line: own, column: 1, function: null };
  }
}

/** The server's own rule for the status byte of ReadyForQuery, one statement further. */
function statusAfter(status: Status, { anatomy }: ParsedStatement, failed: boolean): Status {
  const kind = anatomy.control?.kind;
  // What cannot be committed is undone, and that is its end.
  if (failed) return status === 'I' || kind === 'commit' || kind === 'prepare transaction' ? 'I' : 'E';
  switch (kind) {
    case 'begin':
    case 'rollback to':
      return 'T';
    case 'commit':
    case 'rollback':
      return anatomy.control?.chain ? 'T' : 'I';
    case 'prepare transaction':
      return 'I';
    default:
      return status;
  }
}

/** OIDs of pg_type.dat: int4, int8 (which the driver gives as text), bool, timestamptz, text. */
function typeIdOf(values: readonly unknown[]): number {
  const value = values.find((one) => one !== null);
  if (typeof value === 'number') return 23;
  if (typeof value === 'boolean') return 16;
  if (typeof value === 'string' && /^\d+$/.test(value)) return 20;
  return value instanceof Date ? 1184 : 25;
}

/** What a line says of where it was sent. */
type Stack = Pick<CallSite, 'frames' | 'through' | 'resolver'>;

/** A process that knows no shape before the timeline begins. */
class TimelineSites implements Sites {
  readonly #sites = new Map<string, CallSite>();
  readonly #several = new Set<string>();

  siteOf(stack: unknown): CallSite | null {
    const { frames, ...rest } = stack as Stack;
    const site = siteOf(frames);
    return site && { ...site, ...rest };
  }

  learn(_stack: unknown, { id }: { id: string }, site: CallSite): void {
    const known = this.#sites.get(id) ?? site;
    this.#sites.set(id, known);
    if (!sameSite(known, site)) this.#several.add(id);
  }

  only({ id }: { id: string }): CallSite | null {
    return this.#several.has(id) ? null : (this.#sites.get(id) ?? null);
  }

  doubt({ id }: { id: string }): void {
    this.#several.add(id);
  }

  ran(): void {}
}
