// Which executions are worth a stack: a scope is written as its executions, and the answer as the numbers of those captured.

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type CallSites, SiteCounters } from '../../src/capture/call-site.js';
import { entryOf, forgetSites, learnSite, tellSteady, textMemory } from '../../src/capture/site-memory.js';
import type { CallSite } from '../../src/profile/types.js';

afterEach(forgetSites);

const TEXT = 'select * from users where id = $1';

/** Sends a text so many times in one scope; answers which executions were captured. */
function captured(executions: number, { counters = new SiteCounters('auto'), text = TEXT } = {}): number[] {
  const numbers: number[] = [];
  for (let number = 1; number <= executions; number++) {
    if (counters.capture(text, 0, captured, null) !== null) numbers.push(number);
  }
  return numbers;
}

function site(line: number): CallSite {
  return { file: 'a.ts', line, column: 1, function: 'f', frames: [{ file: 'a.ts', line, column: 1, function: 'f' }] };
}

/** One scope that sends each text so many times from one line; answers how many were captured. */
function visit(executions: Record<string, number>): number {
  const counters = new SiteCounters('auto');
  let captures = 0;
  for (const [text, count] of Object.entries(executions)) {
    const numbers = captured(count, { counters, text });
    if (numbers.length > 0) learnSite(textMemory(text), text, site(1));
    captures += numbers.length;
  }
  return captures;
}

/** Has the process know the text, one site of it, and that it was sent as often as any test here will. */
function known(executions = 100): void {
  captured(executions);
  const memory = textMemory(TEXT);
  memory.captures = 3;
  learnSite(memory, 'shape', site(1));
}

describe('captured of a text', () => {
  /** The first 64, and every 8th after them. */
  const cold = [...Array.from({ length: 64 }, (_, i) => i + 1), 72, 80];

  test('its entry has never sent: 64, then one in 8, since a look-up may come before a loop', () => {
    expect(captured(80)).toEqual(cold);
  });

  test('of which no site is known yet: the same in each scope, since no other scope can tell', () => {
    captured(3);
    expect(captured(80)).toEqual(cold);
    expect(captured(80, { counters: new SiteCounters('auto', null) })).toEqual(cold);
  });

  test('it knows: the second in each scope, and one in 32 after it', () => {
    known();
    expect(captured(1)).toEqual([]);
    expect(captured(70)).toEqual([2, 34, 66]);
  });

  test('it has known for long: the third in each scope, one in 32 after it, and the second too in one of 32 scopes', () => {
    known();
    for (let scope = 2; scope <= 15; scope++) captured(2);
    expect(captured(1)).toEqual([]);
    expect(captured(70)).toEqual([3, 34, 66]);
    const scopes = Array.from({ length: 64 }, () => captured(2).length);
    expect(scopes.reduce((sum, count) => sum + count)).toBe(4);
  });

  test('it knows, but not so often: what is more than ever before, since it may come from another line', () => {
    known(1);
    expect(captured(4)).toEqual([2, 3, 4]);
    expect(captured(4)).toEqual([2]);
    const more = captured(90);
    expect(more).toEqual([2, ...Array.from({ length: 64 }, (_, i) => i + 5), 76, 84]);
    expect(captured(90)).toEqual([3, 34, 66]);
  });

  test('it knows, but not so often, in interleaved scopes: in each of them', () => {
    known(1);
    const scopes = [1, 2].map(() => new SiteCounters('auto'));
    const turns = [1, 2, 3].map(() => scopes.map((counters) => captured(1, { counters }).length));
    expect(turns).toEqual([
      [0, 0],
      [1, 1],
      [1, 1],
    ]);
  });

  test('it knows, in interleaved scopes: each scope counts for itself', () => {
    known();
    const scopes = [1, 2, 3].map(() => new SiteCounters('auto'));
    const turns = [1, 2, 3].map(() => scopes.map((counters) => captured(1, { counters }).length));
    expect(turns).toEqual([
      [0, 0, 0],
      [1, 1, 1],
      [0, 0, 0],
    ]);
  });

  test('it knows, but not in this form of call: another form is another line', () => {
    known();
    const client = () => new SiteCounters('auto').capture(TEXT, 2, captured, null);
    expect([client(), client(), client()].map((trace) => trace !== null)).toEqual([true, true, true]);
  });

  test('sent once in each scope: the first in one of 32 scopes, or a site would never be seen to have changed', () => {
    known();
    const scopes = Array.from({ length: 64 }, () => captured(1).length);
    expect(scopes.reduce((sum, count) => sum + count)).toBe(2);
  });

  test('whose shape had two sites: all, also under another text of that shape', () => {
    known();
    expect(captured(4)).toEqual([2]);
    learnSite(textMemory('SELECT * FROM users WHERE id = $1'), 'shape', site(2));
    expect(captured(4)).toEqual([1, 2, 3, 4]);
  });

  test('it knows: up to 64 in one of 32 scopes, so that a second line after a loop is found', () => {
    known();
    const long = Array.from({ length: 64 }, () => captured(70)).filter((numbers) => numbers.length > 4);
    expect(long).toEqual(Array(2).fill([...Array.from({ length: 64 }, (_, i) => i + 1), 66]));
  });

  describe('it has known from one line for 128 scopes', () => {
    const trusted = (executions: number) => {
      known(executions);
      for (let scope = 2; scope <= 128; scope++) captured(executions);
    };

    test('the third in each scope, since a loop may have moved to another line', () => {
      trusted(20);
      expect(Array.from({ length: 8 }, () => captured(20))).toEqual(Array(8).fill([3]));
    });

    test('in one of 64 scopes the first, the last and every eighth, others each time, so that another line is found wherever it stands', () => {
      trusted(20);
      const spreads = Array.from({ length: 8 * 64 }, () => captured(20)).filter((numbers) => numbers.length > 1);
      expect(spreads.slice(0, 3)).toEqual([
        [1, 3, 11, 19, 20],
        [1, 3, 4, 12, 20],
        [1, 3, 5, 13, 20],
      ]);
      expect(new Set(spreads.flat())).toEqual(new Set(Array.from({ length: 20 }, (_, i) => i + 1)));
    });

    test('what is more than ever before, since a loop that grows may do so on another line', () => {
      trusted(1);
      expect(captured(5)).toEqual([2, 3, 4, 5]);
    });

    test('each, once it came from another', () => {
      trusted(20);
      learnSite(textMemory(TEXT), 'shape', site(2));
      expect(captured(20)).toHaveLength(20);
    });

    test.each<[string, number, Record<string, number>]>([
      ['a loop in a loop: little more than a stack a request', 1.2, { chats: 1, messages: 2, users: 20 }],
      ['23 texts: half a stack', 0.5, Object.fromEntries(Array.from({ length: 23 }, (_, i) => [`select ${i}`, 1]))],
    ])('%s', (_, most, executions) => {
      for (let scope = 1; scope <= 128; scope++) visit(executions);
      const captures = Array.from({ length: 640 }, () => visit(executions));
      expect(captures.reduce((sum, count) => sum + count) / 640).toBeLessThan(most);
    });
  });

  describe('whose shape other entries send from another line', () => {
    beforeEach(() => {
      known();
      for (const [i, entry] of ['GET /one', 'GET /two'].entries()) {
        learnSite(textMemory(TEXT, 0, entryOf(entry)), 'shape', site(i + 1), entryOf(entry));
      }
    });
    const every = (executions: number) => Array.from({ length: executions }, (_, i) => i + 1);

    test('in an entry that is known to send it from one: as if there were no other', () => {
      for (let scope = 2; scope <= 4; scope++) captured(1);
      expect(captured(70)).toEqual([2, 34, 66]);
    });

    test('in a new entry: each in its first four scopes, since its own lines may be several', () => {
      const scopes = every(5).map(() => {
        const numbers = captured(70, { counters: new SiteCounters('auto', 'GET /new') });
        learnSite(textMemory(TEXT, 0, entryOf('GET /new')), 'shape', site(3), entryOf('GET /new'));
        return numbers;
      });
      expect(scopes).toEqual([...Array(4).fill(every(70)), [3, 34, 66]]);
    });

    test('in a scope without a name: each', () => {
      expect(captured(70, { counters: new SiteCounters('auto', null) })).toEqual(every(70));
    });

    test('in 100 entries, each from a line of its own: all in the first four scopes and every 32nd, else one', () => {
      let captures = 0;
      for (let visit = 1; visit <= 100; visit++) {
        for (let number = 1; number <= 100; number++) {
          const entry = `GET /page-${number}`;
          const numbers = captured(21, { counters: new SiteCounters('auto', entry) });
          if (numbers.length > 0) learnSite(textMemory(TEXT, 0, entryOf(entry)), 'shape', site(number), entryOf(entry));
          captures += numbers.length;
        }
      }
      expect(captures).toBe(100 * (4 * 21 + 3 * 21 + 93 * 1));
    });
  });

  describe('that its entry sends from two lines', () => {
    beforeEach(() => {
      known();
      learnSite(textMemory(TEXT), 'shape', site(2));
    });
    const steady = (times: number) => {
      for (let time = 0; time < times; time++) tellSteady('shape', true);
    };

    test('once three long scopes in a row came from one line after the 16th: the first 16, and every 8th', () => {
      steady(2);
      expect(captured(40)).toHaveLength(40);
      steady(1);
      expect(captured(40)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 24, 32, 40]);
    });

    test('each again when that was seen to be so no longer', () => {
      steady(9);
      tellSteady('shape', false);
      expect(captured(40)).toHaveLength(40);
      steady(2);
      expect(captured(40)).toHaveLength(40);
    });

    test('each again in one of 32 scopes', () => {
      steady(3);
      const scopes = Array.from({ length: 64 }, () => captured(40).length);
      expect(scopes.filter((captures) => captures === 40)).toHaveLength(2);
      expect(scopes.filter((captures) => captures === 19)).toHaveLength(62);
    });
  });

  test('that scopes without end send under other names: what is in use is remembered, and what is not is forgotten', () => {
    const scopesOf = (name: string) => textMemory(TEXT, 0, entryOf(name)).scopes;
    for (let visit = 1; visit <= 3_000; visit++) {
      captured(1, { counters: new SiteCounters('auto', 'GET /used') });
      captured(1, { counters: new SiteCounters('auto', `import ${visit}`) });
    }
    expect([scopesOf('GET /used'), scopesOf('import 3000'), scopesOf('import 1')]).toEqual([3_000, 1, 0]);
  });

  test('too long to remember: as if it were new, in each scope', () => {
    const text = `insert into log values ${'($1),'.repeat(100_000)}`;
    expect(captured(5, { text })).toEqual([1, 2, 3, 4, 5]);
    expect(captured(5, { text })).toEqual([1, 2, 3, 4, 5]);
  });

  test.each<[CallSites, number[]]>([
    ['always', [1, 2, 3, 4, 5, 6]],
    ['never', []],
  ])('under callSites: %s', (mode, expected) => {
    known();
    expect(captured(6, { counters: new SiteCounters(mode) })).toEqual(expected);
  });
});

describe('a captured stack', () => {
  const framesIn = (counters: SiteCounters) => {
    const limit = Error.stackTraceLimit;
    const trace = (function outer() {
      return (function middle() {
        return (function inner() {
          return counters.capture(TEXT, 0, inner, null);
        })();
      })();
    })();
    expect(Error.stackTraceLimit).toBe(limit);
    return String(trace?.sent.stack)
      .split('\n')
      .filter((line) => /^\s+at /.test(line));
  };

  test('begins at the caller of the wrapper', () => {
    expect(framesIn(new SiteCounters('always'))[0]).toContain('at middle ');
  });

  test('goes one frame deeper than its text has needed, and as deep as can be from time to time', () => {
    const counters = new SiteCounters('always');
    const full = framesIn(counters).length;
    textMemory(TEXT).depth = 1;
    const depths = Array.from({ length: 16 }, () => framesIn(counters).length);
    expect(full).toBeGreaterThan(4);
    expect(depths.map((depth) => (depth < full ? depth : 'full'))).toEqual([...Array(15).fill(2), 'full']);
  });

  test('is taken below any limit of the app', () => {
    const limit = Error.stackTraceLimit;
    Error.stackTraceLimit = 0;
    try {
      expect(framesIn(new SiteCounters('always')).length).toBeGreaterThan(4);
    } finally {
      Error.stackTraceLimit = limit;
    }
  });
});
