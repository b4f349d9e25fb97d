// Gives each statement its call site: captured ones by their stack; the others the one that this scope saw of their shape, or
// else the one their shape always had, marked as assumed; or none.

import type { Shape } from '../sql/text.js';
import { isShownAlike, longerOf, sameSite, shownAt } from './call-sites.js';
import { begunAt, type Execution } from './execution.js';
import { showCallers } from './show-callers.js';
import { LOT } from './slices.js';
import { turningFrame } from './turning-frame.js';
import type { CallSite, Frame } from './types.js';

/** Executions of one shape in a scope after which it may be known to be sent from one site only. */
export const RUN_IN = 16;
/** Where it is known so, one of this many is captured: with those around it, it speaks for the others. */
export const SAMPLED_TURNS = 8;

/** Turns raw stacks into frames and remembers, for scopes that were opened for the same, which site a shape always had. Handed in by capture. */
export interface Sites {
  /** The call site that a stack shows; null where no frame of it is the app's. Formats the stack: once per captured note, and late. */
  siteOf(stack: unknown): CallSite | null;
  /** This shape, or whatever else names a text, was sent from here, as this stack says. */
  learn(stack: unknown, shape: Pick<Shape, 'id'>, site: CallSite): void;
  /** The one site that this shape has always had, in such scopes or else (but not with `here`) in this process; null where it had none or several. */
  only(shape: Shape, here?: boolean): CallSite | null;
  /** The one site it always had cannot be the one here: from now on it is captured each time. */
  doubt(shape: Shape): void;
  /** It was captured more than `RUN_IN` times in this scope; `steady`: from then on, in one site only. */
  ran(shape: Shape, steady: boolean): void;
}

/** An execution whose site is still to be found. */
export interface Sent extends Execution {
  /** The unformatted stack, which the parts of one text share; null where none was captured. */
  stack: unknown;
}

/** A call site of one shape in this scope, while its captures are still being put together. */
interface Placed {
  group: number;
  site: CallSite;
  /** One capture of each way in which it was shown: a stack of running functions and one of waiting ones may both fit a third, and not each other. */
  shown: CallSite[];
  /** The last execution captured here. */
  last: Sent | null;
  /** Which of its frames the later turns show to be the loop's; null while only one execution is known. */
  turning: number | null;
  /** What is said of executions between its captured ones, where the shape has other sites too. */
  between: CallSite | null;
}

/** One shape as this scope sent it. */
interface Sending {
  shape: Shape;
  /** Executions so far, and the last of them. */
  turns: number;
  last: Sent | null;
  /** Was a stack of it taken that shows no frame of the app? */
  hidden: boolean;
  /** Null: none was captured that shows the app. */
  captures: Captures | null;
  /** Where its statements without a stack belong that those around them do not place. */
  rest: Rest | null;
}

/** What was captured of one shape. */
interface Captures {
  placed: Placed[];
  /** Those captured, which one of its shape in this scope each was (from 1), and where it was placed. */
  executions: Sent[];
  turns: number[];
  placedAt: Placed[];
  /** After the first `RUN_IN`: was one captured elsewhere than the one before it? Were too many between them not captured? */
  moved: boolean;
  sparse: boolean;
  /** The one site that the shape always had before this scope. */
  known: CallSite | null;
  /** How many of them have been passed as sites are assumed. */
  passed: number;
  /** Where statements before the first that was captured belong, if it was captured elsewhere than ever before: they may be what it always was. */
  earlier: Rest | null;
}

const NOWHERE: readonly Placed[] = [];

interface Rest {
  group: number;
  site: CallSite | null;
}

export function* placeCallSites(executions: readonly Sent[], sites: Sites): Generator<void, void> {
  const placing = new Placing(sites);
  for (let i = 0; i < executions.length; i++) {
    const execution = executions[i] as Sent;
    placing.take(execution);
    if (execution.stack !== null || i % LOT === 0) yield;
  }
  yield* placing.settle();
  yield* placing.gatherWays();
  yield* placing.assume(executions);
  yield* showCallers(executions);
}

class Placing {
  readonly #sites: Sites;
  /** By the shape's place, which is the order in which they come. */
  readonly #sendings: Sending[] = [];
  /** The captured stacks of this scope, and what they ran through, once that is asked. */
  readonly #seen: CallSite[] = [];
  readonly #ways = new Set<string>();
  #groups = 0;
  /** The parts of one text share its stack. */
  #last: { stack: unknown; site: CallSite | null } = { stack: null, site: null };

  constructor(sites: Sites) {
    this.#sites = sites;
  }

  /** Each execution, in order. */
  take(execution: Sent): void {
    const { shape } = execution.statement;
    let sending = this.#sendings[execution.shape];
    if (sending === undefined) {
      sending = { shape, turns: 0, last: null, hidden: false, captures: null, rest: null };
      this.#sendings.push(sending);
    }
    sending.turns++;
    if (execution.stack !== null) this.#capture(execution, sending);
    sending.last = execution;
  }

  #capture(execution: Sent, sending: Sending): void {
    const { stack } = execution;
    if (this.#last.stack !== stack) this.#last = { stack, site: this.#sites.siteOf(stack) };
    const { site } = this.#last;
    if (site === null) {
      sending.hidden = true;
      return;
    }
    sending.captures ??= {
      placed: [],
      executions: [],
      turns: [],
      placedAt: [],
      moved: false,
      sparse: false,
      known: this.#sites.only(sending.shape),
      passed: 0,
      earlier: null,
    };
    const { turns: turn, captures } = sending;
    const { placed } = captures;
    let known = placeOf(placed, site);
    if (known === undefined) {
      known = { group: this.#groups++, site, shown: [], last: null, turning: null, between: null };
      placed.push(known);
    }
    const alike = placeOfAlike(known.shown, site);
    const shown = known.shown[alike];
    if (shown === undefined) known.shown.push(site);
    else known.shown[alike] = longerOf(shown, site);
    // Of two that are shown alike the shorter one is the beginning of the other.
    if (shown === undefined || site.frames.length > shown.frames.length) this.#seen.push(site);
    const before = known.last ?? (placed.length === 1 ? sending.last : null);
    if (before !== null) {
      const turning = turningFrame(site.frames, before.answeredOrder < begunAt(execution));
      known.turning = Math.min(known.turning ?? turning, turning);
    }
    known.site = longerOf(known.site, site);
    known.last = execution;
    if (turn > RUN_IN) {
      const one = captures.placedAt.at(-1);
      if (one !== undefined && one !== known) captures.moved = true;
      if (turn - (captures.turns.at(-1) ?? 0) > SAMPLED_TURNS) captures.sparse = true;
    }
    captures.executions.push(execution);
    captures.turns.push(turn);
    captures.placedAt.push(known);
  }

  *settle(): Generator<void, void> {
    for (const { shape, captures } of this.#sendings) {
      yield;
      if (captures === null) continue;
      const { placed, executions, turns, placedAt, moved, sparse } = captures;
      for (let i = 0; i < placed.length; i++) {
        if (i % LOT === LOT - 1) yield;
        const each = placed[i] as Placed;
        each.site = shownAt(each.site, each.turning ?? 0);
      }
      for (let i = 0; i < executions.length; i++) {
        if (i % LOT === LOT - 1) yield;
        const execution = executions[i] as Sent;
        const { group, site } = placedAt[i] as Placed;
        place(execution, group, site);
        this.#sites.learn(execution.stack, shape, site);
      }
      if (placed.length > 1) this.#sites.doubt(shape);
      const isLong = (turns.at(-1) ?? 0) > RUN_IN;
      if (isLong && (moved || !sparse)) this.#sites.ran(shape, !moved);
    }
  }

  /** Where other requests say from where a shape was sent, that has to fit what was captured in this one. */
  *gatherWays(): Generator<void, void> {
    let isAsked = false;
    for (const { captures } of this.#sendings) isAsked ||= captures === null;
    if (!isAsked) return;
    for (let i = 0; i < this.#seen.length; i++) {
      if (i % LOT === LOT - 1) yield;
      for (const frame of (this.#seen[i] as CallSite).frames) this.#ways.add(wayOf(frame));
    }
  }

  /** Each execution once more, in order: those that no stack placed get a site from those that were. */
  *assume(executions: readonly Sent[]): Generator<void, void> {
    for (let i = 0; i < executions.length; i++) {
      if (i % LOT === 0) yield;
      const execution = executions[i] as Sent;
      const sending = this.#sendings[execution.shape] as Sending;
      const { captures } = sending;
      if (execution.group >= 0) {
        if (captures !== null) captures.passed++;
        continue;
      }
      const around = captures !== null && captures.placed.length > 1 ? placedAround(captures, sending.turns) : null;
      if (around !== null) {
        around.between ??= { ...around.site, assumed: true, doubtful: true };
        place(execution, around.group, around.between);
      } else {
        const { group, site } =
          captures?.passed === 0 && isElsewhere(captures) ? this.#earlierOf(captures) : this.#restOf(sending);
        place(execution, group, site);
      }
    }
  }

  /** A site from other requests is believed where it shares a function with what was captured in this one. */
  #fits(site: CallSite): boolean {
    return this.#ways.size === 0 || site.frames.some((frame) => this.#ways.has(wayOf(frame)));
  }

  #earlierOf(captures: Captures): Rest {
    captures.earlier ??= {
      group: this.#groups++,
      site: captures.known && { ...captures.known, assumed: true, doubtful: true },
    };
    return captures.earlier;
  }

  #restOf(sending: Sending): Rest {
    sending.rest ??= this.#newRestOf(sending);
    return sending.rest;
  }

  #newRestOf({ shape, hidden, captures }: Sending): Rest {
    const [here, ...others] = captures?.placed ?? NOWHERE;
    if (others.length > 0) return { group: this.#groups++, site: null };
    // Where it was looked for in vain, what scopes of another kind know may well be another line.
    const only = this.#sites.only(shape, hidden && here === undefined);
    if (here !== undefined) {
      // This scope was not seen to send it from anywhere else, but others have.
      const doubtful = only === null || !sameSite(here.site, only);
      return { group: here.group, site: { ...here.site, assumed: true, ...(doubtful && { doubtful }) } };
    }
    if (only === null) return { group: this.#groups++, site: null };
    const doubtful = !this.#fits(only);
    if (doubtful) this.#sites.doubt(shape);
    return { group: this.#groups++, site: assumedFor(shape, only, doubtful) };
  }
}

/** A remembered site as it is shown where it was not captured. */
interface Assumed {
  shape: string;
  sure: CallSite;
  doubtful: CallSite;
}

/** A site is remembered for as long as nothing else is seen, and assumed in most scopes meanwhile. */
const assumed = new WeakMap<CallSite, Assumed>();

/** One object for each shape: by the object of its site a scope knows what a line sends. */
function assumedFor({ id }: Shape, site: CallSite, doubtful: boolean): CallSite {
  let known = assumed.get(site);
  if (known?.shape !== id) {
    known = {
      shape: id,
      sure: { ...site, assumed: true },
      doubtful: { ...site, assumed: true, doubtful: true },
    };
    assumed.set(site, known);
  }
  return doubtful ? known.doubtful : known.sure;
}

function placeOf(placed: readonly Placed[], site: CallSite): Placed | undefined {
  for (let i = 0; i < placed.length; i++) {
    const each = placed[i] as Placed;
    let isHere = true;
    for (let s = 0; s < each.shown.length && isHere; s++) isHere = sameSite(each.shown[s] as CallSite, site);
    if (isHere) return each;
  }
  return undefined;
}

/** Of the one that is shown as the site is; -1 where there is none. */
function placeOfAlike(shown: readonly CallSite[], site: CallSite): number {
  for (let i = 0; i < shown.length; i++) if (isShownAlike(shown[i] as CallSite, site)) return i;
  return -1;
}

/** Was a shape captured, and nowhere where it always came from? */
function isElsewhere({ known, placed }: Captures): boolean {
  return known !== null && !placed.some(({ site }) => sameSite(site, known));
}

/**
 * Where a shape has several sites here: the one that the captured executions just before and just after show, or, after the last of them, the one that
 * the last three show. `executions`: how many there are of the shape. Null where they show two, or are too far off to speak for what is between.
 */
function placedAround({ placedAt, turns, passed }: Captures, executions: number): Placed | null {
  const before = placedAt[passed - 1];
  if (before === undefined) return null;
  const since = turns[passed - 1] as number;
  const after = placedAt[passed];
  if (after !== undefined) {
    return before === after && (turns[passed] as number) - since <= SAMPLED_TURNS ? before : null;
  }
  const isRun = placedAt.length >= 3 && placedAt.slice(-3).every((placed) => placed === before);
  return isRun && executions - since < SAMPLED_TURNS ? before : null;
}

/** A function of the app; without a name, the place where it begins, or else the line in it. */
function wayOf({ file, line, function: name, place }: Frame): string {
  return `${file} ${name ?? place ?? line}`;
}

function place(execution: Execution, group: number, site: CallSite | null): void {
  execution.group = group;
  execution.statement.callSite = site;
}
