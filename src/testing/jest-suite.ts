// What `queryscope/jest` adds to Jest: matchers on its `expect`, and a capture around each test, by the events of jest-circus. Jest gives each test file modules of its own, so this
// is done once for each; Node's own modules are shared, so what was patched there is put back after the file.

import { QueryscopeError } from '../errors.js';
import type { OpenTest } from '../profiler.js';
import { type Matchers, matchersWith, type Snapshots } from './matchers.js';
import { captureOfTest, type Heard, openTest, type TestCapture } from './running-tests.js';

/** A test as jest-circus knows it. */
interface CircusTest {
  readonly name: string;
  readonly parent?: { readonly name: string; readonly parent?: CircusTest['parent'] };
  readonly concurrent?: boolean;
  readonly errors: unknown[];
  fn?: TestFn;
}

type TestFn = (this: unknown, ...args: unknown[]) => unknown;

interface CircusEvent {
  readonly name: string;
  readonly test?: CircusTest;
}

interface JestGlobals {
  readonly expect?: { extend(matchers: Matchers): void };
  afterAll?(hook: () => Promise<void>): void;
  /** jest-circus keeps those who listen here, for all its copies. */
  [EVENT_HANDLERS]?: ((event: CircusEvent) => unknown)[];
}

const EVENT_HANDLERS = Symbol.for('EVENT_HANDLERS');
const globals = globalThis as JestGlobals;

/** Puts the matchers on `expect`. Throws a QueryscopeError outside a test file of Jest. */
export function addMatchers(): void {
  if (globals.expect === undefined) {
    throw new QueryscopeError(
      'bad-expectation',
      'queryscope/jest is loaded where no `expect` of Jest is: name it in setupFilesAfterEnv, or import it in a test file.',
    );
  }
  globals.expect.extend(matchersWith(snapshots));
}

/** The test that runs now. Tests that run at once have none: their captures are their own. */
let current: object | null = null;

/** The capture of the test that runs. */
export const queryscope: TestCapture = {
  report: () => captureOfTest(current ?? globals).report(),
  capture: ((...args: Parameters<TestCapture['capture']>) =>
    captureOfTest(current ?? globals).capture(...args)) as TestCapture['capture'],
};

/** Runs the code of each test in a capture: the test's function, and no hook. */
export function captureEachTest(hearing: Promise<Heard>): void {
  const running = new WeakMap<CircusTest, OpenTest>();
  let heard: Heard = null;
  const begin = async (test: CircusTest) => {
    const { fn } = test;
    if (fn === undefined || test.concurrent) return;
    heard = await hearing;
    const open = await openTest(test, fullNameOf(test));
    running.set(test, open);
    current = test;
    open.begin();
    test.fn = sameForm(fn, function run(...args) {
      return open.run(() => Reflect.apply(fn, this, args));
    });
  };
  const end = async (test: CircusTest, passed: boolean) => {
    const open = running.get(test);
    current = null;
    if (heard === null || !passed) return open?.end();
    try {
      const report = await open?.report();
      if (report) heard(report);
    } catch (error) {
      test.errors.push(error);
    }
  };
  globals[EVENT_HANDLERS]?.push(({ name, test }) => {
    if (test === undefined) return undefined;
    if (name === 'test_fn_start') return begin(test);
    if (name === 'test_fn_success' || name === 'test_fn_failure') return end(test, name === 'test_fn_success');
    return undefined;
  });
}

/** To be called at the top of the file; Jest refuses it inside a test. */
export function whenFileEnds(hook: () => Promise<void>): void {
  globals.afterAll?.(hook);
}

/** Jest hands a function that has a parameter a callback. */
function sameForm(fn: TestFn, replacement: TestFn): TestFn {
  return Object.defineProperty(replacement, 'length', { value: fn.length, configurable: true });
}

/** `chats > of one user`: what is outermost is the file. */
function fullNameOf(test: CircusTest): string {
  const names: string[] = [test.name];
  for (let at = test.parent; at?.parent !== undefined; at = at.parent) names.unshift(at.name);
  return names.join(' > ');
}

/** Jest's own, which a suite that compares no snapshot need not have within reach. An argument that is not given must not be there. */
const snapshots: Snapshots = {
  toMatchSnapshot(...args) {
    return ownSnapshots().toMatchSnapshot.apply(this, args);
  },
  toMatchInlineSnapshot(...args) {
    return ownSnapshots().toMatchInlineSnapshot.apply(this, args);
  },
};

function ownSnapshots(): Snapshots {
  try {
    return require('jest-snapshot');
  } catch (cause) {
    throw new QueryscopeError(
      'bad-expectation',
      'Snapshots of statements need the package jest-snapshot, which is not within reach of queryscope: npm install -D jest-snapshot.',
      { cause },
    );
  }
}
