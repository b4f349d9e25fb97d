// What `queryscope` exports, and the defaults that only the entry point knows.

import { afterEach, describe, expect, it, vi } from 'vitest';
import { state } from '../src/capture/state.js';
import * as queryscope from '../src/index.js';

afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  state.told.clear();
});

const told = () => {
  const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  return () => write.mock.calls.map(([text]) => text).join('');
};

it('exports the public surface and nothing else', () => {
  expect(Object.keys(queryscope).sort()).toEqual([
    'QueryscopeError',
    'allow',
    'consoleOutput',
    'createProfiler',
    'defaults',
  ]);
});

it('gives all profilers without outputs one console', async () => {
  const lines = told();
  const profilers = [queryscope.createProfiler(), queryscope.createProfiler()];
  await new Promise((resume) => setImmediate(resume));
  const printed = () => lines().match(/^queryscope {3}/gm);
  expect(printed()).toHaveLength(1);
  await profilers[0]?.close();
  expect(printed()).toHaveLength(1);
  await profilers[1]?.close();
  expect(printed()).toHaveLength(2);
});

describe('in production', () => {
  it('is off, and says so once', async () => {
    vi.stubEnv('NODE_ENV', 'production');
    vi.stubEnv('QUERYSCOPE', undefined);
    const lines = told();
    const profilers = [queryscope.createProfiler(), queryscope.createProfiler()];
    expect(profilers.map(({ enabled }) => enabled)).toEqual([false, false]);
    expect(lines()).toBe(
      'queryscope: off, because NODE_ENV is production; QUERYSCOPE=1 or the option `enabled` turns it on\n',
    );
    for (const profiler of profilers) await profiler.close();
  });

  it.each<[string, object, string | undefined, boolean]>([
    ['`enabled` asks for it', { enabled: true }, undefined, true],
    ['QUERYSCOPE=1 asks for it', {}, '1', true],
    ['`enabled` is false', { enabled: false }, undefined, false],
    ['QUERYSCOPE=0 is set', {}, '0', false],
  ])('says nothing where %s', async (_name, options, env, enabled) => {
    vi.stubEnv('NODE_ENV', 'production');
    vi.stubEnv('QUERYSCOPE', env);
    const lines = told();
    const profiler = queryscope.createProfiler({ outputs: [], ...options });
    expect([profiler.enabled, lines()]).toEqual([enabled, '']);
    await profiler.close();
  });
});

describe('QUERYSCOPE that is neither 1 nor 0', () => {
  it.each([
    ['development', 'on', true],
    ['production', 'off', false],
  ])('is told once, and does not count: in %s it is %s', async (environment, outcome, enabled) => {
    vi.stubEnv('NODE_ENV', environment);
    vi.stubEnv('QUERYSCOPE', 'maybe');
    const lines = told();
    const profilers = [1, 2].map(() => queryscope.createProfiler({ outputs: [] }));
    expect(profilers.map((profiler) => profiler.enabled)).toEqual([enabled, enabled]);
    expect(lines()).toBe(
      `queryscope: QUERYSCOPE takes 1 (on) or 0 (off) and is set to neither, so it is ${outcome}, as NODE_ENV has it\n`,
    );
    for (const profiler of profilers) await profiler.close();
  });

  it.each<[string, object, string]>([
    ['it is empty', {}, ''],
    ['`enabled` decides', { enabled: true }, 'maybe'],
  ])('is not told where %s', async (_name, options, value) => {
    vi.stubEnv('QUERYSCOPE', value);
    const lines = told();
    await queryscope.createProfiler({ outputs: [], ...options }).close();
    expect(lines()).toBe('');
  });
});

describe('QUERYSCOPE_OUTPUT', () => {
  const outputsFor = async (value: string) => {
    state.defaultOutputs = null;
    vi.stubEnv('QUERYSCOPE_OUTPUT', value);
    await queryscope.createProfiler({ enabled: false }).close();
    return (state.defaultOutputs as readonly { name: string }[] | null)?.map(({ name }) => name);
  };
  afterEach(() => {
    state.defaultOutputs = null;
  });

  it.each([
    ['', ['console']],
    ['console', ['console']],
    ['json', ['json']],
    [' json , console,json', ['json', 'console']],
  ])('of %j names the outputs where none are given', async (value, names) => {
    const lines = told();
    expect([await outputsFor(value), lines()]).toEqual([names, '']);
  });

  it.each([
    ['xml', ['console']],
    ['xml,json', ['json']],
    ['toString', ['console']],
  ])('of %j is told once, and what there is counts', async (value, names) => {
    const lines = told();
    expect([await outputsFor(value), await outputsFor(value)]).toEqual([names, names]);
    expect(lines()).toMatch(
      /^queryscope: QUERYSCOPE_OUTPUT takes names of outputs \(console, json, html\), as in console,json; .*\n$/,
    );
  });

  it('gives way to outputs that are given', async () => {
    state.defaultOutputs = null;
    vi.stubEnv('QUERYSCOPE_OUTPUT', 'json');
    await queryscope.createProfiler({ outputs: [], enabled: false }).close();
    expect(state.defaultOutputs).toBeNull();
  });
});
