// Questions that several detectors ask of one profile, answered once: which statements are one repeat, what feeds it.

import { findInfrastructure } from './infrastructure.js';
import { FINE_LOT, LOT, runAtOnce } from './slices.js';
import type { CallSite, Flow, Profile, Shape, Statement } from './types.js';

/**
 * Executions of one shape that belong together: from one call site, or from several where one flow feeds them all.
 * A statement is in exactly one repeat; single executions are repeats of one.
 */
export interface Repeat {
  index: number;
  shape: Shape;
  statements: readonly Statement[];
  /** The site shown: the first captured one; null where none is known. */
  callSite: CallSite | null;
  /** How many different call sites its statements have (an unknown site is not counted). */
  sites: number;
  /**
   * Is the site that it has evidence? At least one of the statements was captured, and if the site of the others is doubtful, `CAPTURED_VALUES` of them with
   * different values were.
   */
  captured: boolean;
  /** Executions with different values; NULLs and LIMIT/OFFSET slots count like any value. Hidden values count as none. */
  distinct: number;
  /** Executions of its shape in the whole scope: its own, and those of other repeats. */
  ofShape: number;
  /** The flows into it, strongest first. */
  flows: readonly Flow[];
}

/** A profile with its repeats, made once and handed to every detector. */
export interface ProfileView {
  readonly profile: Profile;
  /** In order of their first statement. */
  readonly repeats: readonly Repeat[];
  /** The repeat that a statement belongs to. */
  repeatOf(statement: number): Repeat;
  /** Does any statement change a table? */
  readonly writes: boolean;
  /** Was any shape that changes no table sent twice? */
  readonly repeatedReads: boolean;
  /** Was any shape that changes one sent twice? */
  readonly repeatedWrites: boolean;
  /** Is there anything but plain reads and writes that commit on their own: a transaction, a lock, a setting, a client that the app took? */
  readonly control: boolean;
  /** Statements that are no work of the app's: connection set-up, resets, the transaction around a lone statement. */
  readonly infrastructure: ReadonlySet<number>;
}

/** Three executions with different values, each seen to come from one line, are a loop by themselves; what is assumed of the others adds nothing. */
const CAPTURED_VALUES = 3;

const PLAIN_VERBS: ReadonlySet<Shape['verb']> = new Set<Shape['verb']>([
  'select',
  'values',
  'table',
  'insert',
  'update',
  'delete',
  'merge',
]);

/** The view, at once. */
export function viewOf(profile: Profile): ProfileView {
  return runAtOnce(makeView(profile));
}

/** Groups a profile's statements into repeats, in slices. Linear in its statements and in the ends of its flows. */
export function* makeView(profile: Profile): Generator<void, ProfileView> {
  const { statements } = profile;
  const sites = new SiteOrdinals();
  const { groupOf, shapeOf, counts } = yield* groupByShapeAndSite(statements, sites);
  const merged = profile.flows.length === 0 ? itself : yield* mergeByFlow(profile, groupOf);

  /** By the ordinals of groups; of those that were merged the first has it. */
  const draftOf = new Array<Draft | undefined>(statements.length);
  const drafts: Draft[] = [];
  let writes = false;
  let repeatedReads = false;
  let repeatedWrites = false;
  let control = profile.transactions.length > 0 || profile.checkouts.length > 0;
  for (let i = 0; i < statements.length; i++) {
    const statement = statements[i] as Statement;
    const { shape } = statement;
    const isWrite = shape.writes.length > 0;
    const ofShape = counts[shapeOf[i] as number] as number;
    writes ||= isWrite;
    if (ofShape > 1 && isWrite) repeatedWrites = true;
    else if (ofShape > 1) repeatedReads = true;
    control ||= shape.locks || !PLAIN_VERBS.has(shape.verb);
    const group = merged(groupOf[statement.index] as number);
    const known = draftOf[group];
    if (known !== undefined) known.add(statement, sites);
    else {
      const draft = new Draft(statement, ofShape, sites);
      draftOf[group] = draft;
      drafts.push(draft);
    }
    if (statement.index % FINE_LOT === 0) yield;
  }
  for (let i = 0; i < profile.flows.length; i++) {
    if (i % FINE_LOT === FINE_LOT - 1) yield;
    const flow = profile.flows[i] as Flow;
    draftOf[merged(groupOf[flow.to.statements[0] as number] as number)]?.addFlow(flow);
  }

  const repeats: Repeat[] = [];
  const repeatOf = new Array<Repeat>(statements.length);
  for (let d = 0; d < drafts.length; d++) {
    const repeat = (drafts[d] as Draft).finish(d);
    repeats.push(repeat);
    if (repeats.length % LOT === 0) yield;
    for (let i = 0; i < repeat.statements.length; i++) {
      if (i % FINE_LOT === FINE_LOT - 1) yield;
      repeatOf[(repeat.statements[i] as Statement).index] = repeat;
    }
  }
  const infrastructure = yield* findInfrastructure(profile);
  return {
    profile,
    repeats,
    writes,
    repeatedReads,
    repeatedWrites,
    control,
    repeatOf: (statement) => repeatOf[statement] as Repeat,
    infrastructure,
  };
}

/** Of each statement the ordinal of its shape, and of its shape and call site together; of each shape how many statements it has. */
interface Groups {
  groupOf: number[];
  shapeOf: number[];
  counts: number[];
}

function* groupByShapeAndSite(statements: readonly Statement[], sites: SiteOrdinals): Generator<void, Groups> {
  const shapes = new Map<string, number>();
  /** By both ordinals in one number: there are no more sites than statements, and the one for none. */
  const groups = new Map<number, number>();
  const siteCount = statements.length + 1;
  const { length } = statements;
  const found: Groups = { groupOf: new Array(length), shapeOf: new Array(length), counts: [] };
  for (let i = 0; i < statements.length; i++) {
    const { index, shape, callSite } = statements[i] as Statement;
    let ordinal = shapes.get(shape.id);
    if (ordinal === undefined) {
      ordinal = found.counts.push(0) - 1;
      shapes.set(shape.id, ordinal);
    }
    (found.counts[ordinal] as number)++;
    const key = ordinal * siteCount + sites.of(callSite);
    let group = groups.get(key);
    if (group === undefined) {
      group = groups.size;
      groups.set(key, group);
    }
    found.shapeOf[i] = ordinal;
    found.groupOf[i] = group;
    if (index % FINE_LOT === 0) yield;
  }
  return found;
}

const itself = (group: number): number => group;

/** A flow into several groups of one shape says that one loop sent them all, whatever lines it ran through. */
function* mergeByFlow(profile: Profile, groupOf: readonly number[]): Generator<void, (group: number) => number> {
  const parent: number[] = [];
  const find = (group: number): number => {
    let root = group;
    for (let next = parent[root]; next !== undefined; next = parent[root]) root = next;
    for (let at = group; at !== root; ) {
      const next = parent[at] as number;
      parent[at] = root;
      at = next;
    }
    return root;
  };
  let looked = 0;
  for (const { from, to, walk } of profile.flows) {
    if (++looked % FINE_LOT === 0) yield;
    const first = to.statements[0] as number;
    const shape = profile.statements[first]?.shape.id;
    // What feeds a walk is a part of it.
    const fed = walk ? [...from.statements, ...to.statements] : to.statements;
    for (let i = 0; i < fed.length; i++) {
      const statement = fed[i] as number;
      if (++looked % FINE_LOT === 0) yield;
      if (profile.statements[statement]?.shape.id !== shape) continue;
      const one = find(groupOf[first] as number);
      const other = find(groupOf[statement] as number);
      if (one !== other) parent[Math.max(one, other)] = Math.min(one, other);
    }
  }
  return find;
}

/** A repeat while its statements are being gathered. */
class Draft {
  #flows: Flow[] | null = null;
  readonly #statements: Statement[];
  readonly #shape: Shape;
  readonly #ofShape: number;
  #values: Distinct = null;
  #sites: Distinct = null;
  #capturedValues: Distinct = null;
  #captured: CallSite | null = null;
  #assumed: CallSite | null = null;
  #doubtful = false;

  constructor(first: Statement, ofShape: number, sites: SiteOrdinals) {
    this.#statements = [first];
    this.#shape = first.shape;
    this.#ofShape = ofShape;
    this.#note(first, sites);
  }

  addFlow(flow: Flow): void {
    if (this.#flows === null) this.#flows = [flow];
    else this.#flows.push(flow);
  }

  add(statement: Statement, sites: SiteOrdinals): void {
    this.#statements.push(statement);
    this.#note(statement, sites);
  }

  #note({ callSite, valuesKey }: Statement, sites: SiteOrdinals): void {
    if (valuesKey !== null) this.#values = withOne(this.#values, valuesKey);
    if (callSite === null) return;
    this.#sites = withOne(this.#sites, sites.of(callSite));
    if (callSite.doubtful) this.#doubtful = true;
    if (callSite.assumed) this.#assumed ??= callSite;
    else {
      this.#captured ??= callSite;
      if (sizeOf(this.#capturedValues) < CAPTURED_VALUES)
        this.#capturedValues = withOne(this.#capturedValues, valuesKey ?? HIDDEN);
    }
  }

  finish(index: number): Repeat {
    return {
      index,
      shape: this.#shape,
      statements: this.#statements,
      callSite: this.#captured ?? this.#assumed,
      sites: sizeOf(this.#sites),
      captured: this.#captured !== null && (!this.#doubtful || sizeOf(this.#capturedValues) >= CAPTURED_VALUES),
      distinct: sizeOf(this.#values),
      ofShape: this.#ofShape,
      flows: this.#flows?.sort((a, b) => strengthOf(b) - strengthOf(a) || b.values - a.values) ?? NO_FLOWS,
    };
  }
}

const NO_FLOWS: readonly Flow[] = [];

/** Stands among captured values for those that the source hides. */
const HIDDEN = -1;

/** Different numbers: none, one by itself, or a set of them. Most repeats have one statement, and no set is made for it. */
type Distinct = null | number | Set<number>;

function withOne(numbers: Distinct, one: number): Distinct {
  if (numbers === null || numbers === one) return one;
  return typeof numbers === 'number' ? new Set([numbers, one]) : numbers.add(one);
}

function sizeOf(numbers: Distinct): number {
  if (numbers === null) return 0;
  return typeof numbers === 'number' ? 1 : numbers.size;
}

const strengthOf = (flow: Flow): number => (flow.strength === 'certain' ? 1 : 0);

/** Call sites as numbers, by their frames. Statements share site objects, so the frames of each are read once. */
class SiteOrdinals {
  readonly #byObject = new Map<CallSite, number>();
  readonly #byFrames = new Map<string, number>();

  /** 0 where none is known. */
  of(site: CallSite | null): number {
    if (site === null) return 0;
    let ordinal = this.#byObject.get(site);
    if (ordinal === undefined) {
      const frames = framesText(site);
      ordinal = this.#byFrames.get(frames) ?? this.#byFrames.size + 1;
      this.#byFrames.set(frames, ordinal);
      this.#byObject.set(site, ordinal);
    }
    return ordinal;
  }
}

/** What the objects of one profile have in common that are one call site. */
export function framesText({ frames }: CallSite): string {
  return frames.map((frame) => `${frame.file}:${frame.line}:${frame.column} ${frame.function ?? ''}`).join('\n');
}
