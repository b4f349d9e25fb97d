// Finds statements that were sent beside a transaction by the very code that runs it: on the pool, or on another client. They are no part of it, do not see
// what it wrote, and stay when it rolls back.

import { addTo } from '../profile/grouped.js';
import { FINE_LOT } from '../profile/slices.js';
import type { Statement } from '../profile/types.js';
import type { ProfileView } from '../profile/views.js';
import { type Detection, type Detector, type Evidence, sliced, type Words } from './detector.js';
import { type Escape, type EscapeKind, escapesIn } from './escapes.js';
import { counted } from './figures.js';
import { code, type LibraryWords, libraryOf } from './library-words.js';
import { capital, nameOf } from './statement-name.js';

export const escapedStatement: Detector = sliced({
  meta: {
    id: 'escaped-statement',
    severity: 'error',
    summary: 'statements sent beside the transaction that they are written in',
    page: 'dist/detectors/escaped-statement.md',
    clock: false,
  },

  needs: 'control',

  *detect(view: ProfileView): Generator<void, Detection> {
    const places = new Map<string, Escape[]>();
    for (const found of yield* escapesIn(view.profile)) {
      yield;
      const { statement, begin, grade } = found;
      const place = `${begin.index} ${view.repeatOf(statement.index).index} ${grade.kind}`;
      addTo(places, place, found);
    }
    const evidence: Evidence[] = [];
    for (const escapes of places.values()) evidence.push(yield* evidenceOf(escapes));
    return { evidence, dismissals: [] };
  },

  word(evidence: Evidence, view: ProfileView): Words {
    const { data, statements } = evidence;
    const { shape, via } = view.profile.statements[statements[0] as number] as Statement;
    const where = via === 'pool' ? 'on the pool' : 'on another client';
    const times = Number(data.count) > 1 ? `, ${counted(Number(data.count), 'time')}` : '';
    return {
      message: `${nameOf(shape)} ${where}, beside the open transaction${times}`,
      why: `${capital(nameOf(shape))} was sent ${where} while the transaction of the same code was open on its client. ${WHY[data.kind as EscapeKind]}`,
      advice: `${intoTransaction(libraryOf(evidence, view))}${ADVICE[data.kind as EscapeKind]}`,
      replacement: null,
    };
  },
});

function intoTransaction(library: LibraryWords | null): string {
  return library?.transaction === undefined
    ? 'Send it on the client that has the transaction: hand that client on to the function that sends it.'
    : `Send it ${library.within}: what ${code(library.transaction)} gives has to be handed on to the function that sends it.`;
}

const WHY: Record<EscapeKind, string> = {
  write: 'So it was committed on its own, and stays when the transaction rolls back.',
  aside:
    'So it was committed on its own, and stays when the transaction rolls back, which for a note of what was tried may be right.',
  stale: 'So it does not see what the transaction has written to that table.',
  read: 'So it does not see what the transaction writes; and each such request holds one connection while it waits for a second: as many of them as the pool has connections wait for each other for ever.',
};

const ADVICE: Record<EscapeKind, string> = {
  write: ' Where it is meant to stay whatever happens, say so with allow().',
  aside: ' Where it is meant to stay whatever happens, leave it, and say so with allow().',
  stale: '',
  read: ' Or read it before BEGIN.',
};

/** count: how often · kind: what was sent beside it. */
function* evidenceOf(escapes: readonly Escape[]): Generator<void, Evidence> {
  const statements: number[] = [];
  for (const { statement } of escapes) if (statements.push(statement.index) % FINE_LOT === 0) yield;
  const [{ statement, begin, grade }] = escapes as [Escape];
  return {
    severity: grade.severity,
    confidence: grade.confidence,
    statements,
    source: [begin.index],
    callSite: statement.callSite,
    data: { count: escapes.length, kind: grade.kind },
  };
}
