// Every way to ask for something that makes no sense, with what is said to it; and what an option means where it does.

import { describe, expect, it } from 'vitest';
import { detectors } from '../src/detectors/index.js';
import { kindOf, nearestName, QueryscopeError } from '../src/errors.js';
import { defaults, settingsOf } from '../src/options.js';

const surroundings = { detectors, outputs: [], env: {}, cwd: process.cwd() };
const settings = (options: unknown, env: Record<string, string> = {}) => settingsOf(options, { ...surroundings, env });

const SECRET = 'postgres://app:s3cret@db/shop';

const refused: [name: string, options: unknown, message: RegExp][] = [
  ['no object', SECRET, /^bad-option: Option 'options' takes an object of options; a string came\./],
  ['null', null, /^bad-option: Option 'options' .* null came/],
  [
    'an unknown option',
    { detector: {} },
    /^unknown-option: There is no option 'detector'\. Did you mean 'detectors'\? There are: outputs, /,
  ],
  ['an option like none', { foo: 1 }, /^unknown-option: There is no option 'foo'\. There are: outputs, /],
  ['a name of every object', { constructor: 1 }, /^unknown-option: There is no option 'constructor'/],
  [
    'outputs that are no array',
    { outputs: { name: 'a', write() {} } },
    /^bad-option: Option 'outputs' takes an array of .* an object came/,
  ],
  [
    'an output that was not called',
    { outputs: [() => {}] },
    /^bad-option: .* a function came\. Please call the factory/,
  ],
  [
    'an output without write',
    { outputs: [{ name: 'a' }] },
    /^bad-option: .*`write\(report\)`; an object came\. Please give it both, or take a ready one: consoleOutput\(\)\./,
  ],
  [
    'an unknown detector',
    { detectors: { 'n-plus-won': false } },
    /^unknown-detector: There is no detector 'n-plus-won'\. Did you mean 'n-plus-one'\? There are: /,
  ],
  [
    'a detector set to a number',
    { detectors: { 'n-plus-one': 3 } },
    /^bad-option: Option 'detectors\['n-plus-one'\]\.severity' takes one of 'error', 'warning', 'info'/,
  ],
  [
    'a severity that is none',
    { detectors: { 'n-plus-one': { severity: 'fatal' } } },
    /^bad-option: .* a string came\. Please write true, false or \{ severity \}/,
  ],
  ['values', { values: 'all' }, /^bad-option: Option 'values' takes one of 'none', 'sample'; a string came/],
  [
    'callSites',
    { callSites: true },
    /^bad-option: Option 'callSites' takes one of 'auto', 'always', 'never'; true came/,
  ],
  ['enabled', { enabled: 'yes' }, /^bad-option: Option 'enabled' takes true or false; a string came\. .*QUERYSCOPE/],
  [
    'sampleRate over 1',
    { sampleRate: 10 },
    /^bad-option: Option 'sampleRate' takes a number from 0 to 1; 10 came\. Please write 0\.1 to record/,
  ],
  ['sampleRate NaN', { sampleRate: Number.NaN }, /NaN came/],
  [
    'an unknown limit',
    { limits: { statments: 1 } },
    /^unknown-option: .*'limits\.statments'\. Did you mean 'statements'\?/,
  ],
  [
    'a limit below 0',
    { limits: { settleMs: -1 } },
    /^bad-option: Option 'limits\.settleMs' takes a whole number, 0 or more; -1 came\. Please leave it out for 2000/,
  ],
  ['limits that are an array', { limits: [] }, /an array came/],
  ['allow without detector', { allow: [{ reason: 'x' }] }, /^bad-allow: allow needs a detector's id; undefined came/],
  [
    'allow with an unknown detector',
    { allow: [{ detector: 'n+1', reason: 'x' }] },
    /^unknown-detector: There is no detector 'n\+1'/,
  ],
  [
    'allow with a misspelled date',
    { allow: [{ detector: 'n-plus-one', reason: 'x', util: '2030-01-01' }] },
    /^bad-allow: allow knows no 'util'\. Did you mean 'until'\? It takes detector, reason and until\./,
  ],
  ['allow that is a text', { allow: [SECRET] }, /^bad-allow: allow needs a detector's id/],
  ['allow without reason', { allow: [{ detector: 'n-plus-one', reason: ' ' }] }, /^bad-allow: allow needs a reason/],
  [
    'allow until some day',
    { allow: [{ detector: 'n-plus-one', reason: 'x', until: 'friday' }] },
    /^bad-allow: allow's until needs an ISO date/,
  ],
  [
    'allow that is no array',
    { allow: { detector: 'n-plus-one', reason: 'x' } },
    /^bad-option: Option 'allow' takes an array/,
  ],
  ['root that is relative', { root: 'src' }, /^bad-option: Option 'root' takes an absolute directory; a string came/],
  [
    'pathMap to a number',
    { pathMap: { '/app': 1 } },
    /^bad-option: Option 'pathMap\['\/app'\]' takes the path to use instead; 1 came/,
  ],
  [
    'wrappers of functions',
    { wrappers: [() => {}] },
    /^bad-option: Option 'wrappers' takes file globs and function names; a function came/,
  ],
];

it.each(refused)('%s is refused', (_name, options, message) => {
  let error: unknown;
  try {
    settings(options);
  } catch (thrown) {
    error = thrown;
  }
  expect(error).toBeInstanceOf(QueryscopeError);
  const { code, message: said } = error as QueryscopeError;
  expect(`${code}: ${said}`).toMatch(message);
  expect(said).not.toContain(SECRET);
});

describe('options that are right', () => {
  it('are all left out as the table of defaults says', () => {
    const { detectors: chosen, root: _root, ...rest } = settings(undefined);
    expect(chosen).toEqual(detectors);
    expect(rest).toEqual({
      outputs: [],
      sample: defaults.values === ('sample' as string),
      callSites: defaults.callSites,
      enabled: true,
      sampleRate: defaults.sampleRate,
      limits: defaults.limits,
      allow: [],
      pathMap: {},
      wrappers: [],
    });
  });

  it('may be undefined, which is the same as left out', () => {
    expect(settings({ values: undefined, limits: { settleMs: undefined } })).toEqual(settings({}));
  });

  it('switch a detector off, or change its severity', () => {
    const { detectors: chosen } = settings({
      detectors: { 'n-plus-one': { severity: 'info' }, 'write-loop': false, 'duplicate-statement': true },
    });
    expect(chosen.map(({ meta }) => `${meta.id} ${meta.severity}`)).toEqual(
      detectors
        .filter(({ meta }) => meta.id !== 'write-loop')
        .map(({ meta }) => `${meta.id} ${meta.id === 'n-plus-one' ? 'info' : meta.severity}`),
    );
  });

  it('set single limits', () => {
    expect(settings({ limits: { settleMs: 0 } }).limits).toEqual({ ...defaults.limits, settleMs: 0 });
  });

  it.each<[options: object, env: Record<string, string>, enabled: boolean]>([
    [{}, {}, true],
    [{}, { NODE_ENV: 'test' }, true],
    [{}, { NODE_ENV: 'production' }, false],
    [{}, { NODE_ENV: 'production', QUERYSCOPE: '1' }, true],
    [{ enabled: true }, { NODE_ENV: 'production' }, true],
    [{}, { QUERYSCOPE: '0' }, false],
    [{ enabled: true }, { QUERYSCOPE: '0' }, true],
    [{ enabled: false }, { QUERYSCOPE: '1' }, false],
  ])('%o with %o is enabled: %s', (options, env, enabled) => expect(settings(options, env).enabled).toBe(enabled));
});

describe('what a message says', () => {
  it.each<[unknown, string]>([
    [undefined, 'undefined'],
    [null, 'null'],
    [[], 'an array'],
    [{}, 'an object'],
    [SECRET, 'a string'],
    [1, '1'],
    [true, 'true'],
    [Number.POSITIVE_INFINITY, 'Infinity'],
    [() => {}, 'a function'],
  ])('of %o: %s', (value, kind) => expect(kindOf(value)).toBe(kind));

  it.each<[string, string | null]>([
    ['Enabled', 'enabled'],
    ['enable', 'enabled'],
    ['sample_rate', 'sampleRate'],
    ['rate', null],
    ['rot', 'root'],
    ['foo', null],
  ])('%s was meant to be %s', (name, meant) =>
    expect(nearestName(name, ['enabled', 'sampleRate', 'root'])).toBe(meant),
  );
});
