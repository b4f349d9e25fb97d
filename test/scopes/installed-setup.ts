// Names the one place of a run where the apps are installed by whichever file needs them first, and removes it after the last.

import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    /** The directory that installApps() makes and fills. */
    scopesPlace: string;
  }
}

export default function setup({ provide }: TestProject): () => void {
  const place = join(tmpdir(), `queryscope-scopes-${process.pid}`);
  provide('scopesPlace', place);
  return () => rmSync(place, { recursive: true, force: true });
}
