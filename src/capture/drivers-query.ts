// The driver's own `query` of a client, below ours: what queryscope itself sends is no statement of the app's.

import type { DriverClient } from './pg-driver.js';
import { state } from './state.js';

type Query = (config: unknown) => PromiseLike<unknown>;

export function driversQuery(client: DriverClient): Query {
  for (let object: object | null = client; object !== null; object = Object.getPrototypeOf(object)) {
    const patch = state.patches.get(object)?.get('query');
    if (patch !== undefined) return patch.original.bind(client as never) as Query;
  }
  return client.query.bind(client) as Query;
}
