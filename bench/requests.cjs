// The requests of one variant in this process, and the gate that keeps what follows them apart from what they take themselves.

'use strict';

const { answersOf, references } = require('./reference-stack.cjs');
const { servers } = require('./servers.cjs');
const { openBuilder } = require('./builders.cjs');
const { variants } = require('./variants.cjs');
const { workloads } = require('./workloads.cjs');

/** Holds back what follows a request: `shut` before the requests, `open` after them. */
function gateBeforeAnalysis() {
  const { Analysis } = require('../dist/parts/judge.js');
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

/**
 * `runAll(count)`: that many requests, one after the other; resolves as the last one's handler is done, with what resolves when all that follows them is.
 * `runOpen(until)`: one request whose handler goes on until that resolves; resolves when it has sent its statements, with their results and its end.
 */
async function prepareRequests(variant, server, workloadName, url) {
  const gate = gateBeforeAnalysis();
  const { request, work, ended, close } = await prepare(variant, server, workloadName, url);
  return {
    gate,
    close,
    async runAll(count) {
      const reports = [];
      for (let i = 0; i < count; i++) {
        await new Promise((done) => {
          reports.push(request(() => work().finally(done)));
        });
        ended();
      }
      return { followed: Promise.all(reports) };
    },
    async runOpen(until) {
      let over;
      const result = await new Promise((done) => {
        over = request(async () => {
          done(await work());
          await until;
        });
      });
      return { result, over };
    },
  };
}

/** How a request of this variant runs, what it asks, and what is done as it ends. */
function prepare(variant, server, name, url) {
  const workload = workloads[name];
  if (workload === undefined) return prepareBuilder(variant, name, url);
  return references[variant] === undefined
    ? preparePool(variant, server, workload, url)
    : prepareReference(references[variant], workload, url);
}

async function preparePool(variant, server, workload, url) {
  const loadPg = () => require('pg');
  const { request } = variants[variant](loadPg);
  const pool = await servers[server](loadPg(), url, workload);
  return { request, work: () => workload(pool), ended() {}, close: () => pool.end() };
}

async function prepareBuilder(variant, name, url) {
  const { loadPg, open } = openBuilder(name);
  const { request } = variants[variant](loadPg);
  const { work, close } = await open(url);
  return { request, work, ended() {}, close };
}

async function prepareReference(makeReference, workload, url) {
  const loadPg = () => require('pg');
  const { request } = variants.bare();
  const { db, ended, check } = makeReference(await answersOf(await servers.real(loadPg(), url), workload));
  const work = () => workload(db);
  await request(work);
  check();
  return { request, work, ended, async close() {} };
}

module.exports = { prepareRequests };
