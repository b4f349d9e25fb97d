// The entry point `queryscope/prisma` for `import`: the CommonJS one under the same names, so that both ways share one state.

export type * from './prisma.js';
export { queryscope } from './prisma.js';
