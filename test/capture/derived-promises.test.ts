// Which promises are the driver's own and which are derived, and in which order they are heard.

import { describe, expect, it } from 'vitest';
import { derive, heard, inOrder } from '../../src/capture/derived-promises.js';

/** One that is heard by its promise, as a client's statement is. */
function heardOf<T>(promise: Promise<T>): PromiseLike<unknown> {
  return derive(
    promise,
    (value) => {
      heard();
      return value;
    },
    (error) => {
      heard();
      throw error;
    },
  );
}

/** A promise in the hands of the test. */
function pending<T>(): { promise: Promise<T>; resolve(value: T): void; reject(error: Error): void } {
  let settle: Omit<ReturnType<typeof pending<T>>, 'promise'> | undefined;
  const promise = new Promise<T>((resolve, reject) => {
    settle = { resolve, reject };
  });
  return { promise, ...(settle as NonNullable<typeof settle>) };
}

describe('while no derived promise waits', () => {
  it('an app has the driver’s own', () => {
    const own = Promise.resolve(1);
    expect(inOrder(own)).toBe(own);
    expect(inOrder(undefined)).toBe(undefined);
  });
});

describe('while a derived promise waits', () => {
  it('what is sent then is derived too, and heard after it', async () => {
    const order: string[] = [];
    const [first, second] = [pending<number>(), pending<number>()];
    const one = heardOf(first.promise).then(() => order.push('first'));
    const given = inOrder(second.promise) as Promise<number>;
    expect(given).not.toBe(second.promise);
    const other = given.then(() => order.push('second'));
    first.resolve(1);
    second.resolve(2);
    await Promise.all([one, other]);
    expect(order).toEqual(['first', 'second']);
    expect(inOrder(second.promise)).toBe(second.promise);
  });

  it('its value and its error are the driver’s', async () => {
    const error = new Error('refused');
    const first = pending<number>();
    const one = heardOf(first.promise);
    const [value, refused] = [inOrder(Promise.resolve(5)), inOrder(Promise.reject(error))];
    first.reject(error);
    await expect(value).resolves.toBe(5);
    await expect(refused).rejects.toBe(error);
    await expect(one).rejects.toBe(error);
    const own = Promise.resolve(1);
    expect(inOrder(own)).toBe(own);
  });
});
