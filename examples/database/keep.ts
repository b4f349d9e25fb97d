// Starts the keeper: the small process that outlives this one by a moment and cleans up after it.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** A program for the keeper to run. `uid` and `gid`: whose rights it gets; without them, ours. */
export interface Program {
  command: string;
  args: string[];
  uid?: number;
  gid?: number;
}

export interface Keeper {
  /**
   * Runs a program, its output appended to `log` in the kept directory; one at a time. Resolves when it has ended: to null
   * where that was with success, else to how ("exit code 1", "SIGKILL", "spawn ENOENT").
   */
  run(program: Program): Promise<string | null>;
  /** Lets this process end by itself while the keeper runs: who forgets `stop` hangs no program, and the end of the pipe cleans up. */
  unref(): void;
  /** Ends what still runs and waits until everything is cleaned up. May be called more than once. */
  stop(): Promise<void>;
}

/**
 * The keeper cleans up when its standard input ends: it removes a directory and what was run in it, or drops the databases of
 * this name (and of this name, `_` and more) on the server of DATABASE_URL.
 *
 * The input ends by `stop`, and also when this process exits, is interrupted, or is killed without a chance to react. That
 * is one way out for all of them, without any signal handler here.
 */
export function keep(what: 'directory' | 'databases', name: string): Keeper {
  const child = spawn(process.execPath, [join(__dirname, 'keeper.mjs'), what, name], {
    // A session of its own: Ctrl-C reaches the whole foreground group, and the keeper has to survive it.
    detached: true,
    windowsHide: true,
    stdio: ['pipe', 'pipe', 'inherit'],
    // A loader or an inspector of this process has no business in the keeper.
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  const exit = once(child, 'exit');
  const answers = createInterface({ input: child.stdout });
  return {
    async run(program) {
      child.stdin.write(`${JSON.stringify(program)}\n`);
      const [answer] = await Promise.race([once(answers, 'line'), exit.then(() => ['"the keeper ended"'])]);
      return JSON.parse(answer);
    },
    unref() {
      for (const handle of [child, child.stdin as Socket, child.stdout as Socket]) handle.unref();
    },
    async stop() {
      child.ref();
      child.stdin.end();
      await exit;
    },
  };
}
