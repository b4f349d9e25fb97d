// What one run did to the database: its statements as one profile, over all scopes that it had, and what of them was committed. From the notes
// and from what the server was seen to do, never by asking the tables.

import { noteOf } from '../capture/pg-connection.js';
import type { StepName, Trial } from '../capture/trial.js';
import { isLastingWrite, temporaryTable } from '../detectors/units/written.js';
import { buildProfile, type Sites } from '../profile/build-profile.js';
import type { Answer, Note } from '../profile/note.js';
import { Recorder } from '../profile/recorder.js';
import { runSlices } from '../profile/slices.js';
import type { Profile, Statement } from '../profile/types.js';

/** A statement of a run, by its name. */
export interface Entry {
  statement: Statement;
  name: StepName;
  /** Does it change rows of the app's tables for good, if it is committed? */
  isWrite: boolean;
  /** A write that was committed, and changed something. */
  stayed: boolean;
}

export interface Ledger {
  profile: Profile;
  entries: readonly Entry[];
  /** The index of the entry that was made to fail; null: none was. */
  struck: number | null;
}

export interface LedgerOptions {
  sample: boolean;
  sites: Sites;
}

/** The ledger of a trial that has ended. What was sent after its process would have ended counts for nothing. */
export async function ledgerOf(trial: Trial, { sample, sites }: LedgerOptions): Promise<Ledger> {
  const steps = trial.crashedAfter === null ? trial.steps : trial.steps.slice(0, trial.crashedAfter);
  const [first] = steps;
  const startedAt = first === undefined ? 0 : noteOf(first.sent).sentAt;
  const recorder = new Recorder({ clock: () => startedAt, limits: NO_LIMITS });
  for (const { sent } of steps)
    recorder.notes.push(sent === trial.struck?.sent ? withUnheard(noteOf(sent), trial) : noteOf(sent));
  const profile = await runSlices(
    buildProfile(recorder, closingOf(sample), { ...sites, learn() {}, doubt() {}, ran() {} }),
  );
  const names = steps.flatMap((step) => step.names);
  const temporary = new Set(profile.statements.flatMap(({ shape }) => temporaryTable(shape) ?? []));
  const undone = new Set(profile.transactions.flatMap((transaction) => transaction.undone));
  const entries = profile.statements.map((statement): Entry => {
    const isWrite = isLastingWrite(statement.shape, temporary);
    const stayed = isWrite && !undone.has(statement.index) && wasCommitted(statement, profile);
    return { statement, name: names[statement.index] as StepName, isWrite, stayed };
  });
  return { profile, entries, struck: struckIn(steps, trial) };
}

/** Nothing is noted in it: the notes are those of the scopes. */
const NO_LIMITS = { statements: 0, rowsPerStatement: 0, valuesPerScope: 0 };

function closingOf(sample: boolean) {
  const outcome = { status: null, error: null, aborted: false };
  return {
    id: '',
    parent: null,
    kind: 'job' as const,
    label: '',
    startedAt: new Date(0),
    durationMs: 0,
    outcome,
    unattributed: 0,
    sample,
  };
}

/** As the server had it, where its answer was kept from the app. */
function withUnheard(note: Note, { fault }: Trial): Note {
  const unheard = fault?.unheard ?? null;
  return unheard === null
    ? note
    : {
        ...note,
        error: null,
        answers: unheard.tags.map(answerOf),
        answeredOrder: note.sentOrder,
        statusAfter: unheard.status,
      };
}

/** `INSERT 0 1`, `COPY 3`, `COMMIT`. */
function answerOf(tag: string): Answer {
  const [command = null, ...counts] = tag.split(' ');
  const affected = counts.length === 0 ? Number.NaN : Number(counts.at(-1));
  return { rows: null, affected: Number.isNaN(affected) ? null : affected, command, kept: null };
}

/** Rows that it changed; null: the server did not say. */
export function changedBy({ affected, rows, shape }: Statement): number | null {
  // The tag of a SELECT counts what it brought, not what its WITH changed.
  if (shape.verb === 'select') return null;
  // Fetched in portions, the last of them says what that one brought.
  return affected === null ? null : Math.max(affected, rows ?? 0);
}

function wasCommitted(statement: Statement, { transactions }: Profile): boolean {
  const { error, command, transaction } = statement;
  if (error !== null || command === null || changedBy(statement) === 0) return false;
  return transaction === null || transactions[transaction]?.outcome === 'committed';
}

function struckIn(steps: Trial['steps'], { struck, target }: Trial): number | null {
  let index = 0;
  for (const step of steps) {
    for (const { key, occurrence } of step.names) {
      if (step === struck && key === target?.key && occurrence === target.occurrence) return index;
      index++;
    }
  }
  return null;
}
