// Which frame of a call site is shown, once all sites of a scope are known: an app's own query function says nothing of who asked.

import type { Execution } from './execution.js';
import { LOT } from './slices.js';
import type { CallSite, Frame } from './types.js';

/**
 * Names the line that asked instead of the app's own query function: where one line sent statements of several shapes, it is its caller that made the
 * difference. All frames stay.
 */
export function* showCallers(executions: readonly Execution[]): Generator<void, void> {
  const shapeOf = new Map<CallSite, string>();
  for (let i = 0; i < executions.length; i++) {
    const { callSite, shape } = (executions[i] as Execution).statement;
    if (callSite !== null) shapeOf.set(callSite, shape.id);
    if (i % LOT === 0) yield;
  }
  /** By the way in from the driver, as far as it goes: the shapes that came along it. */
  const shapes = new Map<string, Set<string>>();
  for (const [site, shape] of shapeOf) {
    for (const way of waysInto(site)) {
      const along = shapes.get(way);
      if (along === undefined) shapes.set(way, new Set([shape]));
      else along.add(shape);
    }
  }
  const shown = new Map<CallSite, CallSite>();
  for (const site of shapeOf.keys()) shown.set(site, shownSite(site, shapes));
  for (let i = 0; i < executions.length; i++) {
    const { statement } = executions[i] as Execution;
    if (statement.callSite !== null) statement.callSite = shown.get(statement.callSite) ?? null;
    if (i % LOT === 0) yield;
  }
}

/** The innermost frame, that and its caller, and so on, each as a text. */
function* waysInto(site: CallSite): Generator<string> {
  let way = '';
  for (const { file, line, column } of site.frames) {
    way += `${file}:${line}:${column}\n`;
    yield way;
  }
}

/** At the innermost frame that no frame further out tells more apart than. */
function shownSite(site: CallSite, shapes: ReadonlyMap<string, ReadonlySet<string>>): CallSite {
  const along = Array.from(waysInto(site), (way) => shapes.get(way)?.size ?? 0);
  const depth = along.indexOf(Math.min(...along));
  if (depth <= 0) return site;
  const { file, line, column, function: name } = site.frames[depth] as Frame;
  return { ...site, file, line, column, function: name };
}
