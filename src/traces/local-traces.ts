// Divides the spans of one trace by where a request or a job begins: at a span without a parent, at one that came over the network, at a server's or a
// consumer's. What happened in one process below such an entry is one scope.

import { type ExportedSpan, SPAN_KIND } from './exported-span.js';
import type { LocalTrace } from './trace-profile.js';
import { statementOf } from './trace-span.js';

/** The scopes of a trace. */
export interface Divided {
  /** Those that have statements. */
  traces: LocalTrace[];
  /** Spans whose parent has not come. */
  unparented: number;
  /** Statements that are a trace by themselves: nothing says what they belong to. */
  alone: number;
}

/** Of a trace's spans, in any order. */
export function localTraces(spans: readonly ExportedSpan[]): Divided {
  const tops = new Tops(spans);
  const byEntry = new Map<ExportedSpan | string, ExportedSpan[]>();
  const unparented = new Set<ExportedSpan>();
  for (const span of spans) {
    const top = tops.of(span);
    const isEntry = tops.isEntry(top);
    if (!isEntry) unparented.add(top);
    if (statementOf(span) === null) continue;
    const entry = isEntry ? top : (tops.entryAround(top) ?? (statementOf(top) === null ? top : nameOfMissing(top)));
    const inside = byEntry.get(entry);
    if (inside === undefined) byEntry.set(entry, [span]);
    else inside.push(span);
  }
  const traces = Array.from(byEntry, ([entry, inside]) => traceOf(entry, inside));
  const alone = traces.filter(({ root }) => root.parentId === null && statementOf(root) !== null);
  return { traces, unparented: unparented.size, alone: alone.length };
}

/** For each span the uppermost one of its process that is known. */
class Tops {
  readonly #byId: ReadonlyMap<string, ExportedSpan>;
  readonly #topOf = new Map<ExportedSpan, ExportedSpan>();
  readonly #entries: readonly ExportedSpan[];

  constructor(spans: readonly ExportedSpan[]) {
    this.#byId = new Map(spans.map((span) => [span.spanId, span]));
    this.#entries = spans.filter((span) => this.isEntry(span));
  }

  of(span: ExportedSpan): ExportedSpan {
    const path = new Set<ExportedSpan>();
    let top = span;
    for (;;) {
      const known = this.#topOf.get(top);
      if (known !== undefined) {
        top = known;
        break;
      }
      path.add(top);
      const parent = this.isEntry(top) ? undefined : this.#parentOf(top);
      // Spans that are each other's ancestors come from a broken exporter.
      if (parent === undefined || path.has(parent)) break;
      top = parent;
    }
    for (const each of path) this.#topOf.set(each, top);
    return top;
  }

  /** Does a request or job begin with it? */
  isEntry(span: ExportedSpan): boolean {
    const { parentId, kind, isRemote, resource } = span;
    if (parentId === null || isRemote === true) return true;
    if (kind === SPAN_KIND.server || kind === SPAN_KIND.consumer) return true;
    const parent = this.#parentOf(span);
    return parent !== undefined && parent.resource !== resource;
  }

  /** The one entry of its process that lasted while it did; null where there is none, or several. */
  entryAround({ resource, startMs, endMs }: ExportedSpan): ExportedSpan | null {
    let around: ExportedSpan | null = null;
    for (const entry of this.#entries) {
      if (entry.resource !== resource || entry.startMs > startMs || entry.endMs < endMs) continue;
      if (around !== null) return null;
      around = entry;
    }
    return around;
  }

  #parentOf({ parentId }: ExportedSpan): ExportedSpan | undefined {
    return parentId === null ? undefined : this.#byId.get(parentId);
  }
}

/** Statements below one missing span belong together. */
function nameOfMissing({ parentId }: ExportedSpan): string {
  return parentId ?? '';
}

function traceOf(entry: ExportedSpan | string, spans: readonly ExportedSpan[]): LocalTrace {
  const [first] = spans as [ExportedSpan, ...ExportedSpan[]];
  if (typeof entry !== 'string') return { root: entry, spans, dropped: 0, service: entry.resource.service };
  const startMs = spans.reduce((least, span) => Math.min(least, span.startMs), first.startMs);
  const endMs = spans.reduce((most, span) => Math.max(most, span.endMs), first.endMs);
  const root = {
    ...first,
    spanId: entry,
    name: UNKNOWN,
    parentId: null,
    startMs,
    endMs,
    failed: false,
    attributes: {},
    statement: null,
  };
  return { root, spans, dropped: 0, service: first.resource.service };
}

/** What a scope is called whose own span is missing. */
const UNKNOWN = 'a span that is missing';
