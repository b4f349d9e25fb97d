// Gives each statement its call site: captured ones by their stack; the others the one that this scope saw of their shape, or
// else the one their shape always had, marked as assumed; or none.

import type { Shape } from '../sql/text.js';
import { longerOf, sameSite, shownAt, siteOf } from './call-sites.js';
import type { Execution } from './execution.js';
import type { Note } from './note.js';
import { showCallers } from './show-callers.js';
import { LOT } from './slices.js';
import { turningFrame } from './turning-frame.js';
import type { CallSite, Frame } from './types.js';

/** Turns raw stacks into frames and remembers, for the process, which site a shape always had. Handed in by capture. */
export interface Sites {
  /** App frames, innermost first; [] where the stack has none. Formats the stack: once per captured note, and late. */
  framesOf(stack: unknown): readonly Frame[];
  /** This shape was sent from here, as this stack says. */
  learn(stack: unknown, shape: Shape, site: CallSite): void;
  /** The one site that this shape has always had in this process; null where it had none or several. */
  only(shape: Shape): CallSite | null;
  /** The one site it always had cannot be the one here: from now on it is captured each time. */
  doubt(shape: Shape): void;
}

/** An execution whose site is still to be found. */
export interface Sent extends Execution {
  note: Note;
}

/** A call site of one shape in this scope, while its captures are still being put together. */
interface Placed {
  group: number;
  site: CallSite;
  captured: Sent[];
  /** Which of its frames the later turns show to be the loop's; null while only one execution is known. */
  turning: number | null;
}

export function* placeCallSites(executions: readonly Sent[], sites: Sites): Generator<void, void> {
  const placing = new Placing(sites);
  for (let i = 0; i < executions.length; i++) {
    const execution = executions[i] as Sent;
    const captured = execution.note.stack !== null;
    if (captured) placing.capture(execution);
    placing.pass(execution);
    if (captured || i % LOT === 0) yield;
  }
  yield* placing.settle();
  for (let i = 0; i < executions.length; i++) {
    const execution = executions[i] as Sent;
    if (execution.group < 0) placing.assume(execution);
    if (i % LOT === 0) yield;
  }
  yield* showCallers(executions);
}

class Placing {
  readonly #sites: Sites;
  /** By the shape's id. */
  readonly #byShape = new Map<string, Placed[]>();
  /** Of each shape, by its id: where its statements without a stack belong. */
  readonly #rest = new Map<string, { group: number; site: CallSite | null }>();
  /** What the captured stacks of this scope ran through. */
  readonly #ways = new Set<string>();
  /** Of each shape, by its id: the execution before the one at hand. */
  readonly #before = new Map<string, Sent>();
  #groups = 0;
  /** The parts of one text share its stack. */
  #last: { note: Note; site: CallSite | null } | null = null;

  constructor(sites: Sites) {
    this.#sites = sites;
  }

  capture(execution: Sent): void {
    const { note } = execution;
    if (this.#last?.note !== note) this.#last = { note, site: siteOf(this.#sites.framesOf(note.stack)) };
    const { site } = this.#last;
    if (site === null) return;
    for (const frame of site.frames) this.#ways.add(wayOf(frame));
    const { shape } = execution.statement;
    let placed = this.#byShape.get(shape.id);
    if (placed === undefined) {
      placed = [];
      this.#byShape.set(shape.id, placed);
    }
    let known = placed.find((other) => sameSite(other.site, site));
    if (known === undefined) {
      known = { group: this.#groups++, site, captured: [], turning: null };
      placed.push(known);
    }
    const before = known.captured.at(-1) ?? (placed.length === 1 ? this.#before.get(shape.id) : undefined);
    if (before !== undefined) {
      const turning = turningFrame(site.frames, before.answeredOrder < execution.sentOrder);
      known.turning = Math.min(known.turning ?? turning, turning);
    }
    known.site = longerOf(known.site, site);
    known.captured.push(execution);
  }

  pass(execution: Sent): void {
    this.#before.set(execution.statement.shape.id, execution);
  }

  *settle(): Generator<void, void> {
    for (const placed of this.#byShape.values()) {
      for (const each of placed) {
        yield;
        each.site = shownAt(each.site, each.turning ?? 0);
        for (let i = 0; i < each.captured.length; i++) {
          if (i % LOT === LOT - 1) yield;
          const execution = each.captured[i] as Sent;
          place(execution, each.group, each.site);
          this.#sites.learn(execution.note.stack, execution.statement.shape, each.site);
        }
      }
    }
  }

  assume(execution: Sent): void {
    const { shape } = execution.statement;
    let rest = this.#rest.get(shape.id);
    if (rest === undefined) {
      rest = this.#restOf(shape);
      this.#rest.set(shape.id, rest);
    }
    place(execution, rest.group, rest.site);
  }

  /** A site from other requests is believed where it shares a function with what was captured in this one. */
  #fits(site: CallSite): boolean {
    return this.#ways.size === 0 || site.frames.some((frame) => this.#ways.has(wayOf(frame)));
  }

  #restOf(shape: Shape): { group: number; site: CallSite | null } {
    const [here, ...others] = this.#byShape.get(shape.id) ?? [];
    if (others.length > 0) return { group: this.#groups++, site: null };
    const only = this.#sites.only(shape);
    if (here !== undefined) {
      // This scope was not seen to send it from anywhere else, but others have.
      const doubtful = only === null || !sameSite(here.site, only);
      return { group: here.group, site: { ...here.site, assumed: true, ...(doubtful && { doubtful }) } };
    }
    if (only === null) return { group: this.#groups++, site: null };
    const doubtful = !this.#fits(only);
    if (doubtful) this.#sites.doubt(shape);
    return { group: this.#groups++, site: { ...only, assumed: true, ...(doubtful && { doubtful }) } };
  }
}

/** A function of the app; without a name, the place where it begins, or else the line in it. */
function wayOf({ file, line, function: name, place }: Frame): string {
  return `${file} ${name ?? place ?? line}`;
}

function place(execution: Execution, group: number, site: CallSite | null): void {
  execution.group = group;
  execution.statement.callSite = site;
}
