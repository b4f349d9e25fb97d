// A suite of JUnit XML: its attributes and elements, as both schemas have them.

import { attribute, text } from './xml.js';

/** The scopes of one label. */
export interface Label {
  name: string;
  /** Of the first of them, ISO 8601. */
  startedAt: string;
  durationMs: number;
  scopes: number;
  statements: number;
}

/** What stands in a suite. */
interface Suite {
  label: Label;
  /** Its place in the document. */
  index: number;
  /** Each as its lines. */
  cases: readonly string[][];
  failures: number;
  errors: number;
  said: readonly string[];
  missed: readonly string[];
}

/** Its lines, in the order of elements that Ant's schema asks for. */
export function suiteOf({ label, index, cases, failures, errors, said, missed }: Suite): string[] {
  const properties: [string, number][] = [
    ['scopes', label.scopes],
    ['statements', label.statements],
  ];
  return [
    `  <testsuite name=${attribute(label.name)} package="queryscope" id="${index}" timestamp="${timestampOf(label)}"` +
      ` hostname="localhost" tests="${cases.length}" failures="${failures}" errors="${errors}"` +
      ` time="${(label.durationMs / 1_000).toFixed(3)}">`,
    '    <properties>',
    ...properties.map(([name, value]) => `      <property name="${name}" value="${value}"/>`),
    '    </properties>',
    ...cases.flat(),
    `    <system-out>${text(said.join('\n'))}</system-out>`,
    `    <system-err>${text(missed.join('\n'))}</system-err>`,
    '  </testsuite>',
  ];
}

/** To the second and without a zone, which the schema forbids; UTC. A time that is none, from a file that somebody wrote by hand, is the first there is. */
function timestampOf({ startedAt }: Label): string {
  const ms = Date.parse(startedAt);
  return new Date(Number.isNaN(ms) ? 0 : ms).toISOString().slice(0, 'YYYY-MM-DDTHH:MM:SS'.length);
}
