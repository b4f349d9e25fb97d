// The console output in action: what it remembers, what it says when a process starts and ends, and a stream that breaks.

import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { consoleOutput, type TextStream } from '../../src/outputs/console.js';
import type { Output, Report, Watch } from '../../src/report/report.js';
import { clean, finding, profile, report, story } from './console/reports.js';

const APP = join(__dirname, 'console/printing-app.ts');
const TSX = require.resolve('tsx/cli');

/** Collects what is written. */
function memory(over: Partial<TextStream> = {}): TextStream & { text: () => string } {
  let text = '';
  return {
    write(part, done) {
      text += part;
      done?.();
    },
    text: () => text,
    ...over,
  };
}

function watching(over: Partial<Watch> = {}): Watch {
  return {
    root: __dirname,
    drivers: () => ['pg 8.23.1'],
    unattributed: () => 0,
    unsampled: () => ({ requests: 0, statements: 0 }),
    unjudged: () => ({ scopes: 0, statements: 0 }),
    idleAllows: () => [],
    tracers: () => [],
    pools: () => [],
    watchPools: () => () => {},
    ...over,
  };
}

const nextTurn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** Another report of the same, as the next request gives it. */
const next = (of: Report): Report => ({ ...of });

describe('reports', () => {
  test('a finding in full once, then in one line', () => {
    const stream = memory();
    const output = consoleOutput({ stream, width: 80 });
    output.write(story, undefined);
    const first = stream.text();
    output.write(next(story), undefined);
    output.write(next(story), undefined);
    expect(first).toContain('▲ n-plus-one · proven   23 statements where 3 do');
    expect(stream.text().slice(first.length).split('\n')).toEqual([
      'GET /chats   ▲ n-plus-one again (2×)  src/chats.ts:13 src/chats.ts:15',
      'GET /chats   ▲ n-plus-one again (3×)  src/chats.ts:13 src/chats.ts:15',
      '',
    ]);
  });

  test('clean requests print nothing', () => {
    const stream = memory();
    consoleOutput({ stream }).write(clean, undefined);
    expect(stream.text()).toBe('');
  });

  test('what it remembers is bounded: the oldest is forgotten first', () => {
    const stream = memory();
    const output = consoleOutput({ stream });
    const flood = Array.from({ length: 10_000 }, (_, index) =>
      finding({
        id: index + 1,
        key: `flood ${index}`,
        confidence: 'possible',
        statements: [0],
        message: 'one of many',
      }),
    );
    output.write(story, undefined);
    output.write(report(clean.profile, flood), undefined);
    const before = stream.text().length;
    output.write(next(story), undefined);
    expect(stream.text().slice(before)).toContain('23 statements where 3 do');
  });

  test('a scope inside another is said once, whoever brings it first', () => {
    const stream = memory();
    const output = consoleOutput({ stream });
    const child = next(story);
    output.write(child, undefined);
    const once = stream.text();
    output.write(report(profile('lists chats', [], { kind: 'test' }), [], { children: [child] }), undefined);
    expect(stream.text()).toBe(once);
  });

  test('the width is the terminal’s at that time', () => {
    const stream = memory({ columns: 60 });
    const output = consoleOutput({ stream });
    output.write(story, undefined);
    expect(
      Math.max(
        ...stream
          .text()
          .split('\n')
          .map((line) => line.length),
      ),
    ).toBeLessThanOrEqual(60);
  });

  test('colour is the stream’s wish unless it is chosen', () => {
    const terminal = memory({ isTTY: true });
    const file = memory();
    consoleOutput({ stream: terminal, color: false }).write(story, undefined);
    consoleOutput({ stream: file, color: true }).write(story, undefined);
    expect(terminal.text()).not.toContain('\u001b[');
    expect(file.text()).toContain('\u001b[');
  });
});

describe('start and end', () => {
  const START = 'queryscope   watching pg 8.23.1 · clean requests print nothing\n\n';
  const started = (output: Output, watch: Partial<Watch> = {}) => output.start?.(watching(watch));

  test('the start line waits for what is instrumented after createProfiler()', async () => {
    const stream = memory();
    const drivers: string[] = [];
    const output = consoleOutput({ stream });
    started(output, { drivers: () => drivers });
    drivers.push('pg 8.23.1');
    expect(stream.text()).toBe('');
    await nextTurn();
    expect(stream.text()).toBe(START);
    await output.close?.();
  });

  test('it comes before the first report, and once', async () => {
    const stream = memory();
    const output = consoleOutput({ stream });
    started(output);
    output.write(story, undefined);
    await nextTurn();
    expect(stream.text().startsWith(START)).toBe(true);
    expect(stream.text().split(START).length).toBe(2);
    await output.close?.();
  });

  test('the end line counts, once', async () => {
    const stream = memory();
    const output = consoleOutput({ stream, width: 100 });
    const listeners = process.listenerCount('exit');
    started(output, { unattributed: () => 2 });
    output.write(
      report(profile('imports', [{ sql: 'select 1' }], { kind: 'job', dropped: 4 }), [], { children: [next(clean)] }),
      undefined,
    );
    output.write(next(story), undefined);
    output.write(next(story), undefined);
    await output.close?.();
    await output.close?.();
    expect(stream.text().trimEnd().split('\n').slice(-2)).toEqual([
      'queryscope   3 requests, 1 job · 52 statements · 2 findings',
      '           ▲ 2 statements ran outside any request, job or test: nobody judged them',
    ]);
    expect(process.listenerCount('exit')).toBe(listeners);
  });

  test('without a start there is no end', async () => {
    const stream = memory();
    await consoleOutput({ stream }).close?.();
    expect(stream.text()).toBe('');
  });
});

describe('a process', () => {
  test('says at its end what it saw, on stderr', async () => {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [TSX, APP, 'end'], {
      env: { ...process.env, NO_COLOR: '1' },
    });
    expect(stdout).toBe('the app is done\n');
    expect(stderr.trimEnd().split('\n').at(0)).toBe('queryscope   watching pg · clean requests print nothing');
    expect(stderr.trimEnd().split('\n').at(-1)).toBe(
      'queryscope   1 request · 23 statements, none outside · 2 findings',
    );
  });

  test('lives on when nobody reads its stderr any more', async () => {
    const app = spawn(process.execPath, [TSX, APP, 'pipe'], { stdio: ['pipe', 'pipe', 'pipe'] });
    let said = '';
    app.stdout.setEncoding('utf8').on('data', (text) => {
      said += text;
    });
    await once(app.stderr, 'data');
    app.stderr.destroy();
    await once(app.stderr, 'close');
    app.stdin.end('go on\n');
    const [code] = await once(app, 'close');
    expect({ code, said }).toEqual({ code: 0, said: 'the app is done\n' });
  });
});

describe('a stream that fails', () => {
  test('is left alone, and its errors stay the app’s afterwards', async () => {
    let writes = 0;
    const listeners = new Set<unknown>();
    const stream: TextStream = {
      write(_text, done) {
        writes += 1;
        done?.(new Error('EPIPE'));
      },
      on: (_event, listener) => listeners.add(listener),
      removeListener: (_event, listener) => listeners.delete(listener),
    };
    const output = consoleOutput({ stream });
    output.write(story, undefined);
    expect(listeners.size).toBe(1);
    output.write(next(story), undefined);
    await nextTurn();
    expect({ writes, listeners: listeners.size }).toEqual({ writes: 1, listeners: 0 });
  });

  test('may throw', () => {
    const stream: TextStream = {
      write() {
        throw new Error('destroyed');
      },
    };
    const output = consoleOutput({ stream });
    expect(() => output.write(story, undefined)).not.toThrow();
  });

  test('many writes under way take one listener', () => {
    let listeners = 0;
    const stream: TextStream = { write: () => true, on: () => listeners++ };
    const output = consoleOutput({ stream });
    for (let request = 0; request < 9; request += 1) output.write(next(story), undefined);
    expect(listeners).toBe(1);
  });
});
