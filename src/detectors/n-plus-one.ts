// Finds reads that were sent once for each row of an earlier result (or for each of many values) where one would do.
// What counts as a loop stands in loops.ts; here are its reads, what is near to one, and the words.

import type { Shape } from '../profile/types.js';
import type { ProfileView, Repeat } from '../profile/views.js';
import {
  type Detection,
  type Detector,
  type DismissedRepeat,
  type Evidence,
  type Facts,
  sliced,
  type Words,
} from './detector.js';
import { counted } from './figures.js';
import { executionsFrom, knownSitesOf } from './known-sites.js';
import { code, libraryOf } from './library-words.js';
import { evidenceOf } from './loop-evidence.js';
import { type Advice, adviceFor, messageFor, whyFor } from './loop-words.js';
import { byShape, canBeBatched, distinctOver, EXECUTIONS_WITHOUT_SOURCE, findLoops } from './loops.js';
import { byLoader, isResolverLoop } from './resolvers.js';
import { indexesOf, isRead } from './statements.js';

export const nPlusOne: Detector = sliced({
  needs: 'repeatedReads',
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
    const { advice, replacement } = adviceFor(evidence, view, batchingFor(evidence, view));
    return { message: messageFor(evidence), why: whyFor(evidence, view), advice, replacement };
  },
});

/** How to ask once, in the words of the library that asked. */
function batchingFor(evidence: Evidence, view: ProfileView): Advice {
  const { shape, flows } = view.repeatOf(evidence.statements[0] as number);
  const library = isRanked(shape) ? null : libraryOf(evidence, view);
  const isResolver = isResolverLoop(evidence, view);
  const byKeys = flows.length > 1 ? undefined : library?.keys;
  const relation = isResolver || flows.length === 0 || isAggregate(shape) ? undefined : library?.relation;
  if (relation !== undefined) {
    const orKeys = byKeys === undefined ? '' : `, or ask once for all keys, ${code(byKeys)}`;
    return { words: `Let the query before the loop load them too, ${code(relation)}${orKeys}.`, asSql: false };
  }
  const keys = byKeys === undefined ? null : code(byKeys, { ...namesIn(shape), ...evidence.data });
  const asSql = keys === null || library?.raw === undefined;
  if (isResolver) return { words: byLoader(keys), asSql };
  const words =
    keys === null
      ? 'Ask once for all rows: bind the values as one array and give each row its own from the result.'
      : `Ask once for all keys: ${keys}, and give each row its own from the result.`;
  return { words, asSql };
}

/** The names that a call takes, where the statement has one value. */
function namesIn({ slots, reads }: Shape): Facts {
  const [slot, ...others] = slots.filter(({ column }) => column !== null);
  return {
    ...(slot && others.length === 0 && { column: slot.column as string }),
    ...(reads[0] && { table: reads[0] }),
  };
}

/** The best few of each key: what one statement for all keys would have to rank. */
function isRanked({ text }: Shape): boolean {
  return / order by /.test(text) && / (?:limit|fetch) /.test(text);
}

/** One figure of many rows, which are not loaded. */
function isAggregate({ text }: Shape): boolean {
  return / group by |^select (?:exists|count|sum|min|max|avg)\b/.test(text);
}

/**
 * Statements of one shape that look like a loop together, were it not that nothing ties them to one: no common source, and no single
 * call site that sent enough of them.
 */
function* separateCallSites(undecided: readonly Repeat[]): Generator<void, DismissedRepeat[]> {
  const dismissals: DismissedRepeat[] = [];
  for (const { shape, statements } of yield* byShape(undecided)) {
    if (!canBeBatched(shape)) continue;
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
