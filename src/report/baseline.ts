// The baseline: findings that are known and accepted for now, by their key, each with a reason and a date, so that only new ones fail. Its text has
// one entry a line, sorted, each line ended alike, so that git merges two branches' entries as lines.

import { kindOf, QueryscopeError } from '../errors.js';
import { type FindingGroup, findingGroups, type Run, reportsOf } from './run.js';

/** A finding that is accepted for now. */
export interface BaselineEntry {
  /** `Finding.key`. */
  key: string;
  /** Why it may stay. */
  reason: string;
  /** When it was accepted: an ISO date. */
  since: string;
}

export interface Baseline {
  /** Of the shapes in the keys; null where there is no entry that has one. */
  shapeVersion: number | null;
  /** By key, each once. */
  entries: readonly BaselineEntry[];
}

/** The findings of a run, judged by a baseline. */
export interface BaselineVerdict {
  /** Not in the baseline. */
  fresh: FindingGroup[];
  /** In it. */
  known: { group: FindingGroup; entry: BaselineEntry }[];
  /** Entries whose finding is gone; null where the run is not said to be complete, so that nobody can know. */
  gone: BaselineEntry[] | null;
  /** Why keys of the two cannot be compared; null where they can. Then every finding is fresh. */
  incomparable: string | null;
}

export const BASELINE_FILE = '.queryscope-baseline.json';
/** Of an entry that nobody gave one. */
export const DEFAULT_REASON = 'it was there when the baseline was written';

const FORMAT = 1;
export const EMPTY_BASELINE: Baseline = { shapeVersion: null, entries: [] };

/** `complete`: the run went through everything that the baseline was made of, so that what it does not have is gone. */
export function judgeByBaseline(run: Run, baseline: Baseline, { complete }: { complete: boolean }): BaselineVerdict {
  const groups = findingGroups(run);
  const incomparable = whyIncomparable(shapeVersionsOf(run), baseline.shapeVersion);
  if (incomparable !== null) return { fresh: groups, known: [], gone: null, incomparable };
  const entries = new Map(baseline.entries.map((entry) => [entry.key, entry]));
  const fresh: FindingGroup[] = [];
  const known: BaselineVerdict['known'] = [];
  for (const group of groups) {
    const entry = entries.get(group.key);
    if (entry === undefined) fresh.push(group);
    else known.push({ group, entry });
  }
  return { fresh, known, gone: complete ? entriesWithout(baseline, groups) : null, incomparable };
}

/**
 * The baseline with these findings in it too: those that it has keep their reason and date. Throws a QueryscopeError where their keys cannot stand beside
 * each other.
 */
export function withFindings(
  baseline: Baseline,
  run: Run,
  keys: Iterable<string>,
  { reason = DEFAULT_REASON, since }: { reason?: string; since: string },
): Baseline {
  const versions = shapeVersionsOf(run);
  const [shapeVersion = null] = versions;
  const incomparable = whyIncomparable(versions, baseline.shapeVersion ?? shapeVersion);
  if (incomparable !== null)
    throw new QueryscopeError('bad-baseline', `The baseline cannot take findings in: ${incomparable}.`);
  const entries = Array.from(keys, (key) => ({ key, reason, since }));
  return mergedBaselines(baseline, { shapeVersion, entries });
}

/** The baseline without what is gone. Only a complete run can say that. */
export function prunedBaseline(baseline: Baseline, run: Run): Baseline {
  const gone = new Set(entriesWithout(baseline, findingGroups(run)));
  return { ...baseline, entries: baseline.entries.filter((entry) => !gone.has(entry)) };
}

/** The entries of both. Of two for one finding the earlier date holds, and the reason that somebody gave. */
export function mergedBaselines(a: Baseline, b: Baseline): Baseline {
  const entries = new Map<string, BaselineEntry>();
  for (const entry of [...a.entries, ...b.entries]) {
    const known = entries.get(entry.key);
    entries.set(entry.key, known === undefined ? entry : mergedEntries(known, entry));
  }
  return {
    shapeVersion: a.shapeVersion ?? b.shapeVersion,
    entries: [...entries.values()].sort((one, other) => (one.key < other.key ? -1 : 1)),
  };
}

function mergedEntries(a: BaselineEntry, b: BaselineEntry): BaselineEntry {
  return {
    key: a.key,
    reason: a.reason === DEFAULT_REASON ? b.reason : a.reason,
    since: a.since < b.since ? a.since : b.since,
  };
}

function entriesWithout({ entries }: Baseline, groups: readonly FindingGroup[]): BaselineEntry[] {
  const found = new Set(groups.map(({ key }) => key));
  return entries.filter(({ key }) => !found.has(key));
}

/** The versions of the shapes in a run's keys: one, unless processes with several versions of queryscope wrote it. */
export function shapeVersionsOf(run: Pick<Run, 'reports'>): number[] {
  const versions = new Set<number>();
  for (const { profile } of reportsOf(run)) versions.add(profile.shapeVersion);
  return [...versions].sort((a, b) => a - b);
}

function whyIncomparable(versions: readonly number[], version: number | null): string | null {
  if (version === null || versions.every((one) => one === version)) return null;
  return `its keys are of shape version ${version}, and those of the run of ${versions.join(' and ')}: write it anew`;
}

/** The text of the file: an entry a line, sorted; the last line says what the file is, so that every entry ends with a comma. */
export function baselineText(baseline: Baseline): string {
  const { shapeVersion, entries } = mergedBaselines(EMPTY_BASELINE, baseline);
  const lines = entries.map(({ key, reason, since }) => `${JSON.stringify({ key, reason, since })},\n`);
  return `[\n${lines.join('')}${JSON.stringify({ format: FORMAT, shapeVersion })}\n]\n`;
}

/**
 * Reads such a text, also where a merge has put lines out of order or twice. Throws a QueryscopeError that names the file where it is none.
 * @param file what the error calls it
 */
export function parseBaseline(text: string, file: string = BASELINE_FILE): Baseline {
  const wrong = (what: string, advice: string) =>
    new QueryscopeError('bad-baseline', `${file} is no baseline: ${what}. Please ${advice}.`);
  const rewrite = "mend it by hand, or write it anew with 'queryscope baseline'";
  const list = listIn(text, wrong, rewrite);
  const last = list.at(-1) as { format?: unknown; shapeVersion?: unknown } | null | undefined;
  const { format, shapeVersion = null } = Object(last) as Exclude<typeof last, null | undefined>;
  if (typeof format !== 'number') throw wrong(`its last line does not say { "format": ${FORMAT} }`, rewrite);
  if (format > FORMAT) {
    throw wrong(`it has format ${format}, and this queryscope reads format ${FORMAT}`, 'update queryscope');
  }
  if (shapeVersion !== null && !Number.isInteger(shapeVersion)) {
    throw wrong(`its shapeVersion is ${kindOf(shapeVersion)}`, rewrite);
  }
  const entries = list.slice(0, -1).filter((entry) => !isFormatLine(entry));
  entries.forEach((entry, i) => {
    const what = whatIsWrongWith(entry);
    if (what !== null) throw wrong(`${what} in entry ${i + 1}`, rewrite);
  });
  return mergedBaselines(EMPTY_BASELINE, {
    shapeVersion: shapeVersion as number | null,
    entries: entries as BaselineEntry[],
  });
}

function listIn(text: string, wrong: (what: string, advice: string) => QueryscopeError, rewrite: string): unknown[] {
  const conflict = text.split('\n').findIndex((line) => /^(?:<{7}|={7}|>{7})(?: |\r?$)/.test(line));
  if (conflict >= 0) {
    throw wrong(
      `git left a conflict at line ${conflict + 1}`,
      'keep the entries of both sides and take the marks away, which needs no order and no care for doubles',
    );
  }
  let list: unknown;
  try {
    list = JSON.parse(text);
  } catch {
    throw wrong('it is no JSON', rewrite);
  }
  if (Array.isArray(list)) return list;
  throw wrong(`it holds ${kindOf(list)} in place of a list`, rewrite);
}

/** A merge of two branches may have left two of them. */
function isFormatLine(entry: unknown): boolean {
  return typeof entry === 'object' && entry !== null && 'format' in entry && !('key' in entry);
}

function whatIsWrongWith(entry: unknown): string | null {
  if (typeof entry !== 'object' || entry === null || Array.isArray(entry)) return `${kindOf(entry)} stands`;
  const { key, reason, since } = entry as Partial<Record<keyof BaselineEntry, unknown>>;
  if (typeof key !== 'string' || key === '') return 'there is no key';
  if (typeof reason !== 'string' || reason.trim() === '') return 'there is no reason';
  if (typeof since !== 'string' || !/^\d{4}-\d\d-\d\d$/.test(since))
    return "there is no date such as '2030-12-31' in 'since'";
  return null;
}
