// A collector small enough to read: takes spans over OTLP/HTTP, as JSON, and draws them as trees.

import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';

/** The part of a span that is drawn. */
interface Span {
  spanId: string;
  parentSpanId?: string;
  name: string;
  startTimeUnixNano: string;
  endTimeUnixNano: string;
  attributes: { key: string; value: { stringValue?: string; intValue?: number } }[];
  events: { attributes: Span['attributes'] }[];
  status: { code?: number };
}

interface Body {
  resourceSpans: { scopeSpans: { spans: Span[] }[] }[];
}

const ERROR = 2;

export class Collector {
  readonly #spans: Span[] = [];
  readonly #server: Server;

  private constructor() {
    this.#server = createServer(async (request, response) => {
      const { resourceSpans } = (await json(request)) as Body;
      this.#spans.push(...resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans)));
      response.end('{}');
    });
  }

  static async start(): Promise<Collector> {
    const collector = new Collector();
    collector.#server.listen(0, '127.0.0.1');
    await once(collector.#server, 'listening');
    return collector;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/v1/traces`;
  }

  /** All that came, one line a span, in the order of time; equal neighbours are one line. */
  drawing(): string {
    const spans = this.#spans.toSorted((a, b) => Number(BigInt(a.startTimeUnixNano) - BigInt(b.startTimeUnixNano)));
    const ids = new Set(spans.map(({ spanId }) => spanId));
    const below = (isInside: (parent: string) => boolean, depth: number): string[] =>
      spans
        .filter(({ parentSpanId = '' }) => isInside(parentSpanId))
        .flatMap((span) => [
          ...linesOf(span).map((line) => '  '.repeat(depth) + line),
          ...below((parent) => parent === span.spanId, depth + 1),
        ]);
    return folded(below((parent) => !ids.has(parent), 1)).join('\n');
  }

  stop(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}

/** Its name, how it ended, and the events on it. */
function linesOf({ name, attributes, events, status }: Span): string[] {
  const label = textIn(attributes, 'queryscope.label');
  const failed = status.code === ERROR ? ` ✖ ${textIn(attributes, 'db.response.status_code') ?? ''}` : '';
  return [
    `${name}${label === undefined ? '' : ` ${label}`}${failed}`.trimEnd(),
    ...events.map(
      (event) =>
        `  ! ${textIn(event.attributes, 'queryscope.finding.detector')} ${textIn(event.attributes, 'queryscope.finding.confidence')}: ${textIn(event.attributes, 'queryscope.finding.message')}`,
    ),
  ];
}

function textIn(attributes: Span['attributes'], name: string): string | undefined {
  return attributes.find(({ key }) => key === name)?.value.stringValue;
}

/** `select users` ten times in a row is `10× select users`. */
function folded(lines: readonly string[]): string[] {
  const runs: { line: string; times: number }[] = [];
  for (const line of lines) {
    const last = runs.at(-1);
    if (last?.line === line) last.times += 1;
    else runs.push({ line, times: 1 });
  }
  return runs.map(({ line, times }) => (times === 1 ? line : line.replace(/\S/, (first) => `${times}× ${first}`)));
}
