// Jest as the guide of ts-jest sets it up, with queryscope in each test file, and its reporter beside Jest's own.

module.exports = {
  testEnvironment: 'node',
  setupFilesAfterEnv: ['queryscope/jest'],
  reporters: ['default', 'queryscope/jest/reporter'],
  transform: {
    '\\.ts$': [
      'ts-jest',
      {
        tsconfig: {
          target: 'es2022',
          module: 'commonjs',
          esModuleInterop: true,
          strict: true,
          types: ['node', 'jest'],
        },
      },
    ],
  },
};
