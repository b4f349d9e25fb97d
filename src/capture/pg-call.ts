// The many forms of one call: (text), (text, values), (text, callback), (config, …), a config with its own callback, a Submittable.
// Read here once, by the driver's own rules, so that the wrappers are about one thing.

import type { DriverCallback, DriverClient, DriverConfig } from './pg-driver.js';

/** What a call of `query` asks for. */
export interface Call {
  readonly text: string;
  readonly values: readonly unknown[] | null;
  readonly name: unknown;
  /** The callback that the driver will call; null: it answers by a promise, or not at all. */
  readonly callback: DriverCallback | null;
  /** Where that callback stands: the index of its argument, or `config` for the config's own. */
  readonly callbackAt: 1 | 2 | 'config';
  /** To be handed through as it is: nobody will say how it ended. */
  readonly opaque: boolean;
  /** The driver will refuse it before anything is sent. */
  readonly refused: boolean;
}

/**
 * Reads a call; null where it holds no statement that could be sent, so the driver will throw or refuse. Reads the config as the driver
 * does, so a getter of the app's may throw here.
 */
export function readCall(client: DriverClient, config: unknown, values: unknown, callback: unknown): Call | null {
  if (typeof config === 'string') return callOf(config, null, null, values, callback, null, false);
  if (typeof config !== 'object' || config === null) return null;
  const { name, submit, rows, callback: own, values: bound } = config as DriverConfig;
  if (typeof submit === 'function') return submittable(client, config);
  const text = textOf(config, name, client);
  if (text === null) return null;
  // Of a portal that stays open over several round trips the driver says that it cannot be pipelined.
  return callOf(
    text,
    bound,
    name,
    values,
    callback,
    ownCallback(config, own),
    client.pipeline === true && Boolean(rows),
  );
}

interface OwnCallback {
  readonly call: DriverCallback;
  readonly replaceable: boolean;
}

/** By the driver's rules: an argument goes before the config, a third argument before the second. */
function callOf(
  text: string,
  configured: unknown,
  name: unknown,
  second: unknown,
  third: unknown,
  own: OwnCallback | null,
  unpipelined: boolean,
): Call | null {
  if (third && typeof third !== 'function') return null; // The driver throws.
  const inSecond = typeof second === 'function';
  const bound = second && !inSecond ? second : configured;
  const given = third || (inSecond ? second : null);
  const values = Array.isArray(bound) ? bound : null;
  return {
    text,
    values,
    name,
    callback: (given ?? (own?.replaceable ? own.call : null)) as DriverCallback | null,
    callbackAt: third ? 2 : inSecond ? 1 : 'config',
    opaque: !given && own !== null && !own.replaceable,
    refused: unpipelined || (Boolean(bound) && values === null),
  };
}

/**
 * Older drivers write the callback they are called with into the config; it is put back afterwards, which cannot be done where the
 * property is inherited, an accessor or frozen.
 */
function ownCallback(config: object, callback: unknown): OwnCallback | null {
  if (typeof callback !== 'function') return null;
  const replaceable = Object.getOwnPropertyDescriptor(config, 'callback')?.writable === true;
  return { call: callback as DriverCallback, replaceable };
}

/** A cursor, a stream, COPY, or pg's own Query: it handles the server's answers itself. */
function submittable(client: DriverClient, config: DriverConfig): Call | null {
  const text = config.text ?? config.cursor?.text;
  const values = config.values ?? config.cursor?.values;
  if (typeof text !== 'string') return null;
  return {
    text,
    values: Array.isArray(values) ? values : null,
    name: config.name,
    callback: null,
    callbackAt: 2,
    opaque: true,
    refused: client.pipeline === true,
  };
}

/** A prepared statement may be called by its name alone, once the connection knows it. */
function textOf(config: DriverConfig, name: unknown, client: DriverClient): string | null {
  const { text } = config;
  if (typeof text === 'string') return text;
  if (typeof name !== 'string') return null;
  const known = (client.connection?.parsedStatements ?? client.namedQueries)?.[name];
  return typeof known === 'string' ? known : null;
}
