// A program that opens a database, says where it is, and ends in the way it is told: the subject of database.test.ts.

import { dirname } from 'node:path';
import { openDatabase } from '../../examples/database.js';

async function main(way: string | undefined): Promise<void> {
  const { port, database, logFile, stop } = await openDatabase();
  console.log(JSON.stringify({ port, database, directory: logFile && dirname(logFile) }));
  if (way === 'stops') return stop();
  if (way === 'forgets to stop') return;
  if (way === 'throws') throw new Error('thrown on purpose');
  if (way === 'exits') process.exit(3);
  // The test ends it with a signal; `way` names it.
  setInterval(() => {}, 60_000);
}

void main(process.argv[2]);
