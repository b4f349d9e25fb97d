// The many forms of one call: (text), (text, values), (text, callback), (config, …), a config with its own callback, a Submittable.
// Read here once, by the driver's own rules, so that the wrappers are about one thing. What the app would notice being read is left alone.

import { types } from 'node:util';
import type { DriverCallback, DriverClient, DriverConfig } from './pg-driver.js';

/** What a call of `query` asks for. */
export interface Call {
  readonly text: string;
  readonly values: readonly unknown[] | null;
  /** It has values that only the app's own code could tell: they are behind a getter or a proxy. */
  readonly hidden: boolean;
  readonly name: unknown;
  /** The callback that the driver will call; null: it answers by a promise, or not at all. */
  readonly callback: DriverCallback | null;
  /** Where that callback stands: the index of its argument, or `config` for the config's own. */
  readonly callbackAt: 1 | 2 | 'config';
  /** To be handed through as it is: nobody will say how it ended. */
  readonly opaque: boolean;
  /** It, where it handles the server's answers itself. */
  readonly submittable: object | null;
  /** The driver will refuse it before anything is sent. */
  readonly refused: boolean;
}

/** Stands for what a property holds that is an accessor: its getter is the driver's to run, since it may answer something else each time. */
const ACCESSOR = Symbol('accessor');

/**
 * Reads a call; null where it holds no statement that could be sent, so the driver will throw or refuse; `unreadable` where reading it would run code
 * of the app's. The getter of a class for its text may throw here.
 */
export function readCall(
  client: DriverClient,
  config: unknown,
  values: unknown,
  callback: unknown,
): Call | 'unreadable' | null {
  if (typeof config === 'string') return callOf(config, null, null, values, callback, null, false);
  if (typeof config !== 'object' || config === null) return null;
  if (types.isProxy(config)) return 'unreadable';
  const submit = read(config, 'submit');
  if (submit === ACCESSOR) return 'unreadable';
  if (typeof submit === 'function') return submittable(config);
  const name = read(config, 'name');
  const text = textOf(config, name, client);
  if (text === ACCESSOR) return 'unreadable';
  if (typeof text !== 'string') return null;
  // Of a portal that stays open over several round trips the driver says that it cannot be pipelined.
  const unpipelined = client.pipeline === true && Boolean(read(config, 'rows'));
  return callOf(text, read(config, 'values'), name, values, callback, ownCallback(config), unpipelined);
}

/** By the driver's rules: an argument goes before the config, a third argument before the second. */
function callOf(
  text: string,
  configured: unknown,
  name: unknown,
  second: unknown,
  third: unknown,
  own: DriverCallback | 'fixed' | null,
  unpipelined: boolean,
): Call | null {
  if (third && typeof third !== 'function') return null; // The driver throws.
  const inSecond = typeof second === 'function';
  const bound = second && !inSecond ? second : configured;
  const given = third || (inSecond ? second : null);
  const hidden = isHidden(bound);
  return {
    text,
    values: !hidden && Array.isArray(bound) ? bound : null,
    hidden,
    name,
    callback: (given ?? (own === 'fixed' ? null : own)) as DriverCallback | null,
    callbackAt: third ? 2 : inSecond ? 1 : 'config',
    opaque: !given && own === 'fixed',
    submittable: null,
    refused: unpipelined || (Boolean(bound) && !hidden && !Array.isArray(bound)),
  };
}

/**
 * Older drivers write the callback they are called with into the config; it is put back afterwards, which cannot be done where the
 * property is `fixed`: inherited, an accessor or frozen.
 */
function ownCallback(config: object): DriverCallback | 'fixed' | null {
  const callback = read(config, 'callback');
  if (callback === ACCESSOR) return 'fixed';
  if (typeof callback !== 'function') return null;
  const replaceable = Object.getOwnPropertyDescriptor(config, 'callback')?.writable === true;
  return replaceable ? (callback as DriverCallback) : 'fixed';
}

/** A cursor, a stream, COPY, or pg's own Query: it handles the server's answers itself. */
function submittable(config: object): Call | 'unreadable' | null {
  const cursor = read(config, 'cursor');
  const inner = typeof cursor === 'object' && cursor !== null && !types.isProxy(cursor) ? cursor : {};
  const text = writtenText(config) ?? writtenText(inner);
  if (text === ACCESSOR) return 'unreadable';
  if (typeof text !== 'string') return null;
  const values = read(config, 'values') ?? read(inner, 'values');
  const hidden = isHidden(values);
  return {
    text,
    values: !hidden && Array.isArray(values) ? values : null,
    hidden,
    name: read(config, 'name'),
    callback: null,
    callbackAt: 2,
    opaque: true,
    submittable: config,
    refused: Boolean(values) && !hidden && !Array.isArray(values),
  };
}

/** A prepared statement may be called by its name alone, once the connection knows it. */
function textOf(config: object, name: unknown, client: DriverClient): unknown {
  const text = writtenText(config);
  if (typeof text === 'string' || text === ACCESSOR || typeof name !== 'string') return text;
  return (client.connection?.parsedStatements ?? client.namedQueries)?.[name];
}

/** The text that a call of `Pool.query` is going to send; null where that cannot be read without running code of the app's. */
export function textOfPoolCall(config: unknown): string | null {
  if (typeof config === 'string') return config;
  if (typeof config !== 'object' || config === null || types.isProxy(config)) return null;
  const text = writtenText(config);
  return typeof text === 'string' ? text : null;
}

/** The one getter that is run is a class's for its text, as the tags of SQL templates have it: without its text there is no statement. */
function writtenText(holder: object): unknown {
  const text = read(holder, 'text');
  return text === ACCESSOR && !Object.hasOwn(holder, 'text') ? (holder as DriverConfig).text : text;
}

/** What a data property holds, its own or an inherited one. */
function read(holder: object, name: keyof DriverConfig): unknown {
  if (!(name in holder)) return undefined;
  for (let at: object | null = holder; at !== null; at = Object.getPrototypeOf(at)) {
    const property = Object.getOwnPropertyDescriptor(at, name);
    if (property !== undefined) return 'value' in property ? property.value : ACCESSOR;
  }
  return undefined;
}

function isHidden(values: unknown): boolean {
  return values === ACCESSOR || types.isProxy(values);
}
