// OTLP's JSON encoding: a request to export traces, as it was parsed, and its spans. It comes from anywhere, so nothing in it is taken for granted.

import { type ExportedSpan, isKept, isRemoteBy, isSampledBy, type Resource, type Resources } from './exported-span.js';

type Json = Readonly<Record<string, unknown>>;

/** `SpanKind` and `StatusCode` by name, as some exporters write them. */
const KINDS: Readonly<Record<string, number>> = {
  SPAN_KIND_INTERNAL: 1,
  SPAN_KIND_SERVER: 2,
  SPAN_KIND_CLIENT: 3,
  SPAN_KIND_PRODUCER: 4,
  SPAN_KIND_CONSUMER: 5,
};
const FAILED: readonly unknown[] = [2, 'STATUS_CODE_ERROR'];

/** What `queryscope` itself has put into a trace is no statement of the app's. */
export const OWN_SCOPE = 'queryscope';

/** The spans of a request; null: it is none. Spans without their ids or times are null. */
export function spansOfJson(request: unknown, resources: Resources): (ExportedSpan | null)[] | null {
  const groups = (request as Json | null)?.resourceSpans;
  if (!Array.isArray(groups)) return null;
  const spans: (ExportedSpan | null)[] = [];
  for (const group of groups.filter(isObject)) {
    const resource = resourceOf(group.resource, resources);
    const scopes = group.scopeSpans ?? group.instrumentationLibrarySpans;
    for (const scope of listOf(scopes)) {
      const { name } = objectOf(scope.scope ?? scope.instrumentationLibrary);
      if (name === OWN_SCOPE) continue;
      for (const span of listOf(scope.spans)) spans.push(spanOf(span, resource));
    }
  }
  return spans;
}

function resourceOf(json: unknown, resources: Resources): Resource {
  const { attributes } = objectOf(json);
  return resources.of(JSON.stringify(attributes ?? null), () => {
    const service = listOf(attributes).find(({ key }) => key === 'service.name');
    const name = service === undefined ? null : scalarOf(service.value);
    return typeof name === 'string' && name !== '' ? name : null;
  });
}

function spanOf(json: Json, resource: Resource): ExportedSpan | null {
  const { traceId, spanId, parentSpanId, name, kind, status, traceState, flags, droppedAttributesCount } = json;
  const startMs = msOf(json.startTimeUnixNano);
  const endMs = msOf(json.endTimeUnixNano);
  if (typeof traceId !== 'string' || typeof spanId !== 'string' || traceId === '' || spanId === '') return null;
  if (startMs === null || endMs === null) return null;
  return {
    traceId,
    spanId,
    parentId: typeof parentSpanId === 'string' && /[^0]/.test(parentSpanId) ? parentSpanId : null,
    name: typeof name === 'string' ? name : '',
    kind: typeof kind === 'number' ? kind : (KINDS[String(kind)] ?? 0),
    startMs,
    endMs: Math.max(startMs, endMs),
    failed: FAILED.includes(objectOf(status).code),
    attributes: attributesOf(json.attributes),
    resource,
    isRemote: typeof flags === 'number' ? isRemoteBy(flags) : null,
    isSampled: typeof traceState === 'string' && traceState !== '' && isSampledBy(traceState),
    droppedAttributes: typeof droppedAttributesCount === 'number' ? droppedAttributesCount : 0,
  };
}

function attributesOf(json: unknown): Record<string, unknown> {
  const attributes: Record<string, unknown> = {};
  if (!Array.isArray(json)) return attributes;
  for (const each of json) {
    const key = each?.key;
    if (typeof key === 'string' && isKept(key)) attributes[key] = scalarOf(each.value);
  }
  return attributes;
}

/** Of an AnyValue: what is no scalar and no list is null. */
function scalarOf(json: unknown): unknown {
  const value = objectOf(json);
  if (typeof value.stringValue === 'string') return value.stringValue;
  if (value.intValue !== undefined) return numberOf(value.intValue);
  if (value.doubleValue !== undefined) return numberOf(value.doubleValue);
  if (typeof value.boolValue === 'boolean') return value.boolValue;
  return value.arrayValue === undefined ? null : listOf(objectOf(value.arrayValue).values).map(scalarOf);
}

/** 64 bits stand as text; what a number cannot hold stays one. */
function numberOf(json: unknown): number | string | null {
  const number = Number(json);
  if (typeof json === 'string' && !Number.isSafeInteger(number) && /^-?\d+$/.test(json)) return json;
  return Number.isFinite(number) ? number : null;
}

const NANO_DIGITS = 6;

/** Nanoseconds since 1970, a text mostly, in ms; null where there are none. */
function msOf(json: unknown): number | null {
  const text = typeof json === 'string' ? json : typeof json === 'number' ? String(json) : '';
  if (!/^\d{7,20}$/.test(text)) {
    const ms = typeof json === 'number' ? json / 1e6 : Number.NaN;
    return ms > 0 ? ms : null;
  }
  return Number(text.slice(0, -NANO_DIGITS)) + Number(text.slice(-NANO_DIGITS)) / 1e6;
}

function isObject(json: unknown): json is Json {
  return typeof json === 'object' && json !== null && !Array.isArray(json);
}

function objectOf(json: unknown): Json {
  return isObject(json) ? json : {};
}

function listOf(json: unknown): readonly Json[] {
  return Array.isArray(json) ? json.filter(isObject) : [];
}
