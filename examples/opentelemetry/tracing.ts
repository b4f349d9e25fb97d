// What an app with OpenTelemetry has anyway: a provider that exports over OTLP/HTTP, and a span for each request. queryscope's part is in demo.ts.

import { context, SpanKind, trace } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { BatchSpanProcessor, NodeTracerProvider } from '@opentelemetry/sdk-trace-node';
import type { RequestHandler } from 'express';

/** Exports to a collector's address, `http://127.0.0.1:4318/v1/traces`. */
export function startTracing(url: string): NodeTracerProvider {
  const provider = new NodeTracerProvider({ spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter({ url }))] });
  provider.register();
  return provider;
}

/** In place of an instrumentation of HTTP: a span around each request, which ends with its response. */
export const traced: RequestHandler = (request, response, next) => {
  const span = trace.getTracer('example').startSpan(request.method, { kind: SpanKind.SERVER });
  response.once('finish', () => span.end());
  context.with(trace.setSpan(context.active(), span), next);
};
