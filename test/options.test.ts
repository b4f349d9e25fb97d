// Every way to ask for something that makes no sense, with what is said to it; and what an option means where it does.

import { describe, expect, it } from 'vitest';
import { detectors } from '../src/detectors/index.js';
import { kindOf, nearestName, QueryscopeError } from '../src/errors.js';
import { defaults, settingsOf } from '../src/options.js';
import { viewOf } from '../src/profile/views.js';
import { profileOf } from './support/timeline.js';

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
  [
    'an unknown setting of a detector',
    { detectors: { 'n-plus-one': { severity: 'info', max: 3 } } },
    /^unknown-option: There is no option 'detectors\['n-plus-one'\]\.max'/,
  ],
  [
    'a budget that is only switched on',
    { detectors: { 'statement-budget': true } },
    /^bad-option: Option 'detectors\['statement-budget'\]' takes false, or settings: .*; true came\. Please write \{ max: 30/,
  ],
  [
    'a budget without a number',
    { detectors: { 'statement-budget': { severity: 'error' } } },
    /^bad-option: Option 'detectors\['statement-budget'\]' takes at least one setting; an object came/,
  ],
  [
    'a budget that is no count',
    { detectors: { 'statement-budget': { max: 1.5 } } },
    /^bad-option: Option 'detectors\['statement-budget'\]\.max' takes a whole number of statements, 0 or more; 1\.5 came/,
  ],
  [
    'a budget by label that is no count',
    { detectors: { 'statement-budget': { labels: { 'GET /': '9' } } } },
    /^bad-option: Option 'detectors\['statement-budget'\]\.labels' takes an object of such numbers by label/,
  ],
  [
    'a setting of another detector',
    { detectors: { 'slow-statement': { rows: 3 } } },
    /^unknown-option: There is no option 'detectors\['slow-statement'\]\.rows'\. .*There are: ms, severity\./,
  ],
  [
    'a threshold of no time',
    { detectors: { 'slow-statement': { ms: 0 } } },
    /^bad-option: Option 'detectors\['slow-statement'\]\.ms' takes milliseconds, more than 0; 0 came\. Please write \{ ms: 200 \}/,
  ],
  [
    'a threshold of half a row',
    { detectors: { 'large-result': { rows: 0.5 } } },
    /^bad-option: Option 'detectors\['large-result'\]\.rows' takes a whole number of rows, 1 or more; 0\.5 came/,
  ],
  [
    'settings that are a number',
    { detectors: { 'large-result': 5000 } },
    /^bad-option: Option 'detectors\['large-result'\]' takes true, false or settings; 5000 came\. Please write \{ rows: 5000 \}/,
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
    /^bad-option: Option 'sampleRate' takes a number from 0 to 1, 'auto', or a function of the request that answers one of these; 10 came\. Please write 0\.1 to record/,
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
    'allow until a day that there is not',
    { allow: [{ detector: 'n-plus-one', reason: 'x', until: '2026-02-31' }] },
    /^bad-allow: allow's until needs an ISO date/,
  ],
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

it.each([{ detectors: { 'torn-write': false } }, { allow: [{ detector: 'torn-write', reason: 'x' }] }])(
  'a detector of the contract that this version does not have: %j',
  (options) => {
    const older = { ...surroundings, detectors: detectors.filter(({ meta }) => meta.id !== 'torn-write') };
    expect(() => settingsOf(options, older)).toThrow(
      /^This version has no detector 'torn-write' yet, so to name it would have no effect\. .* There are: n-plus-one, /,
    );
  },
);

describe('options that are right', () => {
  it('are all left out as the table of defaults says', () => {
    const { detectors: chosen, root: _root, ...rest } = settings(undefined);
    expect(chosen).toEqual(detectors.filter(({ settings: own }) => !own?.required));
    expect(rest).toEqual({
      outputs: [],
      sample: defaults.values === ('sample' as string),
      catalogue: defaults.catalogue,
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
        .filter(({ meta, settings: own }) => meta.id !== 'write-loop' && !own?.required)
        .map(({ meta }) => `${meta.id} ${meta.id === 'n-plus-one' ? 'info' : meta.severity}`),
    );
  });

  it('give a detector what it judges by', () => {
    const thresholds = (options: object) =>
      settings({ detectors: options }).detectors.flatMap((detector) => {
        const timeline = ['select * from a -- took 60 rows 20', 'select * from b -- took 600 rows 2000'].join('\n');
        const { evidence } = detector.detect(viewOf(profileOf(timeline)));
        return evidence.map(({ statements }) => `${detector.meta.id} ${detector.meta.severity} ${statements}`);
      });
    expect(thresholds({})).toEqual(['large-result info 1', 'slow-statement info 1']);
    expect(thresholds({ 'slow-statement': true, 'large-result': { severity: 'warning' } })).toEqual([
      'large-result warning 1',
      'slow-statement info 1',
    ]);
    expect(
      thresholds({
        'slow-statement': { ms: 60 },
        'large-result': { rows: 20, severity: undefined },
        'statement-budget': { max: 1, severity: 'error' },
      }),
    ).toEqual([
      'large-result info 0',
      'large-result info 1',
      'slow-statement info 0',
      'slow-statement info 1',
      'statement-budget error 0,1',
    ]);
    expect(thresholds({ 'slow-statement': false, 'large-result': false, 'statement-budget': false })).toEqual([]);
  });

  it('leave the budget off until it is given one', () => {
    const ids = (options: object) => settings(options).detectors.map(({ meta }) => meta.id);
    expect(ids({})).not.toContain('statement-budget');
    expect(ids({ detectors: { 'statement-budget': { labels: { 'GET /': 3 } } } })).toContain('statement-budget');
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
    ['oort', null],
    ['roto', 'root'],
    ['foo', null],
  ])('%s was meant to be %s', (name, meant) =>
    expect(nearestName(name, ['enabled', 'sampleRate', 'root'])).toBe(meant),
  );
});
