// One variant of the cost bench, in a process of its own: sends the story on request and answers the CPU time it took.
// Plain JavaScript for plain node: a TypeScript loader in the process would change what stacks cost.

'use strict';

const { AsyncLocalStorage } = require('node:async_hooks');

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

/** How each variant runs one request; made after the variant has had its chance to patch pg. */
const VARIANTS = {
  bare() {
    const storage = new AsyncLocalStorage();
    return (pool) => storage.run({}, story, pool);
  },
  'no scope'() {
    createProfiler({});
    const storage = new AsyncLocalStorage();
    return (pool) => storage.run({}, story, pool);
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
    return (pool) => {
      const span = tracer.startSpan('request');
      return context.with(trace.setSpan(context.active(), span), story, undefined, pool).finally(() => span.end());
    };
  },
};

function createProfiler(options) {
  const queryscope = require('queryscope');
  const profiler = queryscope.createProfiler({ outputs: [], enabled: true, ...options });
  profiler.instrument(require('pg'));
  return profiler;
}

/** The request with all that follows it: the profile, the flows, the detectors, the report. */
function scoped(profiler) {
  return async (pool) => (await profiler.capture('story', () => story(pool))).result;
}

async function main(variant, url) {
  const request = VARIANTS[variant]();
  const { Pool } = require('pg');
  const pool = new Pool({ connectionString: url, max: 1 });
  const run = async (requests) => {
    const before = process.cpuUsage();
    for (let i = 0; i < requests; i++) await request(pool);
    const { user, system } = process.cpuUsage(before);
    return user + system;
  };
  process.on('message', async ({ requests }) => {
    if (requests === 0) {
      await pool.end();
      process.disconnect();
      return;
    }
    process.send({ cpuUs: await run(requests) });
  });
  process.send({ ready: true });
}

main(process.argv[2], process.argv[3]);
