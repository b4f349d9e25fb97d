// The agents of others in one process with queryscope, on a real PostgreSQL: each statement in its own scope and the agent's context kept, and whose spans the
// statements get. Run by .ci/full, which installs the agents beside it: `tsx test/outputs/otel/beside-agents.ts <directory with node_modules> <agent>`.

import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';

const [, , directory = '', agent = ''] = process.argv;
const load = createRequire(join(resolve(directory), 'x.js'));

interface DatadogTracer {
  init(options: object): DatadogTracer;
  TracerProvider: new () => { register(): void };
  startSpan(name: string): object;
  scope(): { activate<T>(span: object, fn: () => T): T; active(): object | null };
}

/** Starts it, as it has to be, before pg is loaded; answers how to ask whether its context is kept through some work. */
const AGENTS: Readonly<Record<string, () => (work: () => Promise<unknown>) => Promise<boolean>>> = {
  'dd-trace': () => {
    const tracer = (load('dd-trace') as DatadogTracer).init({ startupLogs: false });
    new tracer.TracerProvider().register();
    const span = tracer.startSpan('request');
    return (work) =>
      tracer.scope().activate(span, async () => {
        await work();
        return tracer.scope().active() === span;
      });
  },
  '@sentry/node': () => {
    const sentry = load('@sentry/node');
    sentry.init({ dsn: 'http://key@127.0.0.1:9/1', tracesSampleRate: 1 });
    return (work) =>
      sentry.startSpan({ name: 'request' }, async (span: unknown) => {
        await work();
        return sentry.getActiveSpan() === span;
      });
  },
};

/** dd-trace has spans of the statements in the very same traces; Sentry takes no spans of others. */
const SAID: Readonly<Record<string, RegExp>> = {
  'dd-trace': /^queryscope: dd-trace already makes a span for each statement/,
  '@sentry/node': /^queryscope: otelOutput\(\) has nobody to give its spans to/,
};

async function main(): Promise<void> {
  const start = AGENTS[agent];
  assert.ok(start !== undefined, `there is no '${agent}': ${Object.keys(AGENTS).join(', ')}`);
  const isKept = start();
  // The app's copy, which the agent has patched as it was loaded.
  const pg = load('pg') as typeof import('pg');
  const { openDatabase } = await import('../../../examples/database.js');
  const { createProfiler } = await import('queryscope');
  const { otelOutput } = await import('queryscope/otel');

  let said = '';
  const stream = {
    write(text: string) {
      said += text;
    },
  };
  const profiler = createProfiler({ outputs: [otelOutput({ stream })], enabled: true });
  profiler.instrument(pg);
  const database = await openDatabase();
  const pool = new pg.Pool({ connectionString: database.url, max: 1 });
  const capture = (number: number) =>
    profiler.capture(`capture ${number}`, async () => {
      for (let turn = 0; turn < 3; turn += 1) await pool.query('select $1::int', [number]);
      await new Promise((done) => pool.query('select $1::int as called_back', [number], done));
      const client = await pool.connect();
      await client.query('select $1::int as held', [number]);
      client.release();
    });
  const captured = await Promise.all([1, 2, 3, 4, 5].map(capture));
  assert.deepEqual(
    captured.map(({ report }) => report.profile.statements.length),
    [5, 5, 5, 5, 5],
  );
  assert.ok(await isKept(() => capture(6)), 'its context is lost');
  await profiler.close();
  assert.match(said, SAID[agent] as RegExp);
  await pool.end();
  await database.stop();
  process.stdout.write(`${agent} ${load(`${agent}/package.json`).version}: 5 of 5, its context kept; ${said}`);
}

main().then(
  () => process.exit(),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
    process.exit(1);
  },
);
