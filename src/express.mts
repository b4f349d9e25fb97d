// The entry point `queryscope/express` for `import`: the CommonJS one under the same names, so that both ways share one state.

export type * from './express.js';
export { queryscope } from './express.js';
