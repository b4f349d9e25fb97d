// The entry point `queryscope/otel`: what gives to OpenTelemetry and what takes from it. Apart, since it alone needs @opentelemetry/api.

import { detectors } from './detectors/index.js';
import { type ProfilerOptions, settingsOf } from './options.js';
import { consoleOutput } from './outputs/console.js';
import { QueryscopeSpanProcessor as SpanProcessor } from './span-processor.js';

export { type OtelOutputOptions, otelOutput } from './outputs/otel.js';

/** What spans can be judged by: the rest of a profiler's options is about what the driver shows. */
export type SpanProcessorOptions = Pick<ProfilerOptions, 'outputs' | 'detectors' | 'values' | 'limits'>;

/**
 * Judges the traces that any instrumentation of this process makes (pg, mysql2, Prisma …): a span processor for its tracer provider. Reports go to the
 * console unless `outputs` says otherwise. Nothing is proven where no values are seen, and nothing is said of transactions: no span tells its connection.
 * Throws a QueryscopeError where an option is unknown or makes no sense.
 */
export class QueryscopeSpanProcessor extends SpanProcessor {
  constructor(options: SpanProcessorOptions = {}) {
    super(settingsOf(options, { detectors, outputs: [consoleOutput()], env: process.env, cwd: process.cwd() }));
  }
}
