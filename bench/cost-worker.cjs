// One variant of the cost bench, in a process of its own: runs requests on demand and answers what they took.
// Plain JavaScript for plain node: a TypeScript loader in the process would change what stacks cost.

'use strict';

const { prepareRequests } = require('./requests.cjs');

/** Requests that are run before what follows them may begin: so many that reading the clock weighs nothing, so few that their notes stay young. */
const BATCH = 4;

/** Microseconds of CPU that the requests themselves took, and what came after them; and those that passed meanwhile. */
async function measure({ gate, runAll }, requests) {
  const took = { request: 0, after: 0, wall: 0 };
  for (let i = 0; i < requests; i += BATCH) {
    gate.shut();
    const startedAt = performance.now();
    const start = cpuUs();
    const { followed } = await runAll(BATCH);
    took.wall += 1000 * (performance.now() - startedAt);
    // A turn of the event loop, in which the scopes of the batch close.
    await new Promise((resume) => setImmediate(resume));
    const end = cpuUs();
    gate.open();
    await followed;
    took.request += end - start;
    took.after += cpuUs() - end;
  }
  return took;
}

function cpuUs() {
  const { user, system } = process.cpuUsage();
  return user + system;
}

async function main(...args) {
  const prepared = await prepareRequests(...args);
  process.on('message', async ({ requests, uncounted = 0, end }) => {
    if (!end) {
      await measure(prepared, uncounted);
      return process.send(await measure(prepared, requests));
    }
    await prepared.close();
    process.disconnect();
  });
  process.send({ ready: true });
}

main(...process.argv.slice(2));
