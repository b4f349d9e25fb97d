// The entry point `queryscope/html` for `import`: the CommonJS one under the same names, so that both ways share one state.

export type * from './html.js';
export { htmlOutput, pageOf } from './html.js';
