// The three formats in which a PostgreSQL server writes its log.

import { logFormat } from '../log-format.js';
import { CSV_START } from './csv-record.js';
import { JSON_START } from './json-record.js';
import { DEFAULT_PREFIX, linePrefix, severityOf, usualPrefix } from './line-prefix.js';
import { csvLog, jsonLog, plainLog } from './server-log.js';

export const csvlog = logFormat({
  name: 'csvlog',
  title: "PostgreSQL's csvlog",
  isOf: (lines) => lines.some((line) => CSV_START.test(line)),
  reader: csvLog,
});

export const jsonlog = logFormat({
  name: 'jsonlog',
  title: "PostgreSQL's jsonlog",
  isOf: (lines) => lines.some((line) => JSON_START.test(line)),
  reader: jsonLog,
});

export const stderr = logFormat({
  name: 'stderr',
  title: "PostgreSQL's log on stderr",
  isOf(lines, { logLinePrefix }) {
    const prefix = logLinePrefix ?? usualPrefix(lines);
    if (prefix === null) return lines.some((line) => ENTRY.test(line));
    const { read } = linePrefix(prefix, logLinePrefix === null);
    return lines.some((line) => SEVERITIES.has(severityOf(read(line)?.rest ?? '')?.severity ?? ''));
  },
  reader({ logLinePrefix }, first) {
    const guess = () => linePrefix(usualPrefix(first) ?? DEFAULT_PREFIX, true);
    return plainLog(logLinePrefix === null ? guess() : linePrefix(logLinePrefix));
  },
});

/** With any prefix: then it is asked for, line by line that cannot be read. */
const ENTRY = /(?:^|\W)(?:LOG|ERROR|FATAL|STATEMENT|DETAIL): {2}(?=\S)/;

/** In every language; a log of a while has one of them. */
const SEVERITIES: ReadonlySet<string> = new Set(['LOG', 'ERROR', 'FATAL', 'STATEMENT', 'DETAIL']);
