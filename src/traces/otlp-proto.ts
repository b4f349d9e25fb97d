// OTLP's protobuf encoding: a request to export traces, and its spans. Fields are named by their numbers in opentelemetry/proto/trace/v1/trace.proto.

import { type ExportedSpan, isKept, isRemoteBy, isSampledBy, type Resource, type Resources } from './exported-span.js';
import { OWN_SCOPE } from './otlp-json.js';
import { WireError, WireReader } from './wire-reader.js';

const TRACE_ID_DIGITS = 32;
const SPAN_ID_DIGITS = 16;
const FAILED = 2;

/** The spans of a request. Throws a WireError where the bytes are none, as those of metrics and logs. */
export function spansOfProto(bytes: Buffer, resources: Resources): ExportedSpan[] {
  const spans: ExportedSpan[] = [];
  const request = new WireReader(bytes);
  while (request.next()) {
    if (request.field === 1) resourceSpans(request.message(), resources, spans);
  }
  return spans;
}

/** A resource may stand behind its spans. */
function resourceSpans(group: WireReader, resources: Resources, spans: ExportedSpan[]): void {
  let resource: Resource | null = null;
  const scopes: WireReader[] = [];
  while (group.next()) {
    if (group.field === 1) resource = resourceOf(group.bytes(), resources);
    // 1000: as it was called before 1.0.
    else if (group.field === 2 || group.field === 1000) scopes.push(group.message());
  }
  const known = resource ?? resources.of('', () => null);
  for (const scope of scopes) scopeSpans(scope, known, spans);
}

function resourceOf(bytes: Buffer, resources: Resources): Resource {
  return resources.of(bytes.toString('latin1'), () => {
    const attributes: Record<string, unknown> = {};
    const reader = new WireReader(bytes);
    while (reader.next()) {
      if (reader.field === 1) addAttribute(reader.message(), attributes, (name) => name === 'service.name');
    }
    const service = attributes['service.name'];
    return typeof service === 'string' && service !== '' ? service : null;
  });
}

function scopeSpans(scope: WireReader, resource: Resource, spans: ExportedSpan[]): void {
  let isOwn = false;
  while (scope.next()) {
    if (scope.field === 1) isOwn = nameOf(scope.message()) === OWN_SCOPE;
    else if (scope.field === 2 && !isOwn) spans.push(spanOf(scope.message(), resource));
  }
}

function nameOf(scope: WireReader): string {
  while (scope.next()) if (scope.field === 1) return scope.text();
  return '';
}

function spanOf(reader: WireReader, resource: Resource): ExportedSpan {
  const attributes: Record<string, unknown> = {};
  const span: ExportedSpan = {
    traceId: '',
    spanId: '',
    parentId: null,
    name: '',
    kind: 0,
    startMs: 0,
    endMs: 0,
    failed: false,
    attributes,
    resource,
    isRemote: null,
    isSampled: false,
    droppedAttributes: 0,
  };
  while (reader.next()) readField(reader, span, attributes);
  if (span.traceId.length !== TRACE_ID_DIGITS || span.spanId.length !== SPAN_ID_DIGITS || span.startMs === 0) {
    throw new WireError('a span has no id or no time');
  }
  span.endMs = Math.max(span.startMs, span.endMs);
  return span;
}

function readField(reader: WireReader, span: ExportedSpan, attributes: Record<string, unknown>): void {
  switch (reader.field) {
    case 1:
      span.traceId = reader.hex();
      break;
    case 2:
      span.spanId = reader.hex();
      break;
    case 3:
      span.isSampled = isSampledBy(reader.text());
      break;
    case 4:
      span.parentId = parentIn(reader.hex());
      break;
    case 5:
      span.name = reader.text();
      break;
    case 6:
      span.kind = reader.number();
      break;
    case 7:
      span.startMs = reader.nanosInMs();
      break;
    case 8:
      span.endMs = reader.nanosInMs();
      break;
    case 9:
      addAttribute(reader.message(), attributes, isKept);
      break;
    case 10:
      span.droppedAttributes = reader.number();
      break;
    case 15:
      span.failed = statusOf(reader.message()) === FAILED;
      break;
    case 16:
      span.isRemote = isRemoteBy(reader.fixed32());
      break;
  }
}

function parentIn(hex: string): string | null {
  return /[^0]/.test(hex) ? hex : null;
}

function statusOf(status: WireReader): number {
  let code = 0;
  while (status.next()) if (status.field === 3) code = status.number();
  return code;
}

function addAttribute(pair: WireReader, attributes: Record<string, unknown>, wants: (name: string) => boolean): void {
  let name = '';
  while (pair.next()) {
    if (pair.field === 1) name = pair.text();
    else if (pair.field === 2 && wants(name)) attributes[name] = scalarOf(pair.message());
  }
}

/** Of an AnyValue: what is no scalar and no list is null. */
function scalarOf(value: WireReader): unknown {
  let read: unknown = null;
  while (value.next()) {
    if (value.field === 1) read = value.text();
    else if (value.field === 2) read = value.number() !== 0;
    else if (value.field === 3) read = numberOf(value.int64());
    else if (value.field === 4) read = value.double();
    else if (value.field === 5) read = listOf(value.message());
  }
  return read;
}

function listOf(list: WireReader): unknown[] {
  const values: unknown[] = [];
  while (list.next()) if (list.field === 1) values.push(scalarOf(list.message()));
  return values;
}

function numberOf(value: bigint): number | string {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : String(value);
}
