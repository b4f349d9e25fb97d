// Where a line that ran was written: positions taken back through source maps, those that Node holds for its loaders and those
// that lie beside or inside the compiled file. Runs after the response.

import { readFileSync, statSync } from 'node:fs';
import { findSourceMap } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { Mappings } from './mappings.js';

/** A position in a file, 1-based. */
export interface Position {
  /** Path or URL. */
  file: string;
  line: number;
  column: number;
}

/** A source map as it is written; one in sections (some bundlers') holds further maps instead of sources. */
interface RawSourceMap {
  sources: (string | null)[];
  sourceRoot?: string;
  mappings: string;
  sections?: { offset: { line: number; column: number }; map: RawSourceMap }[];
}

/** Answers where a position was written; null where it does not know. */
type SourceMap = (compiled: Position) => Position | null;

/** Compiled files remembered: more than the files of one app that send statements. */
const CAPACITY = 500;
/** Larger files and maps are left alone: reading them would keep the event loop busy for most of a second. */
const LARGEST_FILE_BYTES = 32 * 1024 * 1024;

const onDisk = new Map<string, SourceMap | null>();

/** The position as it was written; null where no source map speaks of it. Never throws. */
export function originalPosition(compiled: Position): Position | null {
  return originalOfLoader(compiled) ?? originalOnDisk(compiled);
}

/** The same by maps on disk only, for a position that has been through the maps Node holds. */
export function originalOnDisk(compiled: Position): Position | null {
  return mapOnDisk(compiled.file)?.(compiled) ?? null;
}

/** Does a source map speak of this file? What it then says nothing of, a compiler added. Never throws. */
export function isMapped(file: string): boolean {
  try {
    if (findSourceMap(file) !== undefined) return true;
  } catch {
    // As below.
  }
  return mapOnDisk(file) !== null;
}

/** By the maps that --enable-source-maps or a loader such as tsx registered, whose compiled text is on no disk. */
function originalOfLoader({ file, line, column }: Position): Position | null {
  try {
    const entry = findSourceMap(file)?.findEntry(line - 1, column - 1);
    // Without a segment on its line, Node answers with the last one of an earlier line.
    if (
      entry === undefined ||
      !('originalSource' in entry) ||
      !entry.originalSource ||
      entry.generatedLine !== line - 1
    )
      return null;
    return { file: entry.originalSource, line: entry.originalLine + 1, column: entry.originalColumn + 1 };
  } catch {
    return null; // Node reads these from disk when they are first asked for, and a map may be broken.
  }
}

function mapOnDisk(file: string): SourceMap | null {
  const known = onDisk.get(file);
  if (known !== undefined) return known;
  if (onDisk.size >= CAPACITY) onDisk.delete(onDisk.keys().next().value as string);
  const map = readMap(file);
  onDisk.set(file, map);
  return map;
}

function readMap(file: string): SourceMap | null {
  try {
    const compiled = file.startsWith('file:') ? new URL(file) : pathToFileURL(file);
    const link = linkIn(readText(compiled));
    if (link === null) return null;
    const [, encoding, data] = /^data:application\/json[^,]*?(;base64)?,(.*)$/s.exec(link) ?? [];
    const base = data === undefined ? new URL(link, compiled) : compiled;
    const json = data === undefined ? readText(base) : decoded(data, encoding !== undefined);
    return sourceMapOf(JSON.parse(json), base);
  } catch {
    return null; // No such file, no map, or not one that can be read: the compiled position is still true.
  }
}

function readText(url: URL): string {
  const path = fileURLToPath(url);
  if (statSync(path).size > LARGEST_FILE_BYTES) throw new RangeError('too large');
  return readFileSync(path, 'utf8');
}

/** What the `sourceMappingURL` comment at the end of a compiled file says. Elsewhere in it the words may be its own. */
function linkIn(text: string): string | null {
  return /(?:^|\n)\/\/[#@] sourceMappingURL=(\S+)\s*$/.exec(text.slice(text.lastIndexOf('\n//')))?.[1] ?? null;
}

function decoded(data: string, base64: boolean): string {
  return base64 ? Buffer.from(data, 'base64').toString('utf8') : decodeURIComponent(data);
}

/** `base`: what its sources are relative to. Their contents, which are most of a map, are not kept. */
function sourceMapOf(map: RawSourceMap, base: URL): SourceMap {
  if (map.sections !== undefined) return sectionsOf(map.sections, base);
  const root = map.sourceRoot ? `${map.sourceRoot.replace(/\/$/, '')}/` : '';
  const sources = map.sources.map((source) => (source === null ? null : new URL(root + source, base).href));
  const mappings = new Mappings(map.mappings);
  return ({ line, column }) => {
    const place = mappings.find(line - 1, column - 1);
    const file = place && sources[place.source];
    return file ? { file, line: place.line + 1, column: place.column + 1 } : null;
  };
}

/** Each section speaks of the places from its offset to that of the next, and counts from its offset. */
function sectionsOf(sections: NonNullable<RawSourceMap['sections']>, base: URL): SourceMap {
  const maps = sections.map(({ offset, map }) => ({ offset, map: sourceMapOf(map, base) }));
  return ({ file, line, column }) => {
    const section = maps.findLast(
      ({ offset }) => offset.line < line - 1 || (offset.line === line - 1 && offset.column < column),
    );
    if (section === undefined) return null;
    const { offset, map } = section;
    return map({ file, line: line - offset.line, column: line - 1 === offset.line ? column - offset.column : column });
  };
}
