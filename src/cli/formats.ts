// The formats of a judged run, each loaded when it is asked for: by its name, or by the extension of the file that it goes to.

import { nearestName } from '../errors.js';
import type { Run } from '../report/run.js';
import type { Verdict } from '../report/verdict.js';
import { ToolError } from './tool-error.js';

/** Where it is shown: what a terminal, or a file, can take. */
export interface Look {
  width: number;
  color: boolean;
}

type Render = (run: Run, verdict: Verdict, look: Look) => Promise<string>;

const FORMATS = {
  console: async (run, verdict, look) => {
    const [{ runText }, { readCollected }] = await Promise.all([
      import('../outputs/console/run-text.js'),
      import('../report/source-lines.js'),
    ]);
    return runText(run, verdict, { ...look, read: readCollected(run.sources) });
  },
  json: async (run, verdict) => {
    const { verdictOf } = await import('../outputs/verdict.js');
    return asJson(verdictOf(run, verdict));
  },
  markdown: async (run, verdict) => {
    const [{ markdownOf }, { linkToGithub }] = await Promise.all([
      import('../outputs/markdown.js'),
      import('./github-actions.js'),
    ]);
    return markdownOf(run, verdict, linkToGithub(process.env));
  },
  sarif: async (run, verdict) => {
    const [{ sarifOf }, { rules }, { VERSION }] = await Promise.all([
      import('../outputs/sarif.js'),
      import('./rules.js'),
      import('../report/version.js'),
    ]);
    return asJson(sarifOf(run, verdict, { version: VERSION, rules: rules() }));
  },
  junit: async (run, verdict) => {
    const [{ junitOf }, { rules }] = await Promise.all([import('../outputs/junit.js'), import('./rules.js')]);
    return junitOf(run, verdict, { rules: rules() });
  },
  gitlab: async (_run, verdict) => {
    const { gitlabOf } = await import('../outputs/gitlab.js');
    return asJson(gitlabOf(verdict));
  },
  github: async (_run, verdict) => {
    const { annotationsOf } = await import('../outputs/github.js');
    return annotationsOf(verdict)
      .map((line) => `${line}\n`)
      .join('');
  },
} as const satisfies Record<string, Render>;

export type Format = keyof typeof FORMATS;

export const FORMAT_NAMES = Object.keys(FORMATS) as Format[];

const BY_EXTENSION: Readonly<Record<string, Format | 'html'>> = {
  html: 'html',
  json: 'json',
  md: 'markdown',
  sarif: 'sarif',
  xml: 'junit',
  txt: 'console',
};

/** The format that is meant: the one that is named, else the file's, else the usual one. Throws a ToolError where there is no such format. */
export function formatOf<Name extends string>(
  given: string | undefined,
  file: string | undefined,
  known: readonly Name[],
  usual: Name,
): Name {
  const isKnown = (name: string | undefined): name is Name => (known as readonly string[]).includes(name ?? '');
  if (given !== undefined) {
    if (isKnown(given)) return given;
    const nearest = nearestName(given, known);
    const hint = nearest === null ? '' : ` Did you mean ${nearest}?`;
    throw new ToolError(`There is no format '${given}'.${hint} There are: ${known.join(', ')}.`);
  }
  const extension = file === undefined ? undefined : /\.([a-z]+)$/i.exec(file)?.[1]?.toLowerCase();
  const byFile = extension === undefined ? undefined : BY_EXTENSION[extension];
  return isKnown(byFile) ? byFile : usual;
}

/** The judged run in that format. */
export async function render(format: Format, run: Run, verdict: Verdict, look: Look): Promise<string> {
  return await FORMATS[format](run, verdict, look);
}

function asJson(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
