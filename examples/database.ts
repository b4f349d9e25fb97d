// A PostgreSQL for whoever needs one (demo, tests, bench): the server DATABASE_URL names, or else a real one that comes
// from the npm registry. Either way it leaves nothing behind, however this process ends.

import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { startServer } from './database/embedded.js';
import { keep } from './database/keep.js';

export interface Database {
  /** Connection string of `database`, with its password. */
  url: string;
  host: string;
  port: number;
  user: string;
  /** Name of a database made for this call; nothing else is touched on the server. */
  database: string;
  /** Makes one more database, for a test that needs its own; answers its connection string. `name`: a-z, 0-9, `_`. */
  createDatabase(name: string): Promise<string>;
  /** The server's log, where the server is ours; null where DATABASE_URL named it. */
  logFile: string | null;
  /** Ends it: removes the databases, and the server where it is ours. End your pools first. */
  stop(): Promise<void>;
}

export interface DatabaseOptions {
  /**
   * Server settings, such as `{ log_statement: 'all' }`. Only a server of our own takes them, so DATABASE_URL is not used
   * where they are given.
   */
  settings?: Record<string, string>;
}

/**
 * Opens an empty database.
 * @throws Error where neither DATABASE_URL nor the embedded server works; the message says what was tried and what to do.
 */
export async function openDatabase({ settings }: DatabaseOptions = {}): Promise<Database> {
  const given = settings ? undefined : process.env.DATABASE_URL;
  const name = `queryscope_${randomBytes(4).toString('hex')}`;
  const server = given
    ? { url: given, logFile: null, keeper: keep('databases', name) }
    : await startServer(settings ?? {});
  try {
    const url = await createDatabase(server.url, name);
    server.keeper.unref();
    const { hostname, port, username } = new URL(url);
    return {
      url,
      host: hostname,
      port: Number(port || 5432),
      user: decodeURIComponent(username),
      database: name,
      createDatabase: (suffix) => createDatabase(server.url, `${name}_${suffix}`),
      logFile: server.logFile,
      stop: server.keeper.stop,
    };
  } catch (error) {
    await server.keeper.stop();
    throw error;
  }
}

/**
 * Makes an empty database on the server that `serverUrl` reaches; answers its connection string.
 * @throws Error where the server or the user's rights do not allow it.
 */
export async function createDatabase(serverUrl: string, database: string): Promise<string> {
  if (!/^[a-z][a-z0-9_]{0,62}$/.test(database)) {
    throw new Error(`A database's name is made of a-z, 0-9 and _, at most 63 of them; got "${database}".`);
  }
  if (!URL.canParse(serverUrl)) {
    throw new Error('DATABASE_URL is not a connection string of the form postgres://user:password@host:port/database.');
  }
  const client = new Client({ connectionString: serverUrl });
  try {
    await client.connect();
    await client.query(`create database ${database} template template0`);
  } catch (error) {
    const { host, port, user } = client;
    throw new Error(
      `Could not create a database on ${host}:${port} as "${user}": ${(error as Error).message}. ` +
        'DATABASE_URL must name a server that is running and a user who may create databases; ' +
        'unset it to use the embedded PostgreSQL.',
      { cause: error },
    );
  } finally {
    await client.end();
  }
  const url = new URL(serverUrl);
  url.pathname = `/${database}`;
  return url.href;
}
