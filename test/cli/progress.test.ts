// The line that says how far the work is: for a terminal only, redrawn no faster than an eye follows, and gone when the work is.

import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { progress } from '../../src/cli/progress.js';

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubEnv('TERM', 'xterm');
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllEnvs();
});

function drawn(isTTY: boolean): string {
  let text = '';
  const write = (piece: string) => {
    text += piece;
  };
  const stream = { isTTY, write } as unknown as NodeJS.WriteStream;
  const { onProgress, done } = progress(stream);
  for (let file = 1; file <= 10; file += 1) {
    vi.advanceTimersByTime(30);
    onProgress(file, 10);
  }
  done();
  return text;
}

test('on a terminal', () => {
  expect(drawn(true)).toBe(
    '\r\u001b[Kqueryscope: read 4 of 10 files\r\u001b[Kqueryscope: read 8 of 10 files\r\u001b[K',
  );
});

test('nowhere else', () => {
  expect(drawn(false)).toBe('');
  vi.stubEnv('TERM', 'dumb');
  expect(drawn(true)).toBe('');
});
