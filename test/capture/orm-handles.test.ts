// What leads from an ORM's handle to its pg, where it is a property. With the ORMs themselves it is held by test/orms.

import pg from 'pg';
import { expect, it } from 'vitest';
import { driversBehind } from '../../src/capture/orm-handles.js';

const { Client, Pool } = pg;

it.each([
  ['a pool behind `$client`', { $client: new Pool() }],
  [
    'a module behind `client.driver`, of a handle that is a function',
    Object.assign(() => {}, { client: { driver: pg } }),
  ],
  ['a client behind `$client`', { $client: new Client() }],
  ['a module behind `connectionManager.lib`', { connectionManager: { lib: pg } }],
])('%s', (_where, handle) => {
  expect(driversBehind(handle)).toEqual([{ clients: [Client.prototype], pools: [expect.any(Object)] }]);
});

it.each([
  ['nothing', {}],
  ['a client', new Client()],
  ['an ORM of another driver', { client: { driver: { Connection: class {} } } }],
])('nothing is behind %s', (_what, handle) => {
  expect(driversBehind(handle)).toBeNull();
});
