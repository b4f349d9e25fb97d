// What stays on the heap when requests are over, in a process of its own, run with --expose-gc.

'use strict';

const { prepareRequests } = require('./requests.cjs');

const BATCH = 50;

/** Runs that many requests, all that follows them included; answers the bytes on the heap then. */
async function heapAfter({ runAll }, requests) {
  for (let i = 0; i < requests; i += BATCH) await (await runAll(BATCH)).followed;
  await settle();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** Of the rows that the app was given, the share that can be collected as soon as their scopes have closed: their reports are still held. */
async function collectable(prepared, requests) {
  const counts = { rows: 0, collected: 0 };
  const registry = new FinalizationRegistry(() => {
    counts.collected++;
  });
  const reports = [];
  for (let i = 0; i < requests; i++) reports.push(await reportOf(prepared, registry, counts));
  await settle();
  if (reports.length !== requests) throw new Error('The reports were let go before their rows.');
  return counts.collected / counts.rows;
}

/** One request, whose rows nobody here knows any more when it is over. */
async function reportOf({ runOpen }, registry, counts) {
  const { result, over } = await runOpen(Promise.resolve());
  for (const chat of result) {
    for (const row of [chat, ...chat.messages, ...chat.messages.map(({ sender }) => sender)]) {
      registry.register(row);
      counts.rows++;
    }
  }
  return await over;
}

/** Callbacks of a registry run in a later turn than the collection. */
async function settle() {
  for (let i = 0; i < 3; i++) {
    globalThis.gc();
    await new Promise((resume) => setTimeout(resume, 20));
  }
}

async function main(...args) {
  const prepared = await prepareRequests(...args);
  process.on('message', async ({ end, requests, rowsOf }) => {
    if (requests !== undefined) return process.send(await heapAfter(prepared, requests));
    if (rowsOf !== undefined) return process.send(await collectable(prepared, rowsOf));
    if (end) {
      await prepared.close();
      process.disconnect();
    }
  });
  process.send({ ready: true });
}

main(...process.argv.slice(2));
