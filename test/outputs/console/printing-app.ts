// An app whose console output prints one report: to the end of the process, or until its reader went away.

import { once } from 'node:events';
import { consoleOutput } from '../../../src/outputs/console.js';
import { story } from './reports.js';

async function main(how: string | undefined): Promise<void> {
  const output = consoleOutput();
  output.start?.({
    root: process.cwd(),
    drivers: () => ['pg'],
    unattributed: () => 0,
    unsampled: () => ({ requests: 0, statements: 0 }),
    unjudged: () => ({ scopes: 0, statements: 0 }),
    idleAllows: () => [],
    tracers: () => [],
    pools: () => [],
    watchPools: () => () => {},
  });
  output.write(story, undefined);
  if (how === 'pipe') {
    await once(process.stdin, 'data');
    for (let request = 0; request < 5; request += 1) {
      output.write({ ...story }, undefined);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    process.stdin.destroy();
  }
  process.stdout.write('the app is done\n');
}

void main(process.argv[2]);
