// Records of jsonlog (PostgreSQL 15 and later): one JSON object a line.

import { known, momentOf, type ServerEntry } from './server-entry.js';

/** How a record begins, as the server writes it. */
export const JSON_START = /^\{"timestamp":"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/;

/** Null where the line is no whole record. */
export function jsonEntry(line: string): ServerEntry | null {
  const record = objectOf(line);
  if (record === null || typeof record.timestamp !== 'string' || typeof record.message !== 'string') return null;
  const text = (name: string): string | null => {
    const value = record[name];
    return typeof value === 'string' ? known(value) : null;
  };
  return {
    atMs: momentOf(record.timestamp),
    session: text('session_id'),
    place: typeof record.line_num === 'number' ? record.line_num : null,
    severity: text('error_severity') ?? '',
    sqlState: text('state_code'),
    message: record.message,
    detail: text('detail'),
    context: text('context'),
    statement: text('statement'),
    virtualTransaction: text('vxid'),
    user: text('user'),
    database: text('dbname'),
    application: text('application_name'),
  };
}

function objectOf(line: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : null;
  } catch {
    return null;
  }
}
