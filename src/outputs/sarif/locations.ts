// Lines of the app as SARIF names them: relative to the repository, percent-encoded, with the line itself where it came with the run.

import type { CallSite } from '../../profile/types.js';
import type { ReadSource } from '../../report/code-frame.js';
import { NO_PLACE } from '../drawing/finding-sentences.js';
import { lines as harmlessLines } from '../drawing/harmless.js';

/** The folder that relative files are in; whoever reads the log knows where he has it. */
export const ROOT = '%SRCROOT%';

export interface ArtifactLocation {
  uri: string;
  uriBaseId?: typeof ROOT;
}

export interface Location {
  id?: number;
  physicalLocation: {
    artifactLocation: ArtifactLocation;
    region: { startLine: number; startColumn?: number; snippet?: { text: string } };
  };
  logicalLocations?: { fullyQualifiedName: string; kind: 'function' }[];
  message?: { text: string };
}

/** Where a call site is; where there is none, a place that says so. */
export function locationOf(site: CallSite | null, read: ReadSource): Location {
  if (site === null) {
    return {
      physicalLocation: { artifactLocation: artifactOf(NO_PLACE), region: { startLine: 1 } },
      message: { text: 'No line of the app was on the stack.' },
    };
  }
  const { file, line, column } = site;
  const text = read(file)?.[line - 1] ?? '';
  return {
    physicalLocation: {
      artifactLocation: artifactOf(file),
      region: {
        startLine: Math.max(line, 1),
        ...(column >= 1 && { startColumn: column }),
        ...(text !== '' && { snippet: { text: harmlessLines(text).join('') } }),
      },
    },
    ...(site.function !== null && {
      logicalLocations: [{ fullyQualifiedName: site.function, kind: 'function' as const }],
    }),
  };
}

/** A file as a URI: below the root where it is named from there. */
export function artifactOf(file: string): ArtifactLocation {
  const path = file.split('/').map(encoded).join('/');
  if (/^[a-z]:\//i.test(file)) return { uri: `file:///${file.slice(0, 2)}${path.slice(path.indexOf('/'))}` };
  if (file.startsWith('/')) return { uri: `file://${path}` };
  return { uri: path, uriBaseId: ROOT };
}

/** One part of a path. A lone surrogate, which no URI can hold, is replaced. */
function encoded(part: string): string {
  return encodeURIComponent(part.replace(/\p{Cs}/gu, '\ufffd'));
}

/** Are both on one line? */
export function isSameLine(a: Location, b: Location): boolean {
  const [one, other] = [a.physicalLocation, b.physicalLocation];
  return one.artifactLocation.uri === other.artifactLocation.uri && one.region.startLine === other.region.startLine;
}
