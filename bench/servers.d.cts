// The servers to those who are compiled.

import type pg from 'pg';
import type { workloads } from './workloads.cjs';

export declare const servers: Record<
  'real' | 'replayed' | 'null',
  (
    driver: Pick<typeof pg, 'Pool' | 'Client'>,
    url: string,
    workload: (typeof workloads)[keyof typeof workloads],
  ) => Promise<pg.Pool>
>;
