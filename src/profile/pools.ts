// What is known of the app's pools beside any scope: for who watches them over time.

/** A pool as it is now. */
export interface PoolState {
  /** The same as `Connection.pool` of profiles. */
  ordinal: number;
  /** Of its last connection; empty and 0 before it had one. */
  host: string;
  port: number;
  database: string;
  /** Connections in the app's hands, those that are being opened among them. */
  used: number;
  idle: number;
  /** Callers that wait for a connection. */
  pending: number;
  /** The most connections that it opens; null where it does not say. */
  max: number | null;
  /** The fewest idle ones that it keeps. */
  min: number;
}

/** Hears of what happens at pools, by their ordinals. Times in ms. */
export interface PoolWatcher {
  /** A connection was opened. */
  opened(pool: number, ms: number): void;
  /** A caller got a connection, after so long. */
  waited(pool: number, ms: number): void;
  /** A caller gave up waiting for one. */
  timedOut(pool: number): void;
  /** A connection was given back, after so long in the app's hands. */
  used(pool: number, ms: number): void;
}
