// Assertions over how many statements were sent, in all or by their verb: what was expected against what was sent, shape by shape.

import { kindOf, nearestName, QueryscopeError } from '../errors.js';
import { count, counted } from '../outputs/drawing/numbers.js';
import type { Report } from '../report/report.js';
import { reportsOf } from '../report/run.js';
import type { Verb } from '../sql/text.js';
import { blindText, nameOf } from './blindness.js';
import { drawShapes, sawNothing, shapeCounts, statementCount } from './captured-statements.js';
import { type AssertOptions, checkReport, type Verdict } from './verdict.js';

/** How many: just so many, or a range whose ends are allowed. */
export type Amount = number | { min?: number; max?: number };

/** How many statements are expected: in all, or by their verb as well. A verb that is not named may have any number. */
export type StatementCount = number | ({ min?: number; max?: number } & { [V in Verb]?: Amount });

/** Passes where as many statements were sent as expected, the driver's own left out. */
export function judgeStatementCount(
  report: unknown,
  expected: StatementCount,
  { allowNone = false }: AssertOptions = {},
): Verdict {
  checkReport(report);
  const bounds = boundsOf(expected);
  if (!allowNone && sawNothing(report)) {
    return { pass: false, blind: true, failure: () => blindText(report), negated: () => blindText(report) };
  }
  const actual = actualCounts(report, bounds);
  const broken = bounds.filter(({ what, amount }) => !isWithin(actual[what] as number, amount));
  const list = () => [nameOf(report), ...drawShapes(shapeCounts(report)), ...droppedLine(report)].join('\n');
  const wanted = (some: readonly Bound[]) => some.map(({ what, amount }) => wordsOf(amount, what)).join(', ');
  return {
    pass: broken.length === 0,
    failure: () => {
      const got = broken.map(({ what }) => counted(actual[what] as number, nounOf(what))).join(', ');
      return `expected ${wanted(broken)}, got ${got}\n\n${list()}`;
    },
    negated: () => `expected anything but ${wanted(bounds)}\n\n${list()}`,
    actual,
    expected: Object.fromEntries(
      bounds.map(({ what, amount }) => [
        what,
        isWithin(actual[what] as number, amount) ? actual[what] : plainly(amount),
      ]),
    ),
  };
}

interface Bound {
  what: 'statements' | Verb;
  amount: Amount;
}

const VERBS: Readonly<Record<Verb, true>> = {
  select: true,
  insert: true,
  update: true,
  delete: true,
  merge: true,
  values: true,
  table: true,
  copy: true,
  call: true,
  do: true,
  begin: true,
  commit: true,
  rollback: true,
  savepoint: true,
  release: true,
  'prepare transaction': true,
  set: true,
  show: true,
  lock: true,
  declare: true,
  fetch: true,
  close: true,
  explain: true,
  ddl: true,
  truncate: true,
  notify: true,
  discard: true,
  empty: true,
  other: true,
};

/** Throws a QueryscopeError where an expectation makes no sense. */
function boundsOf(expected: StatementCount): Bound[] {
  if (typeof expected === 'number') return [{ what: 'statements', amount: amountOf('statements', expected) }];
  if (typeof expected !== 'object' || expected === null || Array.isArray(expected))
    throw notExpected('statements', expected);
  const { min, max, ...verbs } = expected;
  const all =
    min === undefined && max === undefined
      ? []
      : [{ what: 'statements' as const, amount: rangeOf('statements', min, max) }];
  const each = Object.entries(verbs).map(([verb, amount]) => ({
    what: knownVerb(verb),
    amount: amountOf(verb, amount),
  }));
  const bounds = [...all, ...each];
  if (bounds.length === 0) throw notExpected('statements', expected);
  return bounds;
}

function amountOf(what: string, amount: unknown): Amount {
  if (isCount(amount)) return amount;
  if (typeof amount !== 'object' || amount === null || Array.isArray(amount)) throw notExpected(what, amount);
  const { min, max, ...others } = amount as { min?: unknown; max?: unknown };
  if (Object.keys(others).length > 0 || (min === undefined && max === undefined)) throw notExpected(what, amount);
  return rangeOf(what, min, max);
}

function rangeOf(
  what: string,
  min: unknown = 0,
  max: unknown = Number.POSITIVE_INFINITY,
): { min: number; max: number } {
  if (!isCount(min)) throw notExpected(`${what}.min`, min);
  if (max !== Number.POSITIVE_INFINITY && !isCount(max)) throw notExpected(`${what}.max`, max);
  if (min > max)
    throw new QueryscopeError(
      'bad-expectation',
      `No number of ${what} is at least ${min} and at most ${max}. Swap them.`,
    );
  return { min, max };
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function notExpected(what: string, came: unknown): QueryscopeError {
  return new QueryscopeError(
    'bad-expectation',
    `The expected number of ${what} is a whole number from 0 on, or { min, max } of such; ${kindOf(came)} came. Write 4, { max: 4 } or { max: 9, insert: 2, select: { min: 1 } }.`,
  );
}

function knownVerb(verb: string): Verb {
  if (Object.hasOwn(VERBS, verb)) return verb as Verb;
  const known = ['min', 'max', ...Object.keys(VERBS)];
  const nearest = nearestName(verb, known);
  const hint = nearest === null ? '' : ` Did you mean '${nearest}'?`;
  throw new QueryscopeError(
    'bad-expectation',
    `Statements have no verb '${verb}'.${hint} There are: ${known.join(', ')}.`,
  );
}

function actualCounts(report: Report, bounds: readonly Bound[]): Record<string, number> {
  const shapes = shapeCounts(report);
  const ofVerb = (verb: Verb) =>
    shapes.filter(({ shape }) => shape.verb === verb).reduce((sum, { count: times }) => sum + times, 0);
  return Object.fromEntries(
    bounds.map(({ what }) => [what, what === 'statements' ? statementCount(report) : ofVerb(what)]),
  );
}

function isWithin(actual: number, amount: Amount): boolean {
  if (typeof amount === 'number') return actual === amount;
  return actual >= (amount.min ?? 0) && actual <= (amount.max ?? Number.POSITIVE_INFINITY);
}

/** `4 statements`, `at most 4 inserts`, `2 to 4 selects`. */
function wordsOf(amount: Amount, what: Bound['what']): string {
  if (typeof amount === 'number') return counted(amount, nounOf(what));
  const { min = 0, max = Number.POSITIVE_INFINITY } = amount;
  if (max === Number.POSITIVE_INFINITY) return `at least ${counted(min, nounOf(what))}`;
  return min === 0 ? `at most ${counted(max, nounOf(what))}` : `${count(min)} to ${counted(max, nounOf(what))}`;
}

function nounOf(what: Bound['what']): string {
  return what === 'statements' ? 'statement' : what;
}

/** For a runner's own comparison: a range as it is written. */
function plainly(amount: Amount): Amount {
  if (typeof amount === 'number') return amount;
  const { min = 0, max = Number.POSITIVE_INFINITY } = amount;
  return { ...(min > 0 && { min }), ...(max !== Number.POSITIVE_INFINITY && { max }) };
}

/** What a cap dropped is known by its number only. */
function droppedLine(report: Report): string[] {
  const dropped = [...reportsOf({ reports: [report] })].reduce((sum, { profile }) => sum + profile.dropped, 0);
  return dropped === 0 ? [] : [`   ${counted(dropped, 'statement')} more, over limits.statements and of no known verb`];
}
