// The formats that there are, and which of them a file is of: by what stands in it, whatever it is called.

import { csvlog, jsonlog, stderr } from '../logs/postgres/server-formats.js';
import { django, sqlalchemy } from '../logs/python/orm-formats.js';
import type { SourceFormat, SourceName } from '../sources/source-format.js';
import { otlp } from '../traces/otlp.js';

/** In the order in which they are asked: those first that nothing else looks like. */
export const FORMATS: readonly SourceFormat[] = [csvlog, jsonlog, otlp, sqlalchemy, django, stderr];

/** The format of a file by its first bytes; null: it is of none. */
export function recognise(head: Buffer, prefix: { logLinePrefix: string | null }): SourceFormat | null {
  return FORMATS.find((format) => format.recognise(head, prefix)) ?? null;
}

export function formatNamed(name: SourceName): SourceFormat | null {
  return FORMATS.find((format) => format.name === name) ?? null;
}
