// The bytes that queryscope takes for a statement: allocated while the request runs, and kept until it is over. Counted, so a few processes will do.

import { USED, type Workload } from './cost.js';
import { type Figure, figureOf } from './statistics.js';
import { Worker } from './worker.js';

/** Bytes of one statement. */
interface Bytes {
  allocated: number;
  retained: number;
}

type MemoryVariant = (typeof USED)[number];

const PROCESSES = 2;
/** Nothing is collected while it is counted. */
const UNCOLLECTED = ['--expose-gc', '--max-semi-space-size=128', '--min-semi-space-size=128'];

export class Memory {
  readonly #bytes: ReadonlyMap<MemoryVariant, readonly Bytes[]>;

  constructor(bytes: ReadonlyMap<MemoryVariant, readonly Bytes[]>) {
    this.#bytes = bytes;
  }

  /** Of all that the process did, the app's part included. */
  of(variant: MemoryVariant, part: keyof Bytes): Figure {
    return figureOf(this.#bytes.get(variant) ?? [], (some) => meanOf(some, part));
  }

  /** Above what the bare app takes. */
  added(variant: MemoryVariant, part: keyof Bytes): Figure {
    const bare = meanOf(this.#bytes.get('bare') ?? [], part);
    return figureOf(this.#bytes.get(variant) ?? [], (some) => meanOf(some, part) - bare);
  }
}

function meanOf(bytes: readonly Bytes[], part: keyof Bytes): number {
  return bytes.reduce((sum, each) => sum + each[part], 0) / bytes.length;
}

export async function measureMemory(workload: Workload, url: string): Promise<Memory> {
  const all = new Map<MemoryVariant, readonly Bytes[]>();
  for (const variant of USED) {
    all.set(variant, await Promise.all(Array.from({ length: PROCESSES }, () => measureOnce(variant, workload, url))));
  }
  return new Memory(all);
}

async function measureOnce(variant: MemoryVariant, workload: Workload, url: string): Promise<Bytes> {
  const worker = await Worker.start('memory-worker.cjs', [variant, 'null', workload, url], UNCOLLECTED);
  const bytes = await worker.ask<Bytes>({});
  await worker.end();
  return bytes;
}
