// A collector on loopback: takes spans over OTLP/HTTP and decodes them with OpenTelemetry's own generated code, so that tests see what a trace
// store gets.

import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import otlp from 'otlp-decoder/build/src/generated/root.js';

/** A span as it was received. Times in nanoseconds since 1970. */
export interface ReceivedSpan {
  traceId: string;
  spanId: string;
  /** Empty: none. */
  parentId: string;
  name: string;
  kind: string;
  start: bigint;
  end: bigint;
  failed: boolean;
  message: string;
  attributes: Record<string, unknown>;
  events: { name: string; time: bigint; attributes: Record<string, unknown> }[];
  links: { spanId: string; attributes: Record<string, unknown> }[];
  /** Name of the instrumentation that made it. */
  scope: string;
  schema: string;
}

const KINDS = ['unspecified', 'internal', 'server', 'client', 'producer', 'consumer'];
const ERROR = 2;

export class OtlpReceiver {
  readonly spans: ReceivedSpan[] = [];
  readonly #server: Server;

  private constructor() {
    this.#server = createServer(async (request, response) => {
      this.spans.push(...decode(await buffer(request)));
      response.end();
    });
  }

  static async start(): Promise<OtlpReceiver> {
    const receiver = new OtlpReceiver();
    receiver.#server.listen(0, '127.0.0.1');
    await once(receiver.#server, 'listening');
    return receiver;
  }

  /** Where an exporter sends to. */
  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/v1/traces`;
  }

  /** What came since the last call, in the order in which it began. */
  take(): ReceivedSpan[] {
    return this.spans.splice(0).sort((a, b) => (a.start < b.start ? -1 : a.start > b.start ? 1 : 0));
  }

  stop(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}

/** A wait for a connection. */
export const WAIT = 'queryscope.pool.wait';

/** The spans as a tree, one line each: `name` of the root, what is inside it indented; `line` says more of each. Waits for a connection are left out: a busy machine has more of them. */
export function treeOf(
  spans: readonly ReceivedSpan[],
  line: (span: ReceivedSpan) => string = ({ name }) => name,
): string {
  const ids = new Set(spans.map(({ spanId }) => spanId));
  const below = (parents: (id: string) => boolean, depth: number): string[] =>
    spans
      .filter(({ parentId, name }) => parents(parentId) && name !== WAIT)
      .flatMap((span) => [`${'  '.repeat(depth)}${line(span)}`, ...below((id) => id === span.spanId, depth + 1)]);
  return below((id) => !ids.has(id), 0).join('\n');
}

// biome-ignore lint/suspicious/noExplicitAny: as generated from the protocol's own files, whose types do not name it.
type Message = any;

const { ExportTraceServiceRequest } = (otlp as Message).opentelemetry.proto.collector.trace.v1;

function decode(body: Uint8Array): ReceivedSpan[] {
  const message: Message = ExportTraceServiceRequest.toObject(ExportTraceServiceRequest.decode(body), {
    longs: String,
    bytes: String,
    defaults: true,
  });
  return message.resourceSpans.flatMap(({ scopeSpans }: Message) =>
    scopeSpans.flatMap(({ scope, schemaUrl, spans }: Message) =>
      spans.map((span: Message) => received(span, scope.name, schemaUrl)),
    ),
  );
}

function received(span: Message, scope: string, schema: string): ReceivedSpan {
  return {
    traceId: span.traceId,
    spanId: span.spanId,
    parentId: span.parentSpanId,
    name: span.name,
    kind: KINDS[span.kind] as string,
    start: BigInt(span.startTimeUnixNano),
    end: BigInt(span.endTimeUnixNano),
    failed: span.status?.code === ERROR,
    message: span.status?.message ?? '',
    attributes: attributesOf(span.attributes),
    events: span.events.map((event: Message) => ({
      name: event.name,
      time: BigInt(event.timeUnixNano),
      attributes: attributesOf(event.attributes),
    })),
    links: span.links.map((link: Message) => ({ spanId: link.spanId, attributes: attributesOf(link.attributes) })),
    scope,
    schema,
  };
}

function attributesOf(list: Message[]): Record<string, unknown> {
  return Object.fromEntries(list.map(({ key, value }) => [key, readValue(value)]));
}

function readValue(value: Message): unknown {
  if (value.arrayValue != null) return value.arrayValue.values.map(readValue);
  if (value.stringValue != null && value.stringValue !== '') return value.stringValue;
  if (value.intValue != null && value.intValue !== '0') return Number(value.intValue);
  if (value.doubleValue != null && value.doubleValue !== 0) return value.doubleValue;
  return value.boolValue ?? null;
}
