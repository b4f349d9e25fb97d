// What an app with OpenTelemetry loads before itself (`--import`): the SDK with the instrumentations of HTTP, Express and pg, and in place of a collector an exporter that
// writes files as the collector's file exporter does. Settings come from the environment.

import { appendFileSync } from 'node:fs';
import { ExpressInstrumentation } from '@opentelemetry/instrumentation-express';
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http';
import { PgInstrumentation } from '@opentelemetry/instrumentation-pg';
import { JsonTraceSerializer, ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  BatchSpanProcessor,
  NodeTracerProvider,
  type ReadableSpan,
  type SpanExporter,
} from '@opentelemetry/sdk-trace-node';

const { TRACES, SERVICE, WITH_VALUES } = process.env;

/** JSON in a line each, and protobuf with the length before it. */
const toFiles: SpanExporter = {
  export(spans: ReadableSpan[], done) {
    appendFileSync(`${TRACES}.json`, `${Buffer.from(JsonTraceSerializer.serializeRequest(spans) ?? [])}\n`);
    const bytes = Buffer.from(ProtobufTraceSerializer.serializeRequest(spans) ?? []);
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    appendFileSync(`${TRACES}.bin`, Buffer.concat([length, bytes]));
    done({ code: 0 });
  },
  shutdown: async () => {},
};

// So few at once that a request is in several messages.
const provider = new NodeTracerProvider({
  resource: resourceFromAttributes({ 'service.name': SERVICE ?? 'chats' }),
  spanProcessors: [new BatchSpanProcessor(toFiles, { maxExportBatchSize: 7, scheduledDelayMillis: 5 })],
});
provider.register();

new HttpInstrumentation();
new ExpressInstrumentation();
new PgInstrumentation({ enhancedDatabaseReporting: WITH_VALUES === '1' });

process.once('beforeExit', () => void provider.shutdown());
