// Registers a loader that reads CommonJS itself, as those do that transform it: Node then loads it past its own hooks.

import { readFile } from 'node:fs/promises';
import { register } from 'node:module';
import { fileURLToPath } from 'node:url';

export async function load(url, context, next) {
  const loaded = await next(url, context);
  if (loaded.format !== 'commonjs' || !url.startsWith('file:')) return loaded;
  return { format: 'commonjs', source: await readFile(fileURLToPath(url)), shortCircuit: true };
}

// In the thread of the hooks this file is loaded again, and is only the loader.
if (!new URL(import.meta.url).searchParams.has('hooks')) register(`${import.meta.url}?hooks`);
