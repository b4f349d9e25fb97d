// What a number of statements is as a formula of what grows, from a few measured points: pure arithmetic. The simplest formula that hits every point exactly is believed;
// where none does, the order of growth is estimated, and said to be.

/** One product of the formula: `2·n·m` is 2 and powers 1 and 1. No power: a constant. */
export interface Term {
  coefficient: number;
  /** By parameter, in their order. */
  powers: readonly number[];
}

export interface Fit {
  terms: readonly Term[];
  /** Does it hit every point? */
  exact: boolean;
}

/** Loops inside each other further than that are read as the third. */
const MAX_DEGREE = 3;
/** A point's own statement, one for each row, one for each pair: more terms would fit anything. */
const MAX_TERMS = 3;
/** Counts are whole, so what is off by less comes from the arithmetic. */
const NEAR = 1e-6;

/** `points`: the parameters of each measurement; `counts`: what was counted there. */
export function fitCounts(points: readonly (readonly number[])[], counts: readonly number[]): Fit {
  if (counts.every((count) => count === counts[0])) return { terms: constant(counts[0] ?? 0, points), exact: true };
  const measured = distinct(points);
  for (const monomials of candidates(points[0]?.length ?? 0)) {
    // As many terms as points hit any counts, so there only whole numbers are believed; more hit them in many ways.
    const size = monomials.length;
    if (size > measured) continue;
    const coefficients = solve(monomials, points, counts);
    const isBelieved = size === 1 || size < measured ? isPlausible : isWhole;
    if (coefficients === null || !coefficients.every(isBelieved)) continue;
    const terms = monomials.map((powers, i) => ({ coefficient: coefficients[i] as number, powers }));
    return { terms: terms.sort(compareTerms), exact: true };
  }
  return { terms: [estimate(points, counts)], exact: false };
}

/** What the formula gives at a point. */
export function valueAt({ terms }: Pick<Fit, 'terms'>, point: readonly number[]): number {
  return terms.reduce((sum, { coefficient, powers }) => sum + coefficient * product(powers, point), 0);
}

/** Of several formulas over the same parameters, the one for all together. */
export function sumOf(fits: readonly Fit[]): Fit {
  const terms = new Map<string, Term>();
  for (const { coefficient, powers } of fits.flatMap((fit) => fit.terms)) {
    const known = terms.get(powers.join());
    terms.set(powers.join(), { coefficient: coefficient + (known?.coefficient ?? 0), powers });
  }
  return { terms: [...terms.values()].sort(compareTerms), exact: fits.every(({ exact }) => exact) };
}

/** `1 + n + n·m`, or `≈ 0.4·n²`. */
export function formulaOf({ terms, exact }: Fit, names: readonly string[]): string {
  const written = terms.filter(({ coefficient }) => coefficient !== 0).map((term) => termText(term, names));
  return (exact ? '' : '≈ ') + (written.join(' + ') || '0');
}

/** The parameters that it grows with, by their places. */
export function growsWith({ terms }: Fit): number[] {
  const places = terms.flatMap(({ coefficient, powers }) =>
    powers.flatMap((power, place) => (power > 0 && coefficient > 0 ? [place] : [])),
  );
  return [...new Set(places)].sort((a, b) => a - b);
}

function constant(count: number, points: readonly (readonly number[])[]): Term[] {
  return [{ coefficient: count, powers: (points[0] ?? []).map(() => 0) }];
}

/** The sets of products to try, the simplest first: by their highest degree, then by how many there are. */
function candidates(parameters: number): (readonly number[])[][] {
  const monomials = powersUpTo(MAX_DEGREE, parameters).sort((a, b) => degreeOf(a) - degreeOf(b));
  const sets = subsets(monomials, MAX_TERMS);
  const rank = (set: readonly (readonly number[])[]) => [
    Math.max(...set.map(degreeOf)),
    set.length,
    set.reduce((sum, powers) => sum + degreeOf(powers), 0),
  ];
  return sets
    .map((set) => ({ set, rank: rank(set) }))
    .sort((a, b) => compareNumbers(a.rank, b.rank))
    .map(({ set }) => set);
}

function powersUpTo(degree: number, parameters: number): number[][] {
  if (parameters === 0) return [[]];
  return Array.from({ length: degree + 1 }, (_, power) =>
    powersUpTo(degree - power, parameters - 1).map((rest) => [power, ...rest]),
  ).flat();
}

function subsets<T>(items: readonly T[], most: number): T[][] {
  if (most === 0) return [];
  return items.flatMap((item, index) => [
    [item],
    ...subsets(items.slice(index + 1), most - 1).map((rest) => [item, ...rest]),
  ]);
}

/** The coefficients with which the products hit every point; null where there are none. */
function solve(
  monomials: readonly (readonly number[])[],
  points: readonly (readonly number[])[],
  counts: readonly number[],
): number[] | null {
  const rows = points.map((point, i) => [...monomials.map((powers) => product(powers, point)), counts[i] as number]);
  const size = monomials.length;
  for (let column = 0; column < size; column++) {
    const pivot = rows
      .slice(column)
      .reduce((a, b) => (Math.abs(b[column] as number) > Math.abs(a[column] as number) ? b : a));
    if (Math.abs(pivot[column] as number) < NEAR) return null;
    rows.splice(rows.indexOf(pivot), 1);
    rows.splice(column, 0, pivot);
    for (const row of rows) {
      if (row === pivot) continue;
      const factor = (row[column] as number) / (pivot[column] as number);
      for (let k = column; k <= size; k++) row[k] = (row[k] as number) - factor * (pivot[k] as number);
    }
  }
  if (rows.slice(size).some((row) => Math.abs(row[size] as number) > NEAR)) return null;
  return rows.slice(0, size).map((row, i) => rounded((row[size] as number) / (row[i] as number)));
}

/** Once for each, twice for each, once for each two: what code does. */
function isPlausible(coefficient: number): boolean {
  return isWhole(coefficient) || (coefficient > NEAR && Number.isInteger(rounded(1 / coefficient)));
}

function isWhole(coefficient: number): boolean {
  return coefficient > 0 && Number.isInteger(coefficient);
}

function rounded(value: number): number {
  return Math.abs(value - Math.round(value)) < NEAR ? Math.round(value) : value;
}

/** One product that grows about as the counts do, and is right at the largest point. */
function estimate(points: readonly (readonly number[])[], counts: readonly number[]): Term {
  const powers = (points[0] ?? []).map((_, place) => orderIn(place, points, counts));
  const largest = points.reduce((best, point, i) => (sum(point) > sum(points[best] as number[]) ? i : best), 0);
  const coefficient = (counts[largest] as number) / product(powers, points[largest] as number[]);
  return { coefficient, powers };
}

/** By which power the counts grow in one parameter, the others held; where they do not grow, none. */
function orderIn(place: number, points: readonly (readonly number[])[], counts: readonly number[]): number {
  const orders = points.flatMap((from, i) =>
    points.flatMap((to, j) => {
      const [a, b] = [from[place] as number, to[place] as number];
      const grew = (counts[j] as number) > (counts[i] as number);
      if (b <= a || !grew || from.some((value, other) => other !== place && value !== to[other])) return [];
      // One that is not sent at all at the smaller scale is taken as sent once.
      return [Math.log((counts[j] as number) / Math.max(counts[i] as number, 1)) / Math.log(b / a)];
    }),
  );
  return orders.length === 0 ? 0 : Math.min(Math.max(Math.round(Math.max(...orders)), 1), MAX_DEGREE);
}

function product(powers: readonly number[], point: readonly number[]): number {
  return powers.reduce((all, power, place) => all * (point[place] as number) ** power, 1);
}

function degreeOf(powers: readonly number[]): number {
  return sum(powers);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function distinct(points: readonly (readonly number[])[]): number {
  return new Set(points.map((point) => point.join())).size;
}

/** By degree, then by the first parameters first. */
function compareTerms(a: Term, b: Term): number {
  return degreeOf(a.powers) - degreeOf(b.powers) || compareNumbers(b.powers, a.powers);
}

function compareNumbers(a: readonly number[], b: readonly number[]): number {
  const place = a.findIndex((value, i) => value !== b[i]);
  return place < 0 ? 0 : (a[place] as number) - (b[place] as number);
}

const SUPERSCRIPTS = ['', '', '²', '³'];

function termText({ coefficient, powers }: Term, names: readonly string[]): string {
  const factors = powers.flatMap((power, place) => (power > 0 ? [`${names[place]}${SUPERSCRIPTS[power]}`] : []));
  if (factors.length === 0) return figure(coefficient);
  return [...(coefficient === 1 ? [] : [figure(coefficient)]), ...factors].join('·');
}

/** At most two digits behind the point. */
function figure(value: number): string {
  return String(Math.round(value * 100) / 100);
}
