// Stacks in all the words that V8 has for a frame.

import { expect, test } from 'vitest';
import { framesOfText, readStack } from '../../src/capture/stack-frames.js';

test('the text of a stack is read line by line, the message above it is not', () => {
  const frames = framesOfText(`Error: at home (not/a/frame.ts:1:1)
    at load (/app/src/chats.ts:14:5)
    at async ChatService.list [as all] (file:///app/src/service.mts:9:12)
    at new Chats (C:\\app\\chats.js:3:4)
    at Object.<anonymous> (/app/a (copy)/b.js:1:2)
    at /app/src/anonymous.js:7:8
    at async file:///app/main.mjs:5:6
    at async Promise.all (index 2)
    at Array.map (<anonymous>)
    at eval (eval at run (/app/template.js:1:2), <anonymous>:3:4)
    at process.processTicksAndRejections (node:internal/process/task_queues:95:5)`);
  const words = frames.map(({ file, line, column, function: name, async }) =>
    [async ? 'async' : 'sync', name ?? '-', file === null ? '-' : `${file} ${line} ${column}`].join(' | '),
  );
  expect(words.join('\n')).toBe(`sync | load | /app/src/chats.ts 14 5
async | list | file:///app/src/service.mts 9 12
sync | Chats | C:\\app\\chats.js 3 4
sync | - | /app/a (copy)/b.js 1 2
sync | - | /app/src/anonymous.js 7 8
async | - | file:///app/main.mjs 5 6
async | all | -
sync | map | -
sync | eval | -
sync | processTicksAndRejections | node:internal/process/task_queues 95 5`);
});

test("V8's own call sites and the text that it would have made say the same", async () => {
  const capture = () => {
    const stack: { stack?: unknown } = {};
    Error.captureStackTrace(stack);
    return stack;
  };
  class Chats {
    async load() {
      await null;
      return [1, 2].map(() => [capture(), capture()] as const)[0] as readonly [object, object];
    }
  }
  async function list() {
    return await new Chats().load();
  }
  const [asText, asObjects] = await list();
  const theirs = Error.prepareStackTrace;
  Error.prepareStackTrace = (_error, callSites) => `\n${callSites.map((site) => `    at ${site}`).join('\n')}`;
  const text = String((asText as { stack?: unknown }).stack);
  const read = readStack(asObjects);
  Error.prepareStackTrace = theirs;
  // The two were captured side by side.
  // And a text does not tell where a function without a name begins.
  const placed = ({ column, place: _, ...frame }: (typeof read.frames)[number], depth: number) =>
    depth < 2 ? frame : { ...frame, column };
  expect(read.formatted).toBe(false);
  expect(read.frames.map(placed)).toEqual(framesOfText(text).map(placed));
  expect(read.frames.map((frame) => frame.function).slice(0, 4)).toEqual(['capture', null, 'map', 'load']);
  expect(read.frames.find((frame) => frame.function === 'list')).toMatchObject({ async: true, file: __filename });
  expect(read.frames.map((_, index) => read.reworded(index)?.line)).toEqual(read.frames.map(({ line }) => line));
});

test('a stack that somebody has made a text of is read as that text', () => {
  const read = readStack({ stack: 'Error\n    at load (/app/src/chats.ts:14:5)' });
  expect(read).toMatchObject({ formatted: true, frames: [{ file: '/app/src/chats.ts', line: 14, column: 5 }] });
  expect(read.reworded(0)).toBeNull();
});
