// Which version of pg a prototype belongs to, for messages only: pg does not say so itself, but Node knows from where it loaded it.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { guarded } from './guard.js';

/** `pg 8.23.1`, or `pg` where it cannot be told: a bundled copy, or one loaded by other means than Node's. */
export function nameOfDriver(client: object): string {
  const version = guarded(() => {
    const file = fileOf(client);
    return file === null
      ? null
      : (JSON.parse(readFileSync(join(dirname(file), '..', 'package.json'), 'utf8')) as { version?: unknown }).version;
  });
  return typeof version === 'string' ? `pg ${version}` : 'pg';
}

/** The file of pg's entry module, of all copies loaded the one that this Client is of. */
function fileOf(client: object): string | null {
  for (const [file, module] of Object.entries(createRequire(__filename).cache)) {
    if (!/[\\/]pg[\\/]lib[\\/]index\.js$/.test(file)) continue;
    const { Client } = (module?.exports ?? {}) as { Client?: { prototype?: unknown } };
    if (Client?.prototype === client) return file;
  }
  return null;
}
