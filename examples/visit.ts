// Calls an app's routes over HTTP, one after the other, and answers what queryscope reported of each.

import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { Express } from 'express';
import pg from 'pg';
import { createProfiler, type Output, type Profiler, type ProfilerOptions, type Report } from 'queryscope';

/** What is asked for; with a body it is a POST. */
export interface Ask {
  path: string;
  body?: object;
}

export interface Visit {
  status: number;
  report: Report;
}

/** Starts the app under a profiler with these outputs, and ends both. */
export async function visit(
  createApp: (profiler: Profiler) => Express,
  asks: readonly Ask[],
  outputs: Output[],
  detectors: ProfilerOptions['detectors'] = {},
): Promise<Visit[]> {
  const profiler = createProfiler({ outputs, enabled: true, detectors });
  profiler.instrument(pg);
  const server = createApp(profiler).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;

  const visits: Visit[] = [];
  for (const { path, body } of asks) {
    const closed = new Promise<Report>((resolve) => {
      const stop = profiler.onReport((report) => {
        stop();
        resolve(report);
      });
    });
    const response = await fetch(`http://127.0.0.1:${port}${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: { connection: 'close', 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    await response.arrayBuffer();
    visits.push({ status: response.status, report: await closed });
  }

  server.close();
  await profiler.close();
  return visits;
}
