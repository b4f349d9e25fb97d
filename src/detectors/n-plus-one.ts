// Finds reads that were sent once for each row of an earlier result (or for each of many values) where one would do.
// What counts as a loop stands in loops.ts; here are its reads, what is near to one, and the words.

import type { ProfileView, Repeat } from '../profile/views.js';
import { type Detection, type Detector, type DismissedRepeat, type Evidence, sliced, type Words } from './detector.js';
import { counted } from './figures.js';
import { executionsFrom, knownSitesOf } from './known-sites.js';
import { evidenceOf } from './loop-evidence.js';
import { adviceFor, messageFor, whyFor } from './loop-words.js';
import { byShape, canBeBatched, distinctOver, EXECUTIONS_WITHOUT_SOURCE, findLoops } from './loops.js';
import { indexesOf, isRead } from './statements.js';

export const nPlusOne: Detector = sliced({
  meta: {
    id: 'n-plus-one',
    severity: 'warning',
    summary: 'reads sent once per row where one statement would do',
    page: 'dist/detectors/n-plus-one.md',
    clock: false,
  },

  *detect(view: ProfileView): Generator<void, Detection> {
    const { loops, dismissals, undecided } = yield* findLoops(view, (repeat) => isRead(repeat.shape));
    const evidence = yield* evidenceOf(loops, view);
    return { evidence, dismissals: [...dismissals, ...(yield* separateCallSites(undecided))] };
  },

  word(evidence: Evidence, view: ProfileView): Words {
    const { advice, replacement } = adviceFor(
      evidence,
      view,
      'Ask once for all rows: bind the values as one array and give each row its own from the result.',
    );
    return { message: messageFor(evidence), why: whyFor(evidence, view), advice, replacement };
  },
});

/**
 * Statements of one shape that look like a loop together, were it not that nothing ties them to one: no common source, and no single
 * call site that sent enough of them.
 */
function* separateCallSites(undecided: readonly Repeat[]): Generator<void, DismissedRepeat[]> {
  const dismissals: DismissedRepeat[] = [];
  for (const { shape, statements } of yield* byShape(undecided)) {
    if (statements.length < EXECUTIONS_WITHOUT_SOURCE || !canBeBatched(shape)) continue;
    if ((yield* distinctOver(shape.slots, statements)) < EXECUTIONS_WITHOUT_SOURCE) continue;
    const known = yield* knownSitesOf(statements);
    const why =
      known.sites === 0
        ? `${counted(statements.length, 'execution')} without a common source, and no call site was captured that could tie them together`
        : `${executionsFrom(known, statements.length)}, without a common source`;
    dismissals.push({ kind: 'separate-call-sites', statements: yield* indexesOf(statements), why });
  }
  return dismissals;
}
