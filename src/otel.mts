// The entry point `queryscope/otel` for `import`: the CommonJS one under the same names, so that both ways share one state.

export type * from './otel.js';
export { otelOutput, QueryscopeSpanProcessor } from './otel.js';
