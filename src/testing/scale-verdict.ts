// Assertions over growth: the code runs at growing scales, and no statement may be sent more often for it. No threshold, and no finding: a loop that nothing else
// recognises still grows.

import { runIn } from '../capture/context.js';
import { kindOf, QueryscopeError } from '../errors.js';
import { count, counted } from '../outputs/drawing/numbers.js';
import type { Report } from '../report/report.js';
import { blindText } from './blindness.js';
import { capture } from './capture.js';
import { drawShapes, type ShapeCount, sawNothing, shapeCounts, statementCount } from './captured-statements.js';
import { drawFindings } from './drawn-findings.js';
import { type Fit, fitCounts, formulaOf, growsWith, sumOf, valueAt } from './scale-fit.js';
import type { AssertOptions, Verdict } from './verdict.js';

/** Scales of each parameter, by its name. */
export type NamedScales = Readonly<Record<string, readonly number[]>>;

/** How much of what there is: `n` alone, or each parameter by its name. */
export type Scales = readonly number[] | NamedScales;

/** One scale, as the functions are called with it: a number where `scales` is a list, else a number by each name. */
export type ScaleOf<S extends Scales> = [S] extends [readonly number[]] ? number : { [Name in keyof S]: number };

export interface ScaleOptions<S extends Scales = readonly number[]> extends AssertOptions {
  /**
   * The scales to run at: `[2, 10]`, or by name `{ chats: [2, 10], messages: [3, 6] }`, where each is combined with each so that it shows which of them counts. Default: `[2, 10]`.
   */
  scales?: S;
  /** Fills the database for one scale, before each run; not captured. */
  populate?: (scale: ScaleOf<S>) => unknown;
  /** Called before each run and not captured, to fill caches as they are in life; `true` runs the code itself once. Default: nothing. */
  warmup?: boolean | ((scale: ScaleOf<S>) => unknown);
}

/** The name of what grows where `scales` is a list. */
const ONLY = 'n';
const DEFAULT_SCALES: readonly number[] = [2, 10];
/** So many runs show three parameters at two scales each, or one at many; more would take minutes for nothing. */
const MOST_RUNS = 16;
/** What a cost is told for. */
const LARGE = 1_000;

interface Run {
  point: readonly number[];
  report: Report;
}

/** A shape with how often it was sent in each run. */
interface Growth {
  shape: ShapeCount;
  counts: readonly number[];
  fit: Fit;
}

/** Passes where no statement was sent more often at a larger scale than at the smallest. */
export async function judgeScaling<S extends Scales>(
  fn: (scale: ScaleOf<S>) => unknown,
  options: ScaleOptions<S> = {},
): Promise<Verdict> {
  if (typeof fn !== 'function')
    throw new QueryscopeError(
      'bad-expectation',
      `What is to scale is a function; ${kindOf(fn)} came. Pass () => listChats(), not its result.`,
    );
  const { names, points } = gridOf(options.scales ?? DEFAULT_SCALES);
  const runs: Run[] = [];
  for (const point of points) runs.push({ point, report: await runAt(point, names, fn, options) });

  const blind = runs.find(({ report }) => sawNothing(report));
  if (blind !== undefined && !options.allowNone) {
    return { pass: false, blind: true, failure: () => blindText(blind.report), negated: () => blindText(blind.report) };
  }
  const growths = growthsOf(runs);
  const total = sumOf(growths.map(({ fit }) => fit));
  return {
    pass: growths.every((growth) => !isGrowing(growth)),
    failure: () => failureText(growths, total, runs, names),
    negated: () =>
      [
        `expected more statements at larger scales, and there are ${formulaOf(total, names)}`,
        '',
        ...measured(runs, names),
      ].join('\n'),
  };
}

async function runAt<S extends Scales>(
  point: readonly number[],
  names: readonly string[],
  fn: (scale: ScaleOf<S>) => unknown,
  { scales, populate, warmup = false }: ScaleOptions<S>,
): Promise<Report> {
  const byName = Object.fromEntries(names.map((name, i) => [name, point[i] as number]));
  const scale = (scales === undefined || Array.isArray(scales) ? point[0] : byName) as ScaleOf<S>;
  // Outside the capture of the test too, where there is one: it is not the app's.
  await runIn(undefined, () => populate?.(scale));
  if (warmup !== false) await runIn(undefined, () => (warmup === true ? fn(scale) : warmup(scale)));
  const { report } = await capture(pointText(point, names), () => fn(scale));
  return report;
}

/** Each combination of the scales, the smallest first. Throws a QueryscopeError where they make no sense. */
function gridOf(scales: unknown): { names: string[]; points: number[][] } {
  if (typeof scales !== 'object' || scales === null) throw noScales('scales', scales);
  const byName = Array.isArray(scales) ? { [ONLY]: scales } : (scales as Record<string, unknown>);
  const names = Object.keys(byName);
  if (names.length === 0) throw noScales('scales', scales);
  const points = Object.entries(byName)
    .map(([name, values]) => scalesOf(name, values))
    .reduce<number[][]>((grid, values) => grid.flatMap((point) => values.map((value) => [...point, value])), [[]]);
  if (points.length <= MOST_RUNS) return { names, points };
  throw new QueryscopeError(
    'bad-expectation',
    `These scales combine to ${points.length} runs; at most ${MOST_RUNS} are made. Two values of each tell a loop.`,
  );
}

function scalesOf(name: string, values: unknown): number[] {
  if (!Array.isArray(values)) throw noScales(`scales.${name}`, values);
  const sorted = [...new Set(values as unknown[])].sort((a, b) => Number(a) - Number(b));
  const bad = sorted.find((value) => !Number.isSafeInteger(value) || (value as number) < 1);
  if (bad !== undefined || sorted.length < 2) throw noScales(`scales.${name}`, bad ?? values);
  return sorted as number[];
}

function noScales(what: string, came: unknown): QueryscopeError {
  return new QueryscopeError(
    'bad-expectation',
    `${what} takes at least two different whole numbers from 1 on, in a list or by name; ${kindOf(came)} came. Write [2, 10] or { chats: [2, 10], messages: [3, 6] }.`,
  );
}

/** In the order in which the largest run sent them, then what only smaller ones sent. */
function growthsOf(runs: readonly Run[]): Growth[] {
  const sent = runs.map(({ report }) => new Map(shapeCounts(report).map((each) => [each.shape.id, each])));
  const shapes = new Map<string, ShapeCount>();
  for (const ofRun of [...sent].reverse()) for (const [id, each] of ofRun) if (!shapes.has(id)) shapes.set(id, each);
  const points = runs.map(({ point }) => point);
  return [...shapes].map(([id, shape]) => {
    const counts = sent.map((ofRun) => ofRun.get(id)?.count ?? 0);
    return { shape, counts, fit: fitCounts(points, counts) };
  });
}

function isGrowing({ counts }: Growth): boolean {
  return counts.some((each) => each > (counts[0] as number));
}

function failureText(growths: readonly Growth[], total: Fit, runs: readonly Run[], names: readonly string[]): string {
  const growing = growths.filter(isGrowing);
  const parameters = growsWith(sumOf(growing.map(({ fit }) => fit))).map((place) => names[place]);
  const largest = (runs.at(-1) as Run).report;
  return [
    `expected as many statements at each scale; they grow with ${parameters.join(' and ')}: ${formulaOf(total, names)}`,
    '',
    ...drawShapes(
      growths.map(({ shape }) => shape),
      growths.map(({ fit }) => formulaOf(fit, names)),
    ),
    '',
    ...measured(runs, names),
    ...costs(growing, total, runs, names),
    '',
    ...drawFindings(largest, ({ profile }, { statements }) =>
      statements.some((index) => growing.some(({ shape }) => shape.shape.id === profile.statements[index]?.shape.id)),
    ),
  ]
    .join('\n')
    .trimEnd();
}

/** `   measured   n = 2, m = 3: 9 statements`, a line a run. */
function measured(runs: readonly Run[], names: readonly string[]): string[] {
  return fact(
    'measured',
    runs.map(({ point, report }) => `${pointText(point, names)}: ${counted(statementCount(report), 'statement')}`),
  );
}

/** `   costs      n = 1,000, m = 3: 4,001 statements`: each parameter that it grows with, the others as large as they were measured. */
function costs(growing: readonly Growth[], total: Fit, runs: readonly Run[], names: readonly string[]): string[] {
  const largest = (runs.at(-1) as Run).point;
  const places = growsWith(sumOf(growing.map(({ fit }) => fit)));
  return fact(
    'costs',
    places.map((place) => {
      const point = largest.map((value, other) => (other === place ? LARGE : value));
      return `${pointText(point, names)}: ${total.exact ? '' : 'about '}${counted(Math.round(valueAt(total, point)), 'statement')}`;
    }),
  );
}

function fact(label: string, lines: readonly string[]): string[] {
  return lines.map((line, index) => `   ${(index === 0 ? label : '').padEnd('measured'.length)}   ${line}`);
}

function pointText(point: readonly number[], names: readonly string[]): string {
  return names.map((name, i) => `${name} = ${count(point[i] as number)}`).join(', ');
}
