// Finds reads that brought many rows with nothing in their text to bound them: what they bring, and what it costs to
// parse and hold, grows with the table.

import { FINE_LOT, LOT } from '../profile/slices.js';
import type { Flow, Shape, Statement } from '../profile/types.js';
import type { ProfileView, Repeat } from '../profile/views.js';
import { type Detection, type Detector, type Evidence, type Facts, sliced, type Words } from './detector.js';
import { counted, figure } from './figures.js';
import { rowsOf } from './growth.js';
import { inBrackets, libraryOf } from './library-words.js';
import { indexesOf, isRead } from './statements.js';
import { LARGE_ROWS } from './thresholds.js';

export const largeResult: Detector = detectorFor(LARGE_ROWS);

function detectorFor(rows: number): Detector {
  return sliced({
    meta: {
      id: 'large-result',
      severity: 'info',
      summary: 'reads that returned many rows, with no LIMIT to bound them',
      page: 'dist/detectors/large-result.md',
      clock: false,
    },

    settings: {
      required: false,
      example: '{ rows: 5000 }',
      known: { rows: { expected: 'a whole number of rows, 1 or more', accepts: isRows } },
      apply: (given) => detectorFor((given.rows as number | undefined) ?? rows),
    },

    *detect(view: ProfileView): Generator<void, Detection> {
      const evidence: Evidence[] = [];
      let steps = 0;
      for (let r = 0; r < view.repeats.length; r++) {
        const repeat = view.repeats[r] as Repeat;
        const large: Statement[] = [];
        for (let i = 0; i < repeat.statements.length; i++) {
          const statement = repeat.statements[i] as Statement;
          if (statement.rows !== null && statement.rows >= rows) large.push(statement);
          if (++steps % FINE_LOT === 0) yield;
        }
        if (large.length > 0 && isUnbounded(repeat.shape)) evidence.push(yield* evidenceOf(large, repeat, rows, view));
      }
      return { evidence, dismissals: [] };
    },

    word(evidence: Evidence, view: ProfileView): Words {
      const { data, statements } = evidence;
      const stream = inBrackets(libraryOf(evidence, view)?.stream);
      const times = statements.length === 1 ? '' : ` by ${counted(statements.length, 'statement')}`;
      const largest = statements.length === 1 ? '' : `, up to ${figure(Number(data.largest))} each`;
      const used =
        data.usedColumn === undefined
          ? 'None of their values was bound by a later statement; what else became of them is not seen.'
          : `${figure(Number(data.usedValues))} values of ${data.usedColumn} were bound by later statements.`;
      return {
        message: `${counted(Number(data.rows), 'row')} of ${data.table ?? 'a query'}${times}${largest}, and no LIMIT`,
        why: `Nothing in the text bounds the result, so it grows with the table. ${used}`,
        advice:
          data.usedColumn === undefined
            ? `Read a page (LIMIT, and the last key of the page before), let the server count and sum, or take the rows as a stream${stream}.`
            : `Where the rows only lead to other rows, join: then they need not come out and go in again. Else read page by page, or as a stream${stream}.`,
        replacement: null,
      };
    },
  });
}

function isUnbounded(shape: Shape): boolean {
  return isRead(shape) && shape.reads.length > 0 && !isBounded(shape.text);
}

function* evidenceOf(
  large: readonly Statement[],
  { shape, callSite }: Repeat,
  atLeast: number,
  { profile }: ProfileView,
): Generator<void, Evidence> {
  const indexes = yield* indexesOf(large);
  let largest = 0;
  for (let i = 0; i < large.length; i++) {
    largest = Math.max(largest, large[i]?.rows ?? 0);
    if (i % FINE_LOT === FINE_LOT - 1) yield;
  }
  const data: Facts = {
    count: large.length,
    rows: yield* rowsOf(large),
    largest,
    thresholdRows: atLeast,
    table: shape.reads[0] as string,
  };
  const used = yield* mostUsed(profile.flows, indexes);
  if (used !== null) {
    data.usedColumn = used.from.column as string;
    data.usedValues = used.values;
  }
  return { confidence: 'proven', statements: indexes, source: [], callSite: large[0]?.callSite ?? callSite, data };
}

/** Does a LIMIT (or FETCH FIRST) stand at its end, or in a subquery of FROM? One in a condition bounds other rows. */
function isBounded(text: string): boolean {
  const plain = text.replace(/"(?:[^"]|"")*"/g, '""');
  let depth = 0;
  let inCondition = false;
  for (const [word] of plain.matchAll(/[()]|\w+/g)) {
    if (word === '(') depth++;
    else if (word === ')') depth--;
    else if (depth === 0 && word === 'where') inCondition = true;
    else if ((word === 'limit' || word === 'fetch') && (depth === 0 || !inCondition)) return true;
  }
  return false;
}

/** The flow from these rows by which most values travelled on. */
function* mostUsed(flows: readonly Flow[], statements: readonly number[]): Generator<void, Flow | null> {
  const large = new Set<number>();
  for (const statement of statements) if (large.add(statement).size % FINE_LOT === 0) yield;
  let most: Flow | null = null;
  let steps = 0;
  for (const flow of flows) {
    if (++steps % LOT === 0) yield;
    if (flow.from.column === null || (most !== null && flow.values <= most.values)) continue;
    for (const statement of flow.from.statements) {
      if (++steps % LOT === 0) yield;
      if (!large.has(statement)) continue;
      most = flow;
      break;
    }
  }
  return most;
}

function isRows(value: unknown): boolean {
  return Number.isInteger(value) && (value as number) >= 1;
}
