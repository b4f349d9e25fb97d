// The entry point `queryscope/vitest/plugin` for `import`: the CommonJS one under the same names, so that both ways share one state.

export type * from './vitest-plugin.js';
export { queryscope, queryscope as default } from './vitest-plugin.js';
