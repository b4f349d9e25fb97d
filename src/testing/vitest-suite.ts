// What `queryscope/vitest` adds to Vitest: matchers on its `expect`, and a capture around each test of the file. Vitest is handed in, since it can only be
// imported by ES modules, and is declared here as far as it is used.

import type { OpenTest } from '../profiler.js';
import { type Matchers, matchersWith, type Snapshots } from './matchers.js';
import { type Heard, openTest } from './running-tests.js';

export { loadJudgingBy } from './load-judging.js';
export { captureOfTest } from './running-tests.js';
export type { SuitePlace } from './suite-place.js';
export { joinSuite } from './suite-worker.js';
export { closeTestProfiler, writeByDefaultTo } from './test-profiler.js';

/** A test, or a suite around it, as the runner knows it. */
interface Task {
  readonly name: string;
  readonly suite?: Task | undefined;
}

interface TestTask extends Task {
  readonly file: Task;
  readonly result?: { readonly errors?: readonly unknown[] | undefined } | undefined;
}

type Hook = (context: { task: TestTask }) => unknown;

export interface VitestSlice {
  readonly expect: { extend(matchers: Matchers): void };
  readonly Snapshots: Snapshots;
  /** The hooks of a suite, as they will be called. */
  readonly TestRunner: { getSuiteHooks(suite: Task): { beforeEach: Hook[]; afterEach: Hook[] } };
  aroundEach(hook: (runTest: () => Promise<void>, context: { task: TestTask }) => Promise<void>): void;
}

export function addMatchers({ expect, Snapshots }: VitestSlice): void {
  expect.extend(matchersWith(Snapshots));
}

/** The tests that run now: one that is captured by a setup file is not captured again for its own file. */
const open = new WeakMap<Task, OpenTest>();

/** To be called once for each test file while it is collected. Hooks are in no capture, as they fill and empty the database. */
export function captureEachTest({ aroundEach, TestRunner }: VitestSlice, heard: Heard = null): void {
  aroundEach(async (runTest, { task }) => {
    if (open.has(task)) return runTest();
    markCode(TestRunner.getSuiteHooks(task.suite ?? task.file));
    const test = await openTest(task, fullNameOf(task));
    open.set(task, test);
    try {
      await test.run(runTest);
    } finally {
      open.delete(task);
    }
    if (heard === null || task.result?.errors?.length) return test.end();
    const report = await test.report();
    if (report !== null) heard(report);
  });
}

const marked = new WeakSet<object>();

/** The code of a test begins when its last hook is done, and is over when the first one after it is called. There are no hooks inside the innermost suite's. */
function markCode({ beforeEach, afterEach }: { beforeEach: Hook[]; afterEach: Hook[] }): void {
  if (marked.has(beforeEach)) return;
  marked.add(beforeEach);
  for (const [i, hook] of beforeEach.entries()) beforeEach[i] = followed(hook);
  beforeEach.push(({ task }) => {
    const begin = () => open.get(task)?.begin();
    return hooksOf.get(task)?.then(begin) ?? begin();
  });
  // They are called from the last to the first, unless `sequence.hooks` says otherwise: the first call counts.
  const leave: Hook = ({ task }) => open.get(task)?.leave();
  afterEach.push(leave);
  afterEach.unshift(leave);
}

/** Settles when all hooks are done that the innermost suite has called before this test: with `sequence.hooks: 'parallel'` they are under way when the last one is called. */
const hooksOf = new WeakMap<Task, Promise<unknown>>();

/** A hook that is waited for. Vitest hangs what it knows of a hook on the function. */
function followed(hook: Hook): Hook {
  return new Proxy(hook, {
    apply(target, self, args: Parameters<Hook>) {
      const done = Reflect.apply(target, self, args);
      const [{ task }] = args;
      hooksOf.set(task, Promise.allSettled([hooksOf.get(task), done]));
      return done;
    },
  });
}

/** `lists > chats > of one user`. */
function fullNameOf(task: Task): string {
  const names: string[] = [];
  for (let at: Task | undefined = task; at !== undefined; at = at.suite) if (at.name !== '') names.unshift(at.name);
  return names.join(' > ');
}
