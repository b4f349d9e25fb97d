// A line that says how far the work is, for somebody who waits at a terminal; nothing where nobody does.

/** Redrawn this often at most, in ms: as fast as an eye follows. */
const EVERY_MS = 100;

/** How much of all is read, in words: files, unless `wordsOf` counts something else. `done` takes the line away. */
export function progress<All = number>(
  stream: NodeJS.WriteStream = process.stderr,
  wordsOf: (read: number, all: All) => string = (read, all) => `${read} of ${all} files`,
): { onProgress(read: number, all: All): void; done(): void } {
  if (!stream.isTTY || process.env.TERM === 'dumb') return { onProgress: () => {}, done: () => {} };
  let last = Date.now();
  let drawn = false;
  return {
    onProgress(read, all) {
      if (Date.now() - last < EVERY_MS) return;
      last = Date.now();
      drawn = true;
      stream.write(`\r\u001b[Kqueryscope: read ${wordsOf(read, all)}`);
    },
    done() {
      if (drawn) stream.write('\r\u001b[K');
    },
  };
}
