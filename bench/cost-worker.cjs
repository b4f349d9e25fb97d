// One variant of the cost bench, in a process of its own: runs requests on demand and answers what they took.
// Plain JavaScript for plain node: a TypeScript loader in the process would change what stacks cost.

'use strict';

const { answersOf, references } = require('./reference-stack.cjs');
const { servers } = require('./servers.cjs');
const { variants } = require('./variants.cjs');
const { workloads } = require('./workloads.cjs');

/** Requests that are run before what follows them may begin: so many that reading the clock weighs nothing, so few that their notes stay young. */
const BATCH = 4;

/** Holds back what follows a request until the requests of a batch are measured: `shut` before them, `open` after them. */
function gateBeforeAnalysis() {
  const { Analysis } = require('../dist/analysis.js');
  const { conclude } = Analysis.prototype;
  const held = [];
  let isOpen = true;
  Analysis.prototype.conclude = async function heldConclude(scope) {
    if (!isOpen) await new Promise((resume) => held.push(resume));
    return conclude.call(this, scope);
  };
  return {
    shut() {
      isOpen = false;
    },
    open() {
      isOpen = true;
      for (const resume of held.splice(0)) resume();
    },
  };
}

/** How a request of this variant runs, what it asks, and what is done as it ends. */
async function prepare(variant, server, workload, url) {
  const makeReference = references[variant];
  if (makeReference !== undefined) return prepareReference(makeReference, workload, url);
  const request = variants[variant]();
  const pool = await servers[server](require('pg'), url, workload);
  return { request, db: pool, ended() {}, close: () => pool.end() };
}

async function prepareReference(makeReference, workload, url) {
  const request = variants.bare();
  const { db, ended, check } = makeReference(await answersOf(await servers.real(require('pg'), url), workload));
  await request(() => workload(db));
  check();
  return { request, db, ended, async close() {} };
}

/** Microseconds of CPU that the requests themselves took, and what came after them; and those that passed meanwhile. */
function runner(gate, { request, db, ended }, workload) {
  return async (requests) => {
    const took = { request: 0, after: 0, wall: 0 };
    for (let i = 0; i < requests; i += BATCH) {
      const reports = [];
      gate.shut();
      const startedAt = performance.now();
      const start = cpuUs();
      for (let j = 0; j < BATCH; j++) {
        await new Promise((done) => {
          reports.push(request(() => workload(db).finally(done)));
        });
        ended();
      }
      const wall = 1000 * (performance.now() - startedAt);
      // A turn of the event loop, in which the scopes of the batch close.
      await new Promise((resume) => setImmediate(resume));
      const end = cpuUs();
      gate.open();
      await Promise.all(reports);
      took.request += end - start;
      took.after += cpuUs() - end;
      took.wall += wall;
    }
    return took;
  };
}

function cpuUs() {
  const { user, system } = process.cpuUsage();
  return user + system;
}

async function main(variant, server, name, url) {
  const gate = gateBeforeAnalysis();
  const workload = workloads[name];
  const prepared = await prepare(variant, server, workload, url);
  const run = runner(gate, prepared, workload);
  process.on('message', async ({ requests, end }) => {
    if (!end) return process.send(await run(requests));
    await prepared.close();
    process.disconnect();
  });
  process.send({ ready: true });
}

main(...process.argv.slice(2));
