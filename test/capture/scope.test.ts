// When a scope closes, what belongs to it and what comes after it; without a driver, statements are noted by hand.

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Allowance, runAllowed } from '../../src/capture/context.js';
import { currentScope, openScope, type Scope } from '../../src/capture/scope.js';
import { state } from '../../src/capture/state.js';
import { RecordingKeeper } from './recording.js';

const OK = { status: 200, error: null, aborted: false };

let keeper: RecordingKeeper;

beforeEach(() => {
  keeper = new RecordingKeeper();
});

afterEach(() => expect(state.openScopes).toBe(0));

const turn = () => new Promise<void>((resume) => setImmediate(resume));
const turns = async (count: number) => {
  for (let i = 0; i < count; i++) await turn();
};

/** Notes a statement; answers how to answer it. */
function send(scope: Scope, text = 'select 1'): () => void {
  const sending = { connection: null, stack: null, waitMs: 0, via: null, late: scope.late, allowed: null };
  const note = scope.recorder.note(text, null, sending);
  if (note === null) throw new Error('over the cap');
  return () => {
    if (scope.closed) return;
    scope.recorder.answer(note, { rows: [] });
    scope.answered();
  };
}

const shown = () =>
  keeper.closed.map(
    ({ label, notes }) => `${label}: ${notes.map(({ text, late }) => (late ? `${text} (late)` : text)).join(', ')}`,
  );

describe('a scope closes', () => {
  it('one turn after its end where nothing is in flight', async () => {
    const scope = openScope(keeper, 'request', 'GET /');
    scope.end(OK);
    expect(scope.closed).toBe(false);
    await turns(2);
    expect(scope.closed).toBe(true);
  });

  it('when the last statement is answered, and not before', async () => {
    const scope = openScope(keeper, 'request', 'GET /');
    const answers = [send(scope, 'a'), send(scope, 'b')];
    scope.end(OK);
    await turns(3);
    answers[0]!();
    await turns(3);
    expect(scope.closed).toBe(false);
    answers[1]!();
    await turns(3);
    expect(shown()).toEqual(['GET /: a, b']);
  });

  it('with what the app sends on an answer, marked as late', async () => {
    const scope = openScope(keeper, 'request', 'GET /');
    const answer = send(scope, 'a');
    scope.end(OK);
    answer();
    await Promise.resolve();
    const next = send(scope, 'b');
    await turns(3);
    next();
    await turns(3);
    expect(shown()).toEqual(['GET /: a, b (late)']);
  });

  it('after settleMs at the latest, and does not change any more', async () => {
    keeper = new RecordingKeeper({ settleMs: 20 });
    const scope = openScope(keeper, 'request', 'GET /');
    const answer = send(scope);
    scope.end(OK);
    await scope.reported();
    answer();
    expect(keeper.closed[0]?.notes[0]?.answeredAt).toBeNull();
  });

  it('once, with the first end', async () => {
    const outcomes: unknown[] = [];
    keeper.conclude = async (scope) => outcomes.push(scope.outcome);
    const scope = openScope(keeper, 'request', 'GET /');
    scope.end({ status: 500, error: null, aborted: false });
    scope.end(OK);
    await turns(3);
    scope.end(OK);
    await turns(3);
    expect(outcomes).toEqual([{ status: 500, error: null, aborted: false }]);
  });

  it('under fake timers too', async () => {
    vi.useFakeTimers();
    try {
      const scope = openScope(keeper, 'request', 'GET /');
      const reported = scope.reported();
      scope.end(OK);
      await reported;
      expect(scope.closed).toBe(true);
    } finally {
      vi.useRealTimers();
    }
  });

  it('outside any scope, holding nothing', async () => {
    let inside: Scope | null | undefined;
    const conclude = keeper.conclude.bind(keeper);
    keeper.conclude = async (scope) => {
      inside = currentScope();
      return conclude(scope);
    };
    const scope = openScope(keeper, 'request', 'GET /');
    send(scope)();
    scope.run(() => scope.end(OK));
    await scope.reported();
    expect([inside, [...scope.recorder.notes], scope.children]).toEqual([null, [], []]);
  });

  it('also where its keeper fails', async () => {
    const told = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    keeper.conclude = () => Promise.reject(new Error('secret'));
    const scope = openScope(keeper, 'request', 'GET /');
    scope.end(OK);
    expect(await scope.reported()).toBeNull();
    expect(told.mock.calls.join()).toMatch(/^queryscope: .*Error/);
    expect(told.mock.calls.join()).not.toContain('secret');
    told.mockRestore();
  });
});

describe('its label', () => {
  it.each<[string, (scope: Scope) => void, string]>([
    ['is what it was opened with', () => {}, 'first'],
    ['is the last one before the end', (scope) => scope.relabel('second'), 'second'],
    ['is asked for at the end', (scope) => scope.relabel(() => 'asked'), 'asked'],
  ])('%s', async (_name, relabel, label) => {
    const scope = openScope(keeper, 'request', 'first');
    relabel(scope);
    scope.end(OK);
    scope.relabel('too late');
    await scope.reported();
    expect(keeper.closed.map((closed) => closed.label)).toEqual([label]);
  });

  it('falls back to the kind where it cannot be asked for', async () => {
    const told = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    const scope = openScope(keeper, 'request', () => {
      throw new Error('no route');
    });
    scope.end(OK);
    await scope.reported();
    told.mockRestore();
    expect(keeper.closed.map(({ label, notices }) => [label, notices])).toEqual([['request', ['internal-error']]]);
  });
});

describe('after it has closed', () => {
  async function closedScope(): Promise<Scope> {
    const scope = openScope(keeper, 'request', 'GET /');
    scope.end(OK);
    await scope.reported();
    return scope;
  }

  it('statements that follow one another share a scope of their own', async () => {
    const scope = await closedScope();
    send(scope.after([]), 'a')();
    send(scope.after([]), 'b')();
    await turns(3);
    expect(shown()).toEqual(['GET /: ', 'after GET /: a, b']);
    expect(keeper.closed.map(({ kind, parent }) => [kind, parent])).toEqual([
      ['request', null],
      ['job', scope.id],
    ]);
  });

  it('statements with a pause between them have one each', async () => {
    const scope = await closedScope();
    send(scope.after([]), 'a')();
    await turns(3);
    send(scope.after([]), 'b')();
    await turns(3);
    expect(shown()).toEqual(['GET /: ', 'after GET /: a', 'after GET /: b']);
  });

  it('they belong to the scope around, where that is still open', async () => {
    const test = openScope(keeper, 'test', 'a test');
    const request = test.run(() => openScope(keeper, 'request', 'GET /'));
    request.end(OK);
    await request.reported();
    send(request.after([]), 'a')();
    test.end(OK);
    await test.reported();
    expect(keeper.closed.map(({ label, children }) => [label, children])).toEqual([
      ['GET /', []],
      ['after GET /', []],
      ['a test', ['GET /', 'after GET /']],
    ]);
  });
});

describe('a scope inside another', () => {
  it('shadows it and is a child of its report', async () => {
    const outer = openScope(keeper, 'job', 'outer');
    const [inner, seen] = outer.run(() => {
      const scope = openScope(keeper, 'job', 'inner');
      return [scope, [currentScope(), scope.run(currentScope), currentScope()]];
    });
    expect(seen).toEqual([outer, inner, outer]);
    outer.end(OK);
    await turns(3);
    expect([outer.closed, inner.nested]).toEqual([false, true]);
    inner.end(OK);
    await outer.reported();
    expect(keeper.closed.map(({ label, parent, children }) => [label, parent, children])).toEqual([
      ['inner', outer.id, []],
      ['outer', null, ['inner']],
    ]);
  });

  it('is not waited for longer than settleMs', async () => {
    keeper = new RecordingKeeper({ settleMs: 20 });
    const outer = openScope(keeper, 'job', 'outer');
    const inner = outer.run(() => openScope(keeper, 'job', 'inner'));
    outer.end(OK);
    await outer.reported();
    expect(inner.nested).toBe(false);
    inner.end(OK);
    await inner.reported();
    expect(keeper.closed.map(({ label, parent, children }) => [label, parent, children])).toEqual([
      ['outer', null, []],
      ['inner', outer.id, []],
    ]);
  });

  it('takes over the allowances around it', () => {
    const allowance = (reason: string): Allowance => ({ detector: 'n-plus-one', reason, until: null });
    const [around, within, always] = [allowance('around'), allowance('within'), allowance('always')];
    const outer = openScope(keeper, 'job', 'outer', { always: [always] });
    const inner = outer.run(() => runAllowed(around, () => openScope(keeper, 'job', 'inner')));
    const allowed = inner.run(() => runAllowed(within, () => state.storage.getStore()?.allowed));
    expect([outer.allowances, inner.allowances, allowed]).toEqual([
      [always, around],
      [always, around, within],
      [0, 1, 2],
    ]);
    inner.end(OK);
    outer.end(OK);
    return outer.reported();
  });
});

it('counts what is sent outside any scope meanwhile', async () => {
  const scope = openScope(keeper, 'request', 'GET /');
  state.unattributed += 3;
  scope.end(OK);
  await scope.reported();
  state.unattributed++;
  expect(keeper.closed.map(({ unattributed }) => unattributed)).toEqual([3]);
});
