// A client in the app's own hands: when the pool gave it out, and in which state it came back. Statements that the pool sends by itself
// have no part in this.

import type { CheckoutNote } from '../profile/note.js';
import { guarded } from './guard.js';
import { type Connection, connectionOf } from './pg-connection.js';
import type { DriverClient } from './pg-driver.js';
import type { Scope } from './scope.js';

type Release = (this: unknown, destroy?: unknown) => unknown;

/** Notes that the scope got this client, and stands in for its `release` until the pool makes another. */
export function watchRelease(client: DriverClient, scope: Scope): void {
  if (typeof client.release !== 'function') return;
  const connection = connectionOf(client);
  const checkout = scope.recorder.checkOut(connection.note);
  if (checkout !== null)
    client.release = releasing(client.release as Release, checkout, connection, new WeakRef(scope));
}

/** `home` is weak: a client that idles in its pool keeps what its last holder called. */
function releasing(original: Release, checkout: CheckoutNote, connection: Connection, home: WeakRef<Scope>): Release {
  return function release(this: unknown, destroy?: unknown): unknown {
    const scope = home.deref();
    if (scope !== undefined && !scope.closed)
      guarded(() => checkIn(scope, checkout, connection, Boolean(destroy), release), scope);
    // biome-ignore lint/complexity/noArguments: handed on as they came.
    return Reflect.apply(original, this, arguments as unknown as [unknown]);
  };
}

/** The line is looked at where it may be worth naming. */
function checkIn(
  scope: Scope,
  checkout: CheckoutNote,
  { status }: Connection,
  destroyed: boolean,
  above: CallableFunction,
): void {
  const isClean = status === 'I' && checkout.releasedAt === null;
  scope.recorder.checkIn(checkout, status, destroyed, isClean ? null : scope.sites.captureRelease(above));
}
