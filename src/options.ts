// What a user can ask for: every option, its default with the reason, and the check that refuses it where it makes no sense.
// After this file a setting is known to be right, and nothing checks it again.

import { isAbsolute } from 'node:path';
import type { CallSites } from './capture/call-site.js';
import type { Allowance } from './capture/context.js';
import { repositoryRoot } from './capture/path-names.js';
import type { ScopeLimits } from './capture/scope.js';
import { state } from './capture/state.js';
import { DETECTOR_IDS, type Detector, type DetectorId, type Severity } from './detectors/detector.js';
import { type Budget, IDLE_MS, LARGE_ROWS, SLOW_MS } from './detectors/thresholds.js';
import { kindOf, nearestName, QueryscopeError } from './errors.js';
import { SEVERITIES } from './report/ranks.js';
import type { Output } from './report/report.js';
import { isRate, type SampleRate } from './sampling.js';

/** How much one scope may keep, and how long it waits. */
export type Limits = ScopeLimits;

/** Something declared to be right as it is: findings of this detector are set apart, with the reason, and do not count. */
export interface Allow {
  detector: DetectorId;
  /** Why; it stands in the report. */
  reason: string;
  /** ISO date (`2030-12-31`) after which it no longer holds. */
  until?: string;
}

/** What detectors can be told, besides the severity of their findings. */
interface OwnSettings {
  /** How many statements a scope may send: for all (`max`), or for scopes by their label, where `*` stands for any characters. */
  'statement-budget': Budget;
  /** From how many milliseconds on a statement is slow: `ms`. */
  'slow-statement': { ms?: number };
  /** From how many milliseconds on a transaction in which no statement runs is told: `ms`. An outgoing HTTP request in one always is. */
  'idle-in-transaction': { ms?: number };
  /** From how many rows on a result without a LIMIT is large: `rows`. */
  'large-result': { rows?: number };
}

export type DetectorOptions = {
  [Id in DetectorId]?: boolean | ({ severity?: Severity } & (Id extends keyof OwnSettings ? OwnSettings[Id] : unknown));
};

export interface ProfilerOptions {
  /** Where reports go. Default: what `QUERYSCOPE_OUTPUT` names (`console,json`), else the console, on stderr. */
  outputs?: readonly Output[];
  /** Switches a detector off (`false`), gives its findings another severity, or sets what it judges by. `statement-budget` is on where it is given a budget. */
  detectors?: DetectorOptions;
  /** `sample` keeps bound values, literals and the server's messages in reports. */
  values?: 'none' | 'sample';
  /**
   * `pool` lets queryscope look tables up in pg_catalog, after the response, on a connection that idles in the app's own pool: which columns are unique, and what
   * columns there are. `none`: it sends nothing.
   */
  catalogue?: 'none' | 'pool';
  /** Which statements' stacks are captured. */
  callSites?: CallSites;
  /** Default: `QUERYSCOPE=1` or `QUERYSCOPE=0` where it is set, else on unless `NODE_ENV` is `production`. */
  enabled?: boolean;
  /**
   * Share of requests that are recorded, 0 to 1; `'auto'`: all of them while that costs less than a fiftieth of one core's time, else the share that does; or a function of the request
   * that answers either, or true or false. Asked as the request begins, so its route is not known yet. What is captured by hand always is recorded. Default: 1, in production `'auto'`.
   */
  sampleRate?: SampleRate;
  limits?: Partial<Limits>;
  /** Allowances that stand around everything. */
  allow?: readonly Allow[];
  /** Absolute directory that files are named from. Default: the repository around the working directory. */
  root?: string;
  /** Prefixes of files as they run, and what they are called instead: `{ '/app': '.' }` for code that runs in a container. */
  pathMap?: Readonly<Record<string, string>>;
  /** The app's own query wrappers, by file glob or function name: never the line that is named. */
  wrappers?: readonly string[];
}

/** Every default, with its reason. `enabled` and `root` depend on the process, `outputs` on the entry point. */
export const defaults = {
  /** Values are traced but not shown: a report is made to be passed on. */
  values: 'none',
  /** Nothing is sent to a database that nobody asked to have sent. */
  catalogue: 'none',
  /** Captures what tells something new: a loop names its line, and the request pays for a fraction of the stacks. */
  callSites: 'auto',
  /** In development and tests each request may be the only one of its kind; in production it is `'auto'`. */
  sampleRate: 1,
  limits: {
    /** A loop of 10,000 is proven long before its end; their notes take about 10 MB. */
    statements: 10_000,
    /** As many as a loop over them could have statements. */
    rowsPerStatement: 10_000,
    /** 20 columns of 10,000 rows: about 10 MB of short values. */
    valuesPerScope: 200_000,
    /** A write that nobody waits for is answered well within it; a connection that died is not waited for much longer. */
    settleMs: 2_000,
  },
  /** What detectors judge by where they need a bound; the reasons stand beside the figures. `statement-budget` has none: it is off until it is given one. */
  detectors: {
    'slow-statement': { ms: SLOW_MS },
    'large-result': { rows: LARGE_ROWS },
    'idle-in-transaction': { ms: IDLE_MS },
  },
} as const satisfies {
  values: string;
  catalogue: 'none' | 'pool';
  callSites: CallSites;
  sampleRate: number;
  limits: Limits;
  detectors: DetectorOptions;
};

/** Options after their check, with the defaults filled in. */
export interface Settings {
  readonly outputs: readonly Output[];
  /** Chosen when they are first asked for. */
  readonly detectors: readonly Detector[];
  readonly sample: boolean;
  readonly catalogue: 'none' | 'pool';
  readonly callSites: CallSites;
  readonly enabled: boolean;
  readonly sampleRate: SampleRate;
  readonly limits: Limits;
  readonly allow: readonly Allowance[];
  readonly root: string;
  readonly pathMap: Readonly<Record<string, string>>;
  readonly wrappers: readonly string[];
}

/** What options are checked against: the detectors there are, the outputs where none are named, and the process. */
export interface Surroundings {
  /** Asked for where a detector is named, and when the first scope is judged. */
  readonly detectors: readonly Detector[];
  outputs: readonly Output[];
  env: Readonly<Record<string, string | undefined>>;
  cwd: string;
}

/** The check of each option; throws where it is not met. Also the list of options there are. */
const CHECKS: Record<keyof ProfilerOptions, (value: unknown, surroundings: Surroundings) => void> = {
  outputs: (value) => {
    for (const output of arrayOf('outputs', value, 'outputs, such as consoleOutput()')) {
      const { name, write } = (output ?? {}) as Partial<Output>;
      if (typeof name === 'string' && typeof write === 'function') continue;
      const advice =
        typeof output === 'function'
          ? 'call the factory: consoleOutput(), not consoleOutput'
          : 'give it both, or take a ready one: consoleOutput()';
      throw badOption('outputs', 'outputs with a `name` and a `write(report)`', output, advice);
    }
  },
  detectors: (value, { detectors }) => {
    for (const [id, setting] of Object.entries(objectOf('detectors', value, 'an object by detector'))) {
      if (setting !== undefined) checkDetector(knownDetector(id, detectors), setting);
    }
  },
  values: (value) => oneOf('values', value, ['none', 'sample']),
  catalogue: (value) => oneOf('catalogue', value, ['none', 'pool']),
  callSites: (value) => oneOf('callSites', value, ['auto', 'always', 'never']),
  enabled: (value) => {
    if (typeof value !== 'boolean')
      throw badOption('enabled', 'true or false', value, 'leave it out to let QUERYSCOPE and NODE_ENV decide');
  },
  sampleRate: (value) => {
    if (typeof value !== 'function' && value !== 'auto' && !isRate(value)) {
      const expected = "a number from 0 to 1, 'auto', or a function of the request that answers one of these";
      throw badOption('sampleRate', expected, value, 'write 0.1 to record one request in ten');
    }
  },
  limits: (value) => {
    const known = Object.keys(defaults.limits);
    for (const [name, limit] of Object.entries(objectOf('limits', value, `an object of ${known.join(', ')}`))) {
      if (!known.includes(name)) throw unknownName('option', `limits.${name}`, name, known);
      if (limit !== undefined && !(Number.isInteger(limit) && (limit as number) >= 0)) {
        throw badOption(
          `limits.${name}`,
          'a whole number, 0 or more',
          limit,
          `leave it out for ${defaults.limits[name as keyof Limits]}`,
        );
      }
    }
  },
  allow: (value, { detectors }) => {
    for (const allow of arrayOf('allow', value, 'objects of detector, reason and until')) checkAllow(allow, detectors);
  },
  root: (value) => {
    if (typeof value !== 'string' || !isAbsolute(value))
      throw badOption('root', 'an absolute directory', value, 'join it to import.meta.dirname or __dirname');
  },
  pathMap: (value) => {
    for (const [from, to] of Object.entries(objectOf('pathMap', value, 'an object of path prefixes'))) {
      if (typeof to !== 'string')
        throw badOption(`pathMap['${from}']`, 'the path to use instead', to, "write { '/app': '.' }");
    }
  },
  wrappers: (value) => {
    for (const wrapper of arrayOf('wrappers', value, 'file globs and function names')) {
      if (typeof wrapper !== 'string')
        throw badOption('wrappers', 'file globs and function names', wrapper, "write ['src/db.ts', 'query']");
    }
  },
};

/** Checks options and fills in the defaults. Throws a QueryscopeError that says what was expected, what came and what to do. */
export function settingsOf(options: unknown, surroundings: Surroundings): Settings {
  const given: ProfilerOptions = options === undefined ? {} : objectOf('options', options, 'an object of options');
  for (const name of Object.keys(given)) {
    const check = Object.hasOwn(CHECKS, name) ? CHECKS[name as keyof ProfilerOptions] : null;
    if (check === null) throw unknownName('option', name, name, Object.keys(CHECKS));
    const value = given[name as keyof ProfilerOptions];
    if (value !== undefined) check(value, surroundings);
  }
  let detectors: readonly Detector[] | null = null;
  return {
    outputs: given.outputs ?? surroundings.outputs,
    get detectors() {
      detectors ??= chosenDetectors(surroundings.detectors, given.detectors ?? {});
      return detectors;
    },
    sample: (given.values ?? defaults.values) === 'sample',
    catalogue: given.catalogue ?? defaults.catalogue,
    callSites: given.callSites ?? defaults.callSites,
    enabled: given.enabled ?? enabledBy(surroundings.env),
    sampleRate: given.sampleRate ?? (isProduction(surroundings.env) ? 'auto' : defaults.sampleRate),
    limits: { ...defaults.limits, ...withoutUndefined(given.limits ?? {}) },
    allow: (given.allow ?? []).map((allow) => ({ ...allowanceOf(allow), everywhere: true as const })),
    root: given.root ?? repositoryRoot(surroundings.cwd),
    pathMap: given.pathMap ?? {},
    wrappers: given.wrappers ?? [],
  };
}

/** Is a capture to answer the error of its function? Throws a QueryscopeError where its options are none. */
export function settleOf(options: unknown): boolean {
  if (options === undefined) return false;
  const given: { settle?: unknown } = objectOf('capture', options, 'an object such as { settle: true }');
  for (const name of Object.keys(given)) {
    if (name !== 'settle') throw unknownName('option', `capture.${name}`, name, ['settle']);
  }
  const { settle = false } = given;
  if (typeof settle === 'boolean') return settle;
  throw badOption('capture.settle', 'true or false', settle, "write true to be answered the function's error");
}

const ALLOW_NAMES: readonly string[] = ['detector', 'reason', 'until'] satisfies (keyof Allow)[];

/** Checks one allowance: a detector that there is, a reason, a date where `until` is given, and nothing else. Throws a QueryscopeError. */
export function checkAllow(allow: unknown, detectors: readonly Detector[]): asserts allow is Allow {
  const { detector, reason, until } = (allow ?? {}) as Partial<Record<keyof Allow, unknown>>;
  for (const name of typeof allow === 'object' ? Object.keys(allow ?? {}) : []) {
    if (ALLOW_NAMES.includes(name)) continue;
    throw new QueryscopeError(
      'bad-allow',
      `allow knows no '${name}'.${hintAt(name, ALLOW_NAMES)} It takes detector, reason and until.`,
    );
  }
  if (typeof detector !== 'string') {
    throw new QueryscopeError(
      'bad-allow',
      `allow needs a detector's id; ${kindOf(detector)} came. Write { detector: 'n-plus-one', reason: '…' }.`,
    );
  }
  knownDetector(detector, detectors);
  if (typeof reason !== 'string' || reason.trim() === '') {
    throw new QueryscopeError(
      'bad-allow',
      `allow needs a reason, a text that is not empty; ${kindOf(reason)} came. Say why '${detector}' is right here.`,
    );
  }
  if (until !== undefined && !isDate(until)) {
    throw new QueryscopeError(
      'bad-allow',
      `allow's until needs an ISO date such as '2030-12-31'; ${kindOf(until)} came that is none.`,
    );
  }
}

/** An ISO date, or a time on one. Date.parse() takes the 31st of February for a day in March. */
function isDate(until: unknown): boolean {
  if (typeof until !== 'string' || !/^\d{4}-\d\d-\d\d/.test(until) || Number.isNaN(Date.parse(until))) return false;
  const day = until.slice(0, 'YYYY-MM-DD'.length);
  return new Date(`${day}T00:00:00Z`).toISOString().startsWith(day);
}

export function allowanceOf({ detector, reason, until }: Allow): Allowance {
  return { detector, reason, until: until ?? null };
}

function isProduction({ NODE_ENV }: Surroundings['env']): boolean {
  return NODE_ENV === 'production';
}

/** QUERYSCOPE decides where it is set; in production it is off unless somebody asked for it. */
function enabledBy(env: Surroundings['env']): boolean {
  if (env.QUERYSCOPE === '1') return true;
  if (env.QUERYSCOPE === '0') return false;
  const enabled = !isProduction(env);
  if (env.QUERYSCOPE) sayUnheeded(enabled);
  return enabled;
}

function sayUnheeded(enabled: boolean): void {
  const outcome = `it is ${enabled ? 'on' : 'off'}, as NODE_ENV has it`;
  sayOfVariable('QUERYSCOPE', `takes 1 (on) or 0 (off) and is set to neither, so ${outcome}`);
}

/** Told, not thrown: a variable of the environment must not keep an app from starting. */
function sayOfVariable(name: string, what: string): void {
  if (state.told.has(name)) return;
  state.told.add(name);
  process.stderr.write(`queryscope: ${name} ${what}\n`);
}

/** The outputs that QUERYSCOPE_OUTPUT names, such as `console,json`; null where it names none that there is. */
export function outputsNamed(list: string, known: Readonly<Record<string, () => Output>>): Output[] | null {
  const names = new Set(list.split(',').map((name) => name.trim()));
  names.delete('');
  const unknown = [...names].filter((name) => !Object.hasOwn(known, name));
  if (unknown.length > 0) {
    const there = Object.keys(known).join(', ');
    sayOfVariable(
      'QUERYSCOPE_OUTPUT',
      `takes names of outputs (${there}), as in console,json; what is none of them is left out`,
    );
  }
  const outputs = [...names].filter((name) => Object.hasOwn(known, name)).map((name) => known[name]?.() as Output);
  return outputs.length > 0 ? outputs : null;
}

/** Throws a QueryscopeError where a detector cannot be set so. */
function checkDetector({ meta, settings }: Detector, setting: unknown): void {
  const path = `detectors['${meta.id}']`;
  const forms = `true, false or { severity }`;
  if (setting === false || (setting === true && !settings?.required)) return;
  if (!settings) {
    oneOf(`${path}.severity`, (setting as { severity?: unknown } | null)?.severity, SEVERITIES, forms);
    onlyNames(path, setting as object, ['severity']);
    return;
  }
  if (typeof setting !== 'object' || setting === null || Array.isArray(setting)) {
    const reason = settings.required
      ? 'false, or settings: without them it has nothing to judge by'
      : 'true, false or settings';
    throw badOption(path, reason, setting, `write ${settings.example}`);
  }
  const given = withoutUndefined(setting as Record<string, unknown>);
  onlyNames(path, given, [...Object.keys(settings.known), 'severity']);
  for (const [name, value] of Object.entries(given)) {
    if (name === 'severity') {
      oneOf(`${path}.severity`, value, SEVERITIES);
      continue;
    }
    const { expected, accepts } = settings.known[name] as (typeof settings.known)[string];
    if (!accepts(value)) throw badOption(`${path}.${name}`, expected, value, `write ${settings.example}`);
  }
  const names = Object.keys(given).filter((name) => !settings.required || name !== 'severity');
  if (names.length === 0) throw badOption(path, 'at least one setting', setting, `write ${settings.example}`);
}

function onlyNames(path: string, given: object, known: readonly string[]): void {
  for (const name of Object.keys(given)) {
    if (!known.includes(name)) throw unknownName('option', `${path}.${name}`, name, known);
  }
}

function chosenDetectors(all: readonly Detector[], chosen: DetectorOptions): Detector[] {
  return all.flatMap((detector) => {
    const { meta, settings } = detector;
    const setting = chosen[meta.id] ?? !settings?.required;
    if (typeof setting === 'boolean') return setting ? [detector] : [];
    const { severity = meta.severity, ...own } = withoutUndefined(setting);
    const set = settings?.apply(own) ?? detector;
    return [{ ...set, meta: { ...set.meta, severity } }];
  });
}

/** The detector of that id. One of the contract that this version does not have would have no effect: that is said, rather than left to be believed. */
function knownDetector(id: string, detectors: readonly Detector[]): Detector {
  const known = detectors.map(({ meta }) => meta.id);
  const found = detectors.find(({ meta }) => meta.id === id);
  if (found !== undefined) return found;
  const message = (DETECTOR_IDS as readonly string[]).includes(id)
    ? `This version has no detector '${id}' yet, so to name it would have no effect. Leave it out until then.`
    : `There is no detector '${id}'.${hintAt(id, known)}`;
  throw new QueryscopeError('unknown-detector', `${message} There are: ${known.join(', ')}.`);
}

function unknownName(what: string, path: string, name: string, known: readonly string[]): QueryscopeError {
  const message = `There is no ${what} '${path}'.${hintAt(name, known)} There are: ${known.join(', ')}.`;
  return new QueryscopeError('unknown-option', message);
}

function hintAt(name: string, known: readonly string[]): string {
  const nearest = nearestName(name, known);
  return nearest === null ? '' : ` Did you mean '${nearest}'?`;
}

function badOption(path: string, expected: string, value: unknown, advice: string): QueryscopeError {
  return new QueryscopeError(
    'bad-option',
    `Option '${path}' takes ${expected}; ${kindOf(value)} came. Please ${advice}.`,
  );
}

function objectOf(path: string, value: unknown, expected: string): object {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  throw badOption(path, expected, value, 'write it as { … }');
}

function arrayOf(path: string, value: unknown, expected: string): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw badOption(path, `an array of ${expected}`, value, 'write it as [ … ]');
}

function oneOf(path: string, value: unknown, allowed: readonly string[], advice?: string): void {
  if (allowed.includes(value as string)) return;
  const list = allowed.map((one) => `'${one}'`).join(', ');
  throw badOption(path, `one of ${list}`, value, advice === undefined ? `choose one of them` : `write ${advice}`);
}

function withoutUndefined<T extends object>(object: T): { [K in keyof T]?: NonNullable<T[K]> } {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: NonNullable<T[K]>;
  };
}
