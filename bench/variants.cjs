// What watches the statements of a process, if anything does. Each variant is handed what requires pg, before anybody else has, and answers how a
// request is run: `request` calls `work` as its handler, and resolves when all that follows the request is done too; `middleware()` does the same in an Express app.

'use strict';

const { AsyncLocalStorage } = require('node:async_hooks');
const { STATEMENTS } = require('./workloads.cjs');

const variants = {
  'outside als.run': () => ({ request: (work) => work(), middleware: () => (_req, _res, next) => next() }),
  bare: inContext,
  'no scope'(loadPg) {
    createProfiler(loadPg(), {});
    return inContext();
  },
  'without call sites'(loadPg) {
    return scoped(createProfiler(loadPg(), { callSites: 'never' }));
  },
  default(loadPg) {
    return scoped(createProfiler(loadPg(), {}));
  },
  "values: 'sample'"(loadPg) {
    return scoped(createProfiler(loadPg(), { values: 'sample' }));
  },
  /** What production has unless it is told otherwise. */
  "sampleRate: 'auto'"(loadPg) {
    return scoped(createProfiler(loadPg(), { sampleRate: 'auto' }));
  },
  /** Wrappers where queryscope has its own, which do nothing: what this costs no tool that stands there is spared. */
  'wrappers that pass on'(loadPg) {
    const { Client, Pool } = loadPg();
    for (const [{ prototype }, name] of [
      [Pool, 'query'],
      [Pool, 'connect'],
      [Client, 'query'],
    ]) {
      const original = prototype[name];
      prototype[name] = function passing(first, second, third) {
        return original.call(this, first, second, third);
      };
    }
    return inContext();
  },
  /** The least that could be called noticing a statement: its text, values, cells and times, which nobody reads. What this costs no tool that knows as much is spared. */
  'the least that notes'(loadPg) {
    const { Query } = loadPg();
    const storage = new AsyncLocalStorage();
    const { submit, handleReadyForQuery } = Query.prototype;
    Query.prototype.submit = function submitNoted(connection) {
      this.noted = storage.getStore() ?? null;
      if (this.noted !== null) {
        const { texts, values, sentAt } = this.noted;
        this.place = texts.length;
        texts.push(this.text);
        if (this.values) for (const value of this.values) values.push(value);
        sentAt.push(performance.now());
      }
      return submit.call(this, connection);
    };
    Query.prototype.handleReadyForQuery = function handleNoted(connection) {
      if (this.noted !== null) {
        const { rowCounts, cells, answeredAt } = this.noted;
        const { rows, fields } = this._result;
        rowCounts[this.place] = rows.length;
        for (const row of rows) for (const { name } of fields) cells.push(row[name]);
        answeredAt[this.place] = performance.now();
      }
      return handleReadyForQuery.call(this, connection);
    };
    return {
      request: (work) =>
        storage.run({ texts: [], values: [], sentAt: [], rowCounts: [], cells: [], answeredAt: [] }, work),
    };
  },
  /** As its users run it, but that nothing is done with a span: always sampled, in one parent span. */
  'instrumentation-pg'(loadPg) {
    const { context, trace } = require('@opentelemetry/api');
    const { NodeTracerProvider, AlwaysOnSampler } = require('@opentelemetry/sdk-trace-node');
    const { PgInstrumentation } = require('@opentelemetry/instrumentation-pg');
    const discard = { onStart() {}, onEnd() {}, forceFlush: async () => {}, shutdown: async () => {} };
    const provider = new NodeTracerProvider({ sampler: new AlwaysOnSampler(), spanProcessors: [discard] });
    provider.register();
    const instrumentation = new PgInstrumentation();
    instrumentation.setTracerProvider(provider);
    instrumentation.enable();
    mustBePatched(loadPg());
    const tracer = provider.getTracer('bench');
    const inSpan = (span, work) => context.with(trace.setSpan(context.active(), span), work);
    return {
      request(work) {
        const span = tracer.startSpan('request');
        return inSpan(span, work).finally(() => span.end());
      },
      middleware: () => (_req, res, next) => {
        const span = tracer.startSpan('request');
        res.once('close', () => span.end());
        inSpan(span, next);
      },
    };
  },
};

/** As an app with a logger or a tracer has it: it makes every promise dearer, whoever asks for it. */
function inContext() {
  const storage = new AsyncLocalStorage();
  return {
    request: (work) => storage.run({}, work),
    middleware: () => (_req, _res, next) => storage.run({}, next),
  };
}

function createProfiler(pg, options) {
  const queryscope = require('queryscope');
  const profiler = queryscope.createProfiler({ outputs: [], enabled: true, ...options });
  profiler.instrument(pg);
  return profiler;
}

/** The request, and then its profile, flows, detectors and report. To see nothing would cost nothing. */
function scoped(profiler) {
  return {
    async request(work) {
      const { report } = await profiler.capture('request', work);
      const seen = report.profile.statements.length;
      if (seen !== STATEMENTS) throw new Error(`Of ${STATEMENTS} statements ${seen} were seen.`);
      return report;
    },
    middleware: () => profiler.express(),
    onReport: (listener) => profiler.onReport(listener),
  };
}

/** Pools have spans of their own, and are only found where pg was not loaded before: a reference that does half of its work would flatter. */
function mustBePatched({ Client, Pool }) {
  if (!Client.prototype.query.__wrapped || !Pool.prototype.connect.__wrapped) {
    throw new Error('instrumentation-pg did not find pg and its pool.');
  }
}

module.exports = { variants };
