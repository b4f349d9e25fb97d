// Finds work that was left half done: a write was committed, and what belongs to it failed. It names what stayed.

import { FINE_LOT } from '../profile/slices.js';
import { sorted } from '../profile/sorted.js';
import type { Profile, Statement } from '../profile/types.js';
import type { ProfileView } from '../profile/views.js';
import { type Detection, type Detector, type Evidence, sliced, type Words } from './detector.js';
import { counted, figure } from './figures.js';
import { inOneTransaction, libraryOf } from './library-words.js';
import { deedOf } from './statement-name.js';
import { unitGraphOf } from './units/relations.js';
import { type Torn, tornIn } from './units/torn.js';
import type { Unit } from './units/units.js';

export const tornWrite: Detector = sliced({
  meta: {
    id: 'torn-write',
    severity: 'error',
    summary: 'a write stayed though what belongs to it failed',
    page: 'dist/detectors/torn-write.md',
    clock: false,
  },

  needs: 'writes',

  *detect(view: ProfileView): Generator<void, Detection> {
    const evidence: Evidence[] = [];
    for (const torn of yield* tornIn(yield* unitGraphOf(view), view)) evidence.push(yield* evidenceOf(torn, view));
    return { evidence, dismissals: [] };
  },

  word(evidence: Evidence, view: ProfileView): Words {
    const { data } = evidence;
    const library = libraryOf(evidence, view);
    const undone =
      library?.transaction === undefined
        ? ', and roll back on any error: then nothing stays'
        : ': an error that leaves it rolls back, and nothing stays';
    const ties = data.ties === '' ? '' : ` What ties them: ${data.ties}.`;
    return {
      message: String(data.message),
      why: `Still there: ${data.stayed}. It was committed before ${data.failed}.${ties}`,
      advice: `${inOneTransaction(library)}${undone}. Where it may stay, say so with allow().`,
      replacement: null,
    };
  },
});

/** Deeds named one by one. */
const MOST_DEEDS = 3;

/**
 * writes: statements that stayed · rows: that they changed, where that is known · stayed, failed: which, in words · code: SQLSTATE of what failed, or the status or error of the request ·
 * message: what happened, as a clause · ties: what ties them.
 */
function* evidenceOf({ stayed, gone, confidence, why }: Torn, { profile }: ProfileView): Generator<void, Evidence> {
  const lost = gone === null ? [] : lostIn(gone);
  const statements: number[] = [];
  // Null: how many rows it changed is not shown.
  const deeds = new Map<string, number | null>();
  let last: Statement | null = null;
  let rows: number | null = 0;
  for (const { writes } of stayed) {
    for (const write of writes) {
      const deed = deedOf(write);
      deeds.set(deed, sumOf(deeds.get(deed) ?? (deeds.has(deed) ? null : 0), write.affected));
      rows = sumOf(rows, write.affected);
      last = write;
      if (statements.push(write.index) % FINE_LOT === 0) yield;
    }
  }
  const kept = statements.length;
  for (const { index } of lost) if (statements.push(index) % FINE_LOT === 0) yield;
  const failure = gone?.failure ?? null;
  const code = failure === null ? troubleOf(profile) : (failure.error?.code ?? 'no code');
  return {
    confidence,
    statements: [...(yield* sorted(statements, (a, b) => a - b))],
    source: [],
    callSite: (failure ?? last)?.callSite ?? null,
    data: {
      writes: kept,
      ...(rows !== null && { rows }),
      stayed: listed(deeds),
      failed: gone === null ? `the ${profile.kind} ended with ${code}` : `${deedOfFailure(gone)} failed with ${code}`,
      code,
      message: messageOf(kept, lost.length, gone, code, profile.kind),
      ties: why.join('; '),
    },
  };
}

/** Null where one of them is not known. */
function sumOf(sum: number | null, changed: number | null): number | null {
  return sum === null || changed === null ? null : sum + changed;
}

/** What is gone: the writes of the unit, and what failed in it. */
const lostIn = ({ writes, failure }: Unit): Statement[] => [
  ...new Set([...writes, ...(failure === null ? [] : [failure])]),
];

/** `500`, or the name of the error that the function ended with. */
const troubleOf = ({ outcome }: Profile): string => String(outcome.status ?? outcome.error ?? 'an error');

function deedOfFailure({ failure }: Unit): string {
  return failure === null
    ? 'a transaction'
    : failure.shape.writes.length > 0
      ? deedOf(failure)
      : `a ${failure.shape.verb.toUpperCase()}`;
}

/** "write 1 stayed, write 2 failed (23514)" */
function messageOf(kept: number, lost: number, gone: Unit | null, code: string, kind: Profile['kind']): string {
  const first = kept > 1 ? `writes 1 to ${figure(kept)} stayed` : 'write 1 stayed';
  if (gone === null) return `${counted(kept, 'write')} stayed, though the ${kind} failed (${code})`;
  if (gone.transaction === null) return `${first}, write ${figure(kept + 1)} failed (${code})`;
  return `${first}, the transaction ${lost > 0 ? 'that belongs to it ' : ''}was rolled back (${code})`;
}

/** `INSERT INTO transfer (1 row)`, each deed with the rows that it changed. */
function listed(rows: ReadonlyMap<string, number | null>): string {
  const deeds = [...rows].map(([deed, changed]) => (changed === null ? deed : `${deed} (${counted(changed, 'row')})`));
  const more = deeds.length - MOST_DEEDS;
  return more > 0 ? `${deeds.slice(0, MOST_DEEDS).join(', ')} and ${counted(more, 'write')} more` : deeds.join(', ');
}
