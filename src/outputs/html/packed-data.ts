// Data in the page: compressed, and as letters that no parser of HTML takes for anything but text.

import { deflateRawSync } from 'node:zlib';
import { harmless } from '../drawing/harmless.js';

/** The value's JSON, deflated (RFC 1951), in base64. */
export function packedData(value: unknown): string {
  return deflateRawSync(JSON.stringify(value), { level: 9 }).toString('base64');
}

/** A copy of plain data with every text in it made harmless. */
export function harmlessData<T>(value: T): T {
  if (typeof value === 'string') return harmless(value) as T;
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    // Most of a page is numbers: their columns stay as they are.
    return (value.some((each) => typeof each !== 'number' && each !== null) ? value.map(harmlessData) : value) as T;
  }
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [harmless(key), harmlessData(each)])) as T;
}
