// One variant of the cost bench, in a process of its own: sends the story on request and answers the CPU time it took.
// Plain JavaScript for plain node: a TypeScript loader in the process would change what stacks cost.

'use strict';

const { AsyncLocalStorage } = require('node:async_hooks');
const { record, ReplaySocket } = require('./replay-socket.cjs');

/** Requests that are run before what follows them may begin: so many that reading the clock weighs nothing, so few that their notes stay young. */
const BATCH = 4;

/** The story: 1 + 2 + 20 statements, as an app would send them. */
async function story(pool) {
  const chats = (await pool.query('select id from chat order by id limit 2')).rows;
  for (const chat of chats) {
    const messages = (
      await pool.query('select id, chat_id, sender_id, text from message where chat_id = $1', [chat.id])
    ).rows;
    for (const message of messages) {
      message.sender = (await pool.query('select id, username from users where id = $1', [message.sender_id])).rows[0];
    }
  }
  return chats;
}

/**
 * How each variant runs one request, made after the variant has had its chance to patch pg: it calls `work` as the request's handler, and resolves
 * when all that follows the request is done too.
 */
const VARIANTS = {
  bare: inContext,
  'no scope'() {
    createProfiler({});
    return inContext();
  },
  'without call sites'() {
    return scoped(createProfiler({ callSites: 'never' }));
  },
  'everything on'() {
    return scoped(createProfiler({}));
  },
  'instrumentation-pg'() {
    const { context, trace } = require('@opentelemetry/api');
    const { NodeTracerProvider, AlwaysOnSampler } = require('@opentelemetry/sdk-trace-node');
    const { PgInstrumentation } = require('@opentelemetry/instrumentation-pg');
    const discard = { onStart() {}, onEnd() {}, forceFlush: async () => {}, shutdown: async () => {} };
    const provider = new NodeTracerProvider({ sampler: new AlwaysOnSampler(), spanProcessors: [discard] });
    provider.register();
    const instrumentation = new PgInstrumentation();
    instrumentation.setTracerProvider(provider);
    instrumentation.enable();
    const tracer = provider.getTracer('bench');
    return (work) => {
      const span = tracer.startSpan('request');
      return context.with(trace.setSpan(context.active(), span), work).finally(() => span.end());
    };
  },
};

function inContext() {
  const storage = new AsyncLocalStorage();
  return (work) => storage.run({}, work);
}

function createProfiler(options) {
  const queryscope = require('queryscope');
  const profiler = queryscope.createProfiler({ outputs: [], enabled: true, ...options });
  profiler.instrument(require('pg'));
  return profiler;
}

/** The request, and, once the batch is over, its profile, flows, detectors and report. */
function scoped(profiler) {
  return (work) => profiler.capture('story', work);
}

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

async function main(variant, server, url) {
  const gate = gateBeforeAnalysis();
  const request = VARIANTS[variant]();
  const { Pool } = require('pg');
  const recorded =
    server === 'real' ? null : await record((stream) => visit(new Pool({ connectionString: url, max: 1, stream })));
  const pool = new Pool({
    connectionString: url,
    max: 1,
    ...(recorded && { stream: () => new ReplaySocket(recorded) }),
  });
  /** CPU microseconds of the requests themselves, and of what came after them. */
  const run = async (requests) => {
    const cpu = { request: 0, after: 0 };
    for (let i = 0; i < requests; i += BATCH) {
      const reports = [];
      gate.shut();
      const start = cpuUs();
      for (let j = 0; j < BATCH; j++) {
        await new Promise((done) => {
          reports.push(request(() => story(pool).finally(done)));
        });
      }
      // A turn of the event loop, in which the scopes of the batch close.
      await new Promise((resume) => setImmediate(resume));
      const end = cpuUs();
      gate.open();
      await Promise.all(reports);
      cpu.request += end - start;
      cpu.after += cpuUs() - end;
    }
    return cpu;
  };
  process.on('message', async ({ requests }) => {
    if (requests === 0) {
      await pool.end();
      process.disconnect();
      return;
    }
    process.send(await run(requests));
  });
  process.send({ ready: true });
}

/** One story over a pool that is not needed again. */
async function visit(pool) {
  await story(pool);
  await pool.end();
}

function cpuUs() {
  const { user, system } = process.cpuUsage();
  return user + system;
}

main(process.argv[2], process.argv[3], process.argv[4]);
