// The entry point for `import`: names of the CommonJS one and nothing else, so that a process that loads queryscope both ways has
// one state. A test holds the two lists equal.

export type * from './index.js';
export { allow, consoleOutput, createProfiler, defaults, QueryscopeError } from './index.js';
