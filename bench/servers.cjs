// Who answers the statements of a workload: a real PostgreSQL; one that was, whose bytes are replayed; or the null driver. The last two need no system call.

'use strict';

const { NullConnection, recordMessages } = require('./null-connection.cjs');
const { recordBytes, ReplaySocket } = require('./replay-socket.cjs');

/** Each opens a pool of one connection to the database that `url` names, made by this copy of pg, on which `workload` can be run. */
const servers = {
  async real(pg, url) {
    return openPool(pg, { connectionString: url });
  },

  async replayed(pg, url, workload) {
    const answers = await recordBytes((stream) => visit(openPool(pg, { connectionString: url, stream }), workload));
    return openPool(pg, { stream: () => new ReplaySocket(answers) });
  },

  async null(pg, url, workload) {
    const pool = openPool(pg, { connectionString: url });
    const answers = recordMessages(pool);
    await visit(pool, workload);
    return openPool(pg, { Client: nullClient(pg, answers) });
  },
};

/** The client stays where the others are waited for. */
const IDLE_MS = 600_000;

function openPool({ Pool }, options) {
  return new Pool({ max: 1, idleTimeoutMillis: IDLE_MS, ...options });
}

function nullClient({ Client }, answers) {
  return class extends Client {
    constructor(options) {
      super({ ...options, connection: new NullConnection(answers) });
    }
  };
}

async function visit(pool, workload) {
  await workload(pool);
  await pool.end();
}

module.exports = { servers };
