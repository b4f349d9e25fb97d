// What a check does in GitHub Actions without being asked: annotations at the lines, and the job summary. Elsewhere, nothing.

import { randomUUID } from 'node:crypto';
import { appendFileSync, statSync } from 'node:fs';
import { annotationsOf, inertText } from '../outputs/github.js';
import { type MarkdownOptions, markdownOf } from '../outputs/markdown.js';
import type { Run } from '../report/run.js';
import type { Verdict } from '../report/verdict.js';
import { complain, print } from './write.js';

type Env = Readonly<Record<string, string | undefined>>;

/** A step's summary may be this large, what other commands of the step wrote included; a larger one is refused as a whole. */
const MAX_SUMMARY_BYTES = 1_024 * 1_024;

export function isGithubActions(env: Env): boolean {
  return env.GITHUB_ACTIONS === 'true';
}

/** Lines of files as GitHub shows them at the commit that ran; nothing where this is not known. */
export function linkToGithub({
  GITHUB_SERVER_URL: server,
  GITHUB_REPOSITORY: repository,
  GITHUB_SHA: sha,
}: Env): MarkdownOptions {
  if (!server || !repository || !sha) return {};
  return {
    linkTo: (file, line) =>
      `${server}/${repository}/blob/${sha}/${file.split('/').map(encodeURIComponent).join('/')}#L${line}`,
  };
}

/** Text for the log in which the runner finds no command; as it stands where nobody looks for one. */
export function forLog(text: string, env: Env): string {
  return isGithubActions(env) && text !== '' ? inertText(text, randomUUID()) : text;
}

/** Annotations at the lines, through the log. */
export async function annotate(verdict: Verdict, stream: NodeJS.WriteStream): Promise<void> {
  const lines = annotationsOf(verdict).map((line) => `${line}\n`);
  await print(lines.join(''), stream);
}

/** Adds to the summary of the step, in the file that it has for it. One that cannot be written is told, and fails nothing. */
export async function writeSummary(run: Run, verdict: Verdict, env: Env): Promise<void> {
  const file = env.GITHUB_STEP_SUMMARY;
  if (!file) return;
  try {
    const maxBytes = MAX_SUMMARY_BYTES - sizeOf(file);
    appendFileSync(file, markdownOf(run, verdict, { ...linkToGithub(env), maxBytes }));
  } catch (error) {
    await complain(`the job summary cannot be written (${(error as NodeJS.ErrnoException).code})`);
  }
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}
