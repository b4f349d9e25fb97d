// Requests to export traces, written as sketches: a span is its id, its parent and what differs from the usual. As JSON, and by OpenTelemetry's own generated
// encoder as protobuf.

import otlp from 'otlp-decoder/build/src/generated/root.js';

/** A span. Times in ms from the beginning. */
export interface Sketch {
  id: string;
  parent?: string;
  trace?: string;
  service?: string;
  /** `SpanKind` of OTLP. */
  kind?: number;
  name?: string;
  at?: readonly [start: number, end: number];
  attributes?: Readonly<Record<string, unknown>>;
  flags?: number;
  traceState?: string;
  droppedAttributesCount?: number;
  failed?: boolean;
}

export const SERVER = 2;
export const CLIENT = 3;
export const CONSUMER = 5;

const BEGINNING_MS = Date.UTC(2026, 0, 1);

/** What a request's own span says. */
export const http = (route: string) => ({
  'http.request.method': 'GET',
  'http.route': route,
  'http.response.status_code': 200,
});

/** What a statement's span says. */
export const sql = (text: string, system = 'postgresql') => ({ 'db.system.name': system, 'db.query.text': text });

/** One request with the spans, those of each service below a resource of its own. */
export function requestOf(sketches: readonly Sketch[]): object {
  const services = new Map<string, object[]>();
  for (const sketch of sketches) {
    const service = sketch.service ?? 'shop';
    const spans = services.get(service) ?? [];
    services.set(service, spans);
    spans.push(spanOf(sketch));
  }
  return {
    resourceSpans: Array.from(services, ([service, spans]) => ({
      resource: { attributes: [{ key: 'service.name', value: { stringValue: service } }] },
      scopeSpans: [{ scope: { name: 'test' }, spans }],
    })),
  };
}

function spanOf(sketch: Sketch): object {
  const { id, parent, trace = '1', kind = CLIENT, name = id, at = [0, 1], attributes = {}, failed = false } = sketch;
  const { flags, traceState, droppedAttributesCount } = sketch;
  return {
    traceId: trace.padStart(32, '0'),
    spanId: idOf(id),
    parentSpanId: parent === undefined ? '' : idOf(parent),
    name,
    kind,
    startTimeUnixNano: nanos(at[0]),
    endTimeUnixNano: nanos(at[1]),
    attributes: Object.entries(attributes).map(([key, value]) => ({ key, value: anyValue(value) })),
    status: failed ? { code: 2 } : {},
    ...(flags !== undefined && { flags }),
    ...(traceState !== undefined && { traceState }),
    ...(droppedAttributesCount !== undefined && { droppedAttributesCount }),
  };
}

function idOf(id: string): string {
  return Buffer.from(id).toString('hex').padStart(16, '0').slice(-16);
}

function nanos(ms: number): string {
  return `${(BEGINNING_MS + ms) * 1_000}000`.replace(/\.\d*/, '');
}

function anyValue(value: unknown): object {
  if (Array.isArray(value)) return { arrayValue: { values: value.map(anyValue) } };
  if (typeof value === 'boolean') return { boolValue: value };
  if (typeof value === 'number') return Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value };
  return { stringValue: String(value) };
}

interface Encoder {
  encode(request: object): { finish(): Uint8Array };
}

const { ExportTraceServiceRequest } = (
  otlp as unknown as {
    opentelemetry: { proto: { collector: { trace: { v1: { ExportTraceServiceRequest: Encoder } } } } };
  }
).opentelemetry.proto.collector.trace.v1;

/** A request as protobuf; its ids are bytes. */
export function encoded(request: object): Buffer {
  return Buffer.from(ExportTraceServiceRequest.encode(request).finish());
}
