// The entry point `queryscope/otel`: apart, since it alone needs @opentelemetry/api.

export { type OtelOutputOptions, otelOutput } from './outputs/otel.js';
