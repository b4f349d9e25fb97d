// Two copies of pg in one process, of which a variant watches one: what it adds outside any scope is less than what two processes of one program differ by.

'use strict';

const { createProfiler } = require('queryscope');
const { servers } = require('./servers.cjs');
const { variants } = require('./variants.cjs');
const { STATEMENTS, workloads } = require('./workloads.cjs');

/** Of two milliseconds: so many that reading the clock weighs nothing, so few that what disturbs one round seldom disturbs the next. */
const REQUESTS = 20;
const WARM_UP_ROUNDS = 100;
const ROUNDS = 100;

/** From the first scope on Node follows contexts, and each look-up of one costs more. */
async function openScope() {
  const profiler = createProfiler({ outputs: [], enabled: true });
  await profiler.capture('job', async () => {});
  await profiler.close();
}

/** A pg of its own. */
function loadPg() {
  for (const file of Object.keys(require.cache)) {
    if (/[\\/]node_modules[\\/]pg(-pool)?[\\/]/.test(file)) delete require.cache[file];
  }
  return require('pg');
}

async function main(variant, workloadName, watchedFirst, afterScope, url) {
  const workload = workloads[workloadName];
  const pgs = [loadPg(), loadPg()];
  const watched = watchedFirst === 'true' ? 0 : 1;
  const { request } = variants[variant](() => pgs[watched]);
  // In the order of loading: what runs first is faster from then on, by 60 ns a statement on Node 24.
  const pools = [];
  for (const pg of pgs) pools.push(await servers.null(pg, url, workload));
  if (afterScope === 'true') await openScope();
  const took = async (pool) => {
    const { user, system } = process.cpuUsage();
    for (let i = 0; i < REQUESTS; i++) await request(() => workload(pool));
    const since = process.cpuUsage({ user, system });
    return (1_000 * (since.user + since.system)) / REQUESTS / STATEMENTS;
  };
  const compare = async (rounds) => {
    const differences = [];
    for (let round = 0; round < rounds; round++) {
      const order = round % 2 === 0 ? [0, 1] : [1, 0];
      const ns = [];
      for (const i of order) ns[i] = await took(pools[i]);
      differences.push(ns[watched] - ns[1 - watched]);
    }
    return differences;
  };
  await compare(WARM_UP_ROUNDS);
  process.on('message', async ({ end }) => {
    if (!end) return process.send(await compare(ROUNDS));
    await Promise.all(pools.map((pool) => pool.end()));
    process.disconnect();
  });
  process.send({ ready: true });
}

main(...process.argv.slice(2));
