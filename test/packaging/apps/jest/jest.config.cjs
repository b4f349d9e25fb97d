// ts-jest as its guide sets it up: type check included, modules found the way of Node 10. Two projects run the same file, with
// --runInBand in one process: each has module instances of its own, and so a second copy of queryscope.

const project = (displayName) => ({
  displayName,
  testEnvironment: 'node',
  transform: {
    '\\.ts$': [
      'ts-jest',
      { tsconfig: { module: 'commonjs', esModuleInterop: true, strict: true, types: ['node', 'jest'] } },
    ],
  },
});

module.exports = { projects: [project('first'), project('second')] };
