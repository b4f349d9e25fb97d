// An app that reports without a database, and ends in the way that it is told to: to be killed, cut off or left alone while it writes.

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { Audience } from '../../../src/audience.js';
import { jsonOutput } from '../../../src/outputs/json.js';
import { loopReport } from './example-lines.js';

export interface WritingOrder {
  dir: string;
  /** Reports, the first of which is number `from`. */
  reports: number;
  from?: number;
  /** Statements of each, less one. */
  rows: number;
  maxBytes?: number;
  /**
   * close: close the output · exit: end the process at once · throw: fail · idle: let the process run out · go on: write until killed · on signal: wait for
   * SIGTERM and exit then.
   */
  end: 'close' | 'exit' | 'throw' | 'idle' | 'go on' | 'on signal';
  /** As many of each that do the same. */
  threads?: number;
  children?: number;
}

const PER_PART = 1_000;

async function main(order: WritingOrder): Promise<void> {
  const { dir, reports, from = 0, rows, maxBytes, end, threads = 0, children = 0 } = order;
  const audience = new Audience([jsonOutput({ dir, ...(maxBytes !== undefined && { maxBytes }) })]);
  audience.join({
    root: __dirname,
    drivers: () => ['pg 8.23.1'],
    unattributed: () => 3,
    unsampled: () => ({ requests: 5, statements: 6 }),
    unjudged: () => ({ scopes: 1, statements: 2 }),
    idleAllows: () => [],
    tracers: () => [],
    pools: () => [],
    watchPools: () => () => {},
  });
  const [output] = audience.outputs;
  const say = (number: number) => {
    if (output !== undefined) audience.write(output, loopReport(number, rows), () => undefined);
  };
  const parts = [
    ...Array.from({ length: threads }, (_, i) =>
      inThread({ ...order, threads: 0, children: 0, from: from + (i + 1) * PER_PART }),
    ),
    ...Array.from({ length: children }, (_, i) =>
      inChild({ ...order, threads: 0, children: 0, from: from + (threads + i + 1) * PER_PART }),
    ),
  ];
  for (let number = 0; number < reports; number++) say(from + number);
  await Promise.all(parts);
  if (end === 'exit') process.exit(0);
  if (end === 'throw') throw new Error('the app failed');
  if (end === 'close') await audience.leave();
  if (end === 'on signal') {
    process.on('SIGTERM', () => process.exit(0));
    setInterval(() => {}, 1_000);
  }
  process.stdout.write('the app is done\n');
  for (let number = from + reports; end === 'go on'; number++) {
    say(number);
    await new Promise((resume) => setTimeout(resume, 10));
  }
}

async function inThread(order: WritingOrder): Promise<void> {
  await once(new Worker(__filename, { argv: [JSON.stringify(order)] }), 'exit');
}

async function inChild(order: WritingOrder): Promise<void> {
  await once(fork(__filename, [JSON.stringify(order)]), 'exit');
}

void main(JSON.parse(process.argv[2] as string));
