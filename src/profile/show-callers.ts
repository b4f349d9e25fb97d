// Which frame of a call site is shown, once all sites of a scope are known: an app's own query function says nothing of who asked.

import { shownAt, shownDepth } from './call-sites.js';
import type { Execution } from './execution.js';
import { LOT } from './slices.js';
import type { CallSite, Frame, Statement } from './types.js';

/**
 * Names the line that asked instead of the app's own query function: where one line sent statements of several shapes, it is its caller that made the
 * difference. All frames stay.
 */
export function* showCallers(executions: readonly Execution[]): Generator<void, void> {
  if (!(yield* mayShareLines(executions))) return;
  const shapeOf = new Map<CallSite, string>();
  for (let i = 0; i < executions.length; i++) {
    const { callSite, shape } = (executions[i] as Execution).statement;
    if (callSite !== null) shapeOf.set(callSite, shape.id);
    if (i % LOT === 0) yield;
  }
  const shown = yield* shownSites(shapeOf);
  if (shown === null) return;
  for (let i = 0; i < executions.length; i++) {
    const { statement } = executions[i] as Execution;
    if (statement.callSite !== null) statement.callSite = shown.get(statement.callSite) ?? statement.callSite;
    if (i % LOT === 0) yield;
  }
}

/** More columns than this have only lines that a machine wrote; there one line may be taken for another, and is looked at closely. */
const COLUMNS = 4_096;

/** May a line have sent statements of several shapes? Told without a text for each line: false is certain, as nearly always. */
function* mayShareLines(executions: readonly Execution[]): Generator<void, boolean> {
  const shapeAt = new Map<number, string>();
  let before: Statement | null = null;
  for (let i = 0; i < executions.length; i++) {
    if (i % LOT === LOT - 1) yield;
    const { statement } = executions[i] as Execution;
    const { callSite, shape } = statement;
    const isTurn = before !== null && callSite === before.callSite && shape === before.shape;
    before = statement;
    if (callSite === null || isTurn) continue;
    const { line, column } = callSite.frames[0] as Frame;
    const place = line * COLUMNS + column;
    const known = shapeAt.get(place);
    if (known === undefined) shapeAt.set(place, shape.id);
    else if (known !== shape.id) return true;
  }
  return false;
}

/** The sites to be shown at another frame, and how; null where there are none, as nearly always. */
function* shownSites(shapeOf: ReadonlyMap<CallSite, string>): Generator<void, Map<CallSite, CallSite> | null> {
  let looked = 0;
  const lines = new Map<string, { sites: CallSite[]; shapes: Set<string> }>();
  for (const [site, shape] of shapeOf) {
    if (++looked % LOT === 0) yield;
    const line = lineOf(site.frames[0] as Frame);
    const known = lines.get(line);
    if (known === undefined) lines.set(line, { sites: [site], shapes: new Set([shape]) });
    else {
      known.sites.push(site);
      known.shapes.add(shape);
    }
  }
  let shown: Map<CallSite, CallSite> | null = null;
  for (const { sites, shapes } of lines.values()) {
    if (++looked % LOT === 0) yield;
    if (shapes.size === 1) continue;
    shown ??= new Map();
    /** By the way in from the driver, as far as it goes: the shapes that came along it. */
    const along = new Map<string, Set<string>>();
    for (const site of sites) {
      if (++looked % LOT === 0) yield;
      for (const way of waysInto(site)) {
        const known = along.get(way) ?? new Set();
        along.set(way, known.add(shapeOf.get(site) as string));
      }
    }
    for (const site of sites) {
      if (++looked % LOT === 0) yield;
      shown.set(site, shownSite(site, along));
    }
  }
  return shown;
}

/** The innermost frame, that and its caller, and so on, each as a text. */
function* waysInto(site: CallSite): Generator<string> {
  let way = '';
  for (const frame of site.frames) {
    way += `${lineOf(frame)}\n`;
    yield way;
  }
}

function lineOf({ file, line, column }: Frame): string {
  return `${file}:${line}:${column}`;
}

/** At the innermost frame that no frame further out tells more apart than; a loop that is known to be further out stays shown. */
function shownSite(site: CallSite, shapes: ReadonlyMap<string, ReadonlySet<string>>): CallSite {
  const along = Array.from(waysInto(site), (way) => shapes.get(way)?.size ?? 0);
  const depth = along.indexOf(Math.min(...along));
  return depth <= shownDepth(site) ? site : shownAt(site, depth);
}
