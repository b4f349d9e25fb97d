// A finding's replacement as a SARIF fix. No edit of one place turns a loop into one statement: what it bound and what it did with each row are
// the app's own code. What can be written for sure is the statement to send, as a comment above the loop: where it is needed, in the style of
// the line below it, and harmless to whoever applies it unread.

import type { ReadSource } from '../../report/code-frame.js';
import type { Finding } from '../../report/report.js';
import { lines as harmlessLines } from '../drawing/harmless.js';
import { type ArtifactLocation, artifactOf } from './locations.js';

export interface SarifFix {
  description: { text: string };
  artifactChanges: [
    {
      artifactLocation: ArtifactLocation;
      replacements: [{ deletedRegion: Region; insertedContent: { text: string } }];
    },
  ];
}

interface Region {
  startLine: number;
  startColumn: number;
  endLine: number;
  endColumn: number;
}

/** Here a line that begins with `//` is a comment. In JSX and in templates it is text. */
const TAKES_COMMENTS = /\.[cm]?[jt]s$/i;

/** Null where there is no replacement, or where the line is not known or may stand inside a template. */
export function sarifFixOf({ replacement, callSite }: Finding, read: ReadSource): SarifFix | null {
  if (replacement === null || callSite === null || !TAKES_COMMENTS.test(callSite.file)) return null;
  const { file, line } = callSite;
  const text = read(file)?.[line - 1] ?? '';
  if (text.trim() === '' || text.includes('`')) return null;
  const indent = /^\s*/.exec(text)?.[0] ?? '';
  const comment = ['One statement for all of them:', ...harmlessLines(replacement)]
    .map((each) => `${indent}// ${each}`.trimEnd())
    .join('\n');
  return {
    description: { text: 'Write the statement to send instead above the loop, as a comment' },
    artifactChanges: [
      {
        artifactLocation: artifactOf(file),
        replacements: [
          {
            deletedRegion: { startLine: line, startColumn: 1, endLine: line, endColumn: 1 },
            insertedContent: { text: `${comment}\n` },
          },
        ],
      },
    ],
  };
}
