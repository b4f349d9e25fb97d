// What is replaced, by whom, and that it is put back: on the real pg, and on stand-ins where its prototypes are not to be hurt.

import pg from 'pg';
import { afterEach, describe, expect, it } from 'vitest';
import { patchMethod, releasePatches, type Wrap } from '../../src/capture/patches.js';
import { driverOfModule, driverOfPool, patchDriver } from '../../src/capture/pg-module.js';
import { state } from '../../src/capture/state.js';

const poolPrototype = Object.getPrototypeOf(pg.Pool.prototype) as pg.Pool;
const current = () => [
  pg.Client.prototype.query,
  pg.Client.prototype.connect,
  poolPrototype.query,
  poolPrototype.connect,
];
const originals = current();

const holders = [{}, {}];

afterEach(() => {
  for (const holder of holders) releasePatches(holder);
  expect(current()).toEqual(originals);
  expect(state.patches.size).toBe(0);
});

describe('patching pg', () => {
  it('replaces four methods, once', () => {
    patchDriver(driverOfModule(pg)!, holders[0]!);
    const patched = current();
    expect(patched.map((method, i) => method === originals[i])).toEqual([false, false, false, false]);
    patchDriver(driverOfModule(pg)!, holders[0]!);
    expect(current()).toEqual(patched);
    expect([...state.drivers.values()]).toEqual([`pg ${(require('pg/package.json') as { version: string }).version}`]);
  });

  it('leaves no other property changed', () => {
    const shapeOf = (owner: object) =>
      Object.entries(Object.getOwnPropertyDescriptors(owner)).map(([name, { value: _value, ...rest }]) => [name, rest]);
    const before = [shapeOf(pg.Client.prototype), shapeOf(poolPrototype), shapeOf(pg.Pool.prototype)];
    patchDriver(driverOfModule(pg)!, holders[0]!);
    expect([shapeOf(pg.Client.prototype), shapeOf(poolPrototype), shapeOf(pg.Pool.prototype)]).toEqual(before);
  });

  it('lasts until the last of those who asked gives it back', () => {
    for (const holder of holders) patchDriver(driverOfModule(pg)!, holder);
    const patched = current();
    releasePatches(holders[0]!);
    expect(current()).toEqual(patched);
    releasePatches(holders[1]!);
    expect(current()).toEqual(originals);
  });

  it('finds the same methods from the module, its namespace and a live pool', async () => {
    const pool = new pg.Pool();
    patchDriver(driverOfModule(pg)!, holders[0]!);
    const patched = current();
    for (const driver of [driverOfModule({ default: pg }), driverOfModule(await import('pg')), driverOfPool(pool)]) {
      expect(driver).not.toBeNull();
      patchDriver(driver!, holders[1]!);
    }
    expect(current()).toEqual(patched);
  });
});

describe('what is not pg', () => {
  it.each<[string, unknown]>([
    ['undefined', undefined],
    ['null', null],
    ['a text', 'postgres://localhost'],
    ['a Client', pg.Client],
    ['a pool', new pg.Pool()],
    ['only half of it', { Client: pg.Client }],
    ['a default that is none', { default: {} }],
  ])('%s is no module', (_name, value) => expect(driverOfModule(value)).toBeNull());

  it.each<[string, unknown]>([
    ['undefined', undefined],
    ['the module', pg],
    ['a client', new pg.Client()],
    ['something with a query', { query() {}, connect() {} }],
  ])('%s is no pool', (_name, value) => expect(driverOfPool(value)).toBeNull());
});

describe('a method that others replace too', () => {
  class Driver {
    query(): string[] {
      return ['driver'];
    }
  }
  const original = Driver.prototype.query;
  const ours: Wrap = (patch) =>
    function query(this: Driver) {
      const answer = Reflect.apply(patch.original, this as never, []) as string[];
      return patch.active ? ['ours', ...answer] : answer;
    };

  function wrapOnTop(): () => void {
    const below = Driver.prototype.query;
    Driver.prototype.query = function query() {
      return ['theirs', ...below.call(this)];
    };
    return () => {
      Driver.prototype.query = below;
    };
  }

  afterEach(() => {
    Driver.prototype.query = original;
    state.patches.delete(Driver.prototype);
  });

  const call = () => new Driver().query().join(' ');

  it('is not taken from them, but passes calls through', () => {
    patchMethod(Driver.prototype, 'query', ours, holders[0]!);
    const unwrap = wrapOnTop();
    expect(call()).toBe('theirs ours driver');
    releasePatches(holders[0]!);
    expect(call()).toBe('theirs driver');
    patchMethod(Driver.prototype, 'query', ours, holders[0]!);
    expect(call()).toBe('theirs ours driver');
    unwrap();
    releasePatches(holders[0]!);
    expect(Driver.prototype.query).toBe(original);
  });

  it('is replaced again where they put the original back', () => {
    patchMethod(Driver.prototype, 'query', ours, holders[0]!);
    Driver.prototype.query = original;
    patchMethod(Driver.prototype, 'query', ours, holders[1]!);
    expect(call()).toBe('ours driver');
    releasePatches(holders[1]!);
    expect(call()).toBe('ours driver');
  });

  it('is replaced where it is defined, not on a subclass', () => {
    class Sub extends Driver {
      override query(): string[] {
        return ['sub', ...super.query()];
      }
    }
    patchMethod(Sub.prototype, 'query', ours, holders[0]!);
    expect([new Sub().query().join(' '), call()]).toEqual(['sub ours driver', 'ours driver']);
  });

  it('says so where it is frozen', () => {
    const frozen = Object.freeze({ query: original });
    expect(() => patchMethod(frozen, 'query', ours, holders[0]!)).toThrow(/frozen.*Instrument before freezing/);
    state.patches.delete(frozen);
  });
});
