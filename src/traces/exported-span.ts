// A span as a collector writes it to a file, after its encoding: what queryscope reads of it, with the process that it belongs to.

import type { TraceSpan } from './trace-span.js';

/** `SpanKind` of OTLP. */
export const SPAN_KIND = { server: 2, client: 3, producer: 4, consumer: 5 } as const;

/** The process that made a span, as far as its resource tells processes apart. The same one is the same object. */
export interface Resource {
  /** `service.name`; null: it says none. */
  service: string | null;
}

export interface ExportedSpan extends TraceSpan {
  /** One of {@link SPAN_KIND}, or another number. */
  kind: number;
  resource: Resource;
  /** Did its parent come over the network? Null: the exporter does not say. */
  isRemote: boolean | null;
  /** Does its trace state say that others like it were left out? */
  isSampled: boolean;
  /** Attributes that the SDK left out. */
  droppedAttributes: number;
}

/** Attributes that say something here; a span may have any number of others. */
const KEPT =
  /^(?:db\.|code\.|error\.type$|exception\.type$|http\.(?:route|request\.method|method|response\.status_code|status_code)$)/;

export function isKept(name: string): boolean {
  return KEPT.test(name);
}

/** By OpenTelemetry's probability sampling: any threshold but 0 rejects some. */
export function isSampledBy(traceState: string): boolean {
  const threshold = /(?:^|,)\s*ot=[^,]*\bth:([0-9a-f]+)/.exec(traceState)?.[1];
  return threshold !== undefined && /[^0]/.test(threshold);
}

/** Of OTLP's `flags`: null where the bit that says so is not set. */
export function isRemoteBy(flags: number): boolean | null {
  return (flags & 0x100) === 0 ? null : (flags & 0x200) !== 0;
}

/** Resources that are told apart; a file has as many as processes wrote into it. */
const MOST_RESOURCES = 100_000;

/** Makes each resource once. */
export class Resources {
  readonly #byName = new Map<string, Resource>();

  /** `name`: what all its attributes say. */
  of(name: string, service: () => string | null): Resource {
    let resource = this.#byName.get(name);
    if (resource === undefined) {
      if (this.#byName.size >= MOST_RESOURCES) this.#byName.clear();
      resource = { service: service() };
      this.#byName.set(name, resource);
    }
    return resource;
  }
}
