// Finds rows that were written one statement at a time where one statement would write them all. What counts as a loop
// stands in loops.ts; here are its writes, equal INSERTs besides, and the words.

import { FINE_LOT } from '../profile/slices.js';
import { sorted } from '../profile/sorted.js';
import type { Statement, Verb } from '../profile/types.js';
import type { ProfileView, Repeat } from '../profile/views.js';
import { type Detection, type Detector, type Evidence, sliced, type Words } from './detector.js';
import { code, type LibraryWords, libraryOf } from './library-words.js';
import { evidenceOf } from './loop-evidence.js';
import { type Advice, adviceFor, messageFor, whyFor } from './loop-words.js';
import { distinctOver, EXECUTIONS_WITHOUT_SOURCE, findLoops, type Loop, withoutRetries } from './loops.js';
import { isSetBased, isWrite } from './statements.js';

export const writeLoop: Detector = sliced({
  needs: 'repeatedWrites',
  meta: {
    id: 'write-loop',
    severity: 'warning',
    summary: 'rows written one statement at a time',
    page: 'dist/detectors/write-loop.md',
    clock: false,
  },

  *detect(view: ProfileView): Generator<void, Detection> {
    const { loops, dismissals, undecided } = yield* findLoops(view, (repeat) => isWrite(repeat.shape));
    const all = [...loops];
    for (const repeat of undecided) if (yield* isEqualInserts(repeat, view)) all.push(asLoop(repeat));
    const inOrder = yield* sorted(all, (a, b) => a.repeat.index - b.repeat.index);
    return { evidence: yield* evidenceOf(inOrder, view), dismissals };
  },

  word(evidence: Evidence, view: ProfileView): Words {
    const { verb } = view.repeatOf(evidence.statements[0] as number).shape;
    const { advice, replacement } = adviceFor(evidence, view, adviceOn(verb, evidence, libraryOf(evidence, view)));
    return { message: messageFor(evidence), why: whyFor(evidence, view), advice, replacement };
  },
});

function adviceOn(verb: Verb, { data }: Evidence, library: LibraryWords | null): Advice {
  switch (verb) {
    case 'insert':
      return library === null
        ? { words: 'Insert all rows at once: VALUES with many rows, or SELECT from unnest().', asSql: true }
        : { words: `Insert all rows at once: ${code(library.insert, data)}.`, asSql: library.raw === undefined };
    case 'update':
      return {
        words:
          library?.update === undefined
            ? 'Update all rows at once: UPDATE … FROM unnest(), or = any() where all get the same values.'
            : `Update all rows at once: ${code(library.update, data)} where all get the same values, else UPDATE … FROM unnest()${through(library)}.`,
        asSql: true,
      };
    case 'delete':
      return library?.delete === undefined
        ? { words: 'Delete all rows at once: bind the keys as one array.', asSql: true }
        : { words: `Delete all rows at once: ${code(library.delete, data)}.`, asSql: false };
    default:
      return { words: 'Write all rows in one statement.', asSql: true };
  }
}

function through({ raw }: LibraryWords): string {
  return raw === undefined ? '' : ` through ${code(raw)}`;
}

/** Rows without a value of their own (a log line, `default values`) are inserted alike: the same loop, though no value tells its turns apart. */
function* isEqualInserts(repeat: Repeat, view: ProfileView): Generator<void, boolean> {
  const { shape, captured, sites } = repeat;
  if (shape.verb !== 'insert' || isSetBased(shape) || !captured || sites !== 1 || repeat.distinct === 0) return false;
  const turns: Statement[] = [];
  let steps = 0;
  for (const statement of yield* withoutRetries(repeat, view)) {
    if (statement.error === null && statement.batch === null) turns.push(statement);
    if (++steps % FINE_LOT === 0) yield;
  }
  return turns.length >= EXECUTIONS_WITHOUT_SOURCE && (yield* distinctOver(shape.slots, turns)) === 1;
}

function asLoop(repeat: Repeat): Loop {
  return { repeat, confidence: 'likely', flows: [] };
}
