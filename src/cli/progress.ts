// A line that says how far the work is, for somebody who waits at a terminal; nothing where nobody does.

/** Redrawn this often at most, in ms: as fast as an eye follows. */
const EVERY_MS = 100;

/** How many files are read; `done` takes the line away. */
export function progress(stream: NodeJS.WriteStream = process.stderr): {
  onProgress(read: number, files: number): void;
  done(): void;
} {
  if (!stream.isTTY || process.env.TERM === 'dumb') return { onProgress: () => {}, done: () => {} };
  let last = Date.now();
  let drawn = false;
  return {
    onProgress(read, files) {
      if (Date.now() - last < EVERY_MS) return;
      last = Date.now();
      drawn = true;
      stream.write(`\r\u001b[Kqueryscope: read ${read} of ${files} files`);
    },
    done() {
      if (drawn) stream.write('\r\u001b[K');
    },
  };
}
