// One variant of the memory bench, in a process of its own, run with --expose-gc and a young generation that is never full: what is on the heap then is all
// that was allocated.

'use strict';

const { PerformanceObserver } = require('node:perf_hooks');
const { prepareRequests } = require('./requests.cjs');
const { STATEMENTS } = require('./workloads.cjs');

/** What a process learns it has learnt by then: how deep stacks must be, which texts there are. */
const WARM_UP_REQUESTS = 1_000;
/** Few enough that what they allocate fits in the young generation. */
const ALLOCATING_REQUESTS = 100;
/** Many, so that what the process holds ready for requests to come is little of what they keep. */
const OPEN_REQUESTS = 2_000;

/** Bytes on the heap, and off it in what objects on it hold. */
function held() {
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** Bytes that a statement makes the process allocate while the request runs. */
async function allocated({ gate, runAll }) {
  let collections = 0;
  const observer = new PerformanceObserver((list) => {
    collections += list.getEntries().length;
  });
  gate.shut();
  globalThis.gc();
  await nextTurn();
  observer.observe({ entryTypes: ['gc'] });
  const before = held();
  const { followed } = await runAll(ALLOCATING_REQUESTS);
  const bytes = held() - before;
  await nextTurn();
  observer.disconnect();
  gate.open();
  await followed;
  if (collections > 0) throw new Error('What was allocated cannot be told: some of it was collected meanwhile.');
  return bytes / ALLOCATING_REQUESTS / STATEMENTS;
}

/** Bytes that are kept for a statement while its request is open, the app's own results among them. */
async function retained({ runOpen }) {
  globalThis.gc();
  const before = held();
  let close;
  const until = new Promise((resolve) => {
    close = resolve;
  });
  const open = [];
  for (let i = 0; i < OPEN_REQUESTS; i++) open.push(await runOpen(until));
  globalThis.gc();
  const bytes = held() - before;
  close();
  await Promise.all(open.map(({ over }) => over));
  return bytes / OPEN_REQUESTS / STATEMENTS;
}

function nextTurn() {
  return new Promise((resume) => setImmediate(resume));
}

async function main(...args) {
  const prepared = await prepareRequests(...args);
  await (await prepared.runAll(WARM_UP_REQUESTS)).followed;
  process.on('message', async ({ end }) => {
    if (!end) return process.send({ allocated: await allocated(prepared), retained: await retained(prepared) });
    await prepared.close();
    process.disconnect();
  });
  process.send({ ready: true });
}

main(...process.argv.slice(2));
