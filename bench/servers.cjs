// Who answers the statements of a workload: a real PostgreSQL; one that was, whose bytes are replayed; or the null driver. The last two need no system call.

'use strict';

const { NullConnection, recordMessages } = require('./null-connection.cjs');
const { recordBytes, ReplaySocket } = require('./replay-socket.cjs');

/** Each opens a pool of one connection to the database that `url` names, on which `workload` has run or can be run. */
const servers = {
  async real(url) {
    return openPool({ connectionString: url });
  },

  async replayed(url, workload) {
    const answers = await recordBytes((stream) => visit(openPool({ connectionString: url, stream }), workload));
    return openPool({ stream: () => new ReplaySocket(answers) });
  },

  async null(url, workload) {
    const pool = openPool({ connectionString: url });
    const answers = recordMessages(pool);
    await visit(pool, workload);
    return openPool({ Client: nullClient(answers) });
  },
};

/** The client stays where the others are waited for. */
const IDLE_MS = 600_000;

function openPool(options) {
  const { Pool } = require('pg');
  return new Pool({ max: 1, idleTimeoutMillis: IDLE_MS, ...options });
}

function nullClient(answers) {
  const { Client } = require('pg');
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
