// The keeper, a process of its own: runs what it is told, and when whoever started it is gone, ends that and removes the
// directory, or drops the databases. Plain JavaScript, because Node runs it without a loader. Started by keep.ts.

import { spawn } from 'node:child_process';
import { openSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const [what, name] = process.argv.slice(2);

// Signals meant for the program that started us reach us too at times; only the end of the pipe counts.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {});
// Nobody may be left to read the answers.
process.stdout.on('error', () => {});

let running = null;
let ended = null;

for await (const line of createInterface({ input: process.stdin })) {
  const { command, args, uid, gid } = JSON.parse(line);
  const log = openSync(join(name, 'log'), 'a');
  // A refusal to start is thrown or emitted, depending on its kind; the executor turns both into a rejection.
  ended = new Promise((resolve, reject) => {
    running = spawn(command, args, { uid, gid, cwd: name, stdio: ['ignore', log, log], windowsHide: true });
    running.once('error', reject);
    running.once('exit', (code, signal) => resolve(code === 0 ? null : (signal ?? `exit code ${code}`)));
  }).catch((error) => error.message);
  ended.then((how) => process.stdout.write(`${JSON.stringify(how)}\n`));
}

if (what === 'directory') {
  // Immediate shutdown: nothing of a server's data is wanted any more.
  running?.kill('SIGQUIT');
  await ended;
  await rm(name, { recursive: true, force: true, maxRetries: 5 });
} else {
  const { default: pg } = await import('pg');
  const client = new pg.Client({ connectionString: process.env.DATABASE_URL });
  await client.connect();
  const made = await client.query('select datname from pg_database where datname = $1 or starts_with(datname, $2)', [
    name,
    `${name}_`,
  ]);
  for (const { datname } of made.rows) await client.query(`drop database ${datname} with (force)`);
  await client.end();
}
