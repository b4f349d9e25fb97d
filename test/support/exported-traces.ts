// A file of traces as large as is asked for, as a collector writes it while several services answer requests at the same time: spans of one request stand
// in several messages, the request's own comes last, and no two requests send quite the same.

import { closeSync, openSync, writeSync } from 'node:fs';

/** What stands in the file. */
export interface Written {
  bytes: number;
  statements: number;
  requests: number;
  /** Requests with a loop of so many turns that its number tells it. */
  loops: number;
}

/** Requests that are answered at the same time. */
const AT_ONCE = 40;
const SPANS_A_MESSAGE = 100;
const SERVICES = ['shop', 'billing', 'search'];
const ROUTES = Array.from({ length: 40 }, (_, index) => `/things/${index}/:id`);
/** From so many on a loop is told by its number alone. */
export const LOOP = 5;
const MOST_TURNS = 30;
const HELD_BYTES = 4 * 1024 * 1024;

type Attributes = readonly (readonly [key: string, value: string | number])[];

interface OpenRequest {
  traceId: string;
  service: number;
  route: string;
  startMs: number;
  /** Statements that are still to be sent, the next one last. */
  texts: string[];
}

/** Writes at least `bytes`. */
export function writeTraces(file: string, bytes: number): Written {
  const written: Written = { bytes: 0, statements: 0, requests: 0, loops: 0 };
  let spanCount = 0;
  const out = openSync(file, 'w');
  const random = randomFrom(7);
  const open: OpenRequest[] = [];
  const messages = SERVICES.map((): string[] => []);
  let nowMs = Date.UTC(2026, 0, 1);
  let held = '';
  const flush = (service: number) => {
    const spans = messages[service] as string[];
    if (spans.length > 0) held += messageOf(SERVICES[service] as string, spans);
    messages[service] = [];
    if (held.length < HELD_BYTES) return;
    written.bytes += writeSync(out, held);
    held = '';
  };
  const add = (request: OpenRequest, span: string) => {
    const spans = messages[request.service] as string[];
    spanCount += 1;
    if (spans.push(span) >= SPANS_A_MESSAGE) flush(request.service);
  };
  while (written.bytes + held.length < bytes || open.length > 0) {
    nowMs += 0.3;
    if (open.length < AT_ONCE && written.bytes + held.length < bytes) {
      const request = newRequest(written.requests, nowMs, random);
      written.requests += 1;
      written.statements += request.texts.length;
      if (request.texts.length > LOOP + 1) written.loops += 1;
      open.push(request);
    }
    const at = Math.floor(random() * open.length);
    const request = open[at] as OpenRequest;
    const text = request.texts.pop();
    if (text === undefined) {
      open.splice(at, 1);
      add(request, requestSpan(request, nowMs));
    } else add(request, statementSpan(request, text, spanCount, nowMs));
  }
  for (const service of SERVICES.keys()) flush(service);
  written.bytes += writeSync(out, held);
  closeSync(out);
  return written;
}

function newRequest(number: number, startMs: number, random: () => number): OpenRequest {
  const thing = number % ROUTES.length;
  const turns = Math.floor(random() * MOST_TURNS);
  const inside = `select id, name, created_at, updated_at, owner_id from part where thing_id = $1 and kind = 'k${thing}'`;
  return {
    traceId: (number + 1).toString(16).padStart(32, '0'),
    service: thing % SERVICES.length,
    route: ROUTES[thing] as string,
    startMs,
    texts: [...Array<string>(turns).fill(inside), `select id, name, state from thing_${thing} where id = $1`],
  };
}

function statementSpan({ traceId }: OpenRequest, text: string, number: number, endMs: number): string {
  const spanId = (number + 0x1000_0000).toString(16).padStart(16, '0');
  return spanOf(
    { traceId, spanId, parentId: ROOT, name: 'pg.query:SELECT app', kind: 3, startMs: endMs - 0.2, endMs },
    [
      ['db.system', 'postgresql'],
      ['db.name', 'app'],
      ['db.user', 'app'],
      ['net.peer.name', 'db.internal'],
      ['net.peer.port', 5432],
      ['db.statement', text],
    ],
  );
}

const ROOT = 'f000000000000000';

function requestSpan({ traceId, route, startMs }: OpenRequest, endMs: number): string {
  return spanOf({ traceId, spanId: ROOT, parentId: '', name: `GET ${route}`, kind: 2, startMs, endMs }, [
    ['http.request.method', 'GET'],
    ['http.route', route],
    ['http.response.status_code', 200],
    ['url.path', route.replace(':id', '17')],
    ['user_agent.original', 'Mozilla/5.0 (X11; Linux x86_64; rv:130.0)'],
  ]);
}

interface Span {
  traceId: string;
  spanId: string;
  parentId: string;
  name: string;
  kind: number;
  startMs: number;
  endMs: number;
}

function spanOf({ traceId, spanId, parentId, name, kind, startMs, endMs }: Span, attributes: Attributes): string {
  return JSON.stringify({
    traceId,
    spanId,
    parentSpanId: parentId,
    name,
    kind,
    startTimeUnixNano: nanos(startMs),
    endTimeUnixNano: nanos(endMs),
    attributes: attributes.map(([key, value]) => ({
      key,
      value: typeof value === 'number' ? { intValue: String(value) } : { stringValue: value },
    })),
    status: {},
  });
}

function nanos(ms: number): string {
  return `${Math.round(ms * 1_000)}000`;
}

function messageOf(service: string, spans: readonly string[]): string {
  const resource = { attributes: [{ key: 'service.name', value: { stringValue: service } }] };
  const scope = { name: '@opentelemetry/instrumentation-pg', version: '0.76.0' };
  return `{"resourceSpans":[{"resource":${JSON.stringify(resource)},"scopeSpans":[{"scope":${JSON.stringify(scope)},"spans":[${spans.join(',')}]}]}]}\n`;
}

/** The same numbers each time. */
export function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648;
  };
}
