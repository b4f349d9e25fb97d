// Which processes are one run: those that were started together. Whoever asks for a report means all of them.

import { randomBytes } from 'node:crypto';

type Env = Record<string, string | undefined>;

/** The variable that names a run. Whoever starts several processes that do not start each other sets it. */
export const RUN_VARIABLE = 'QUERYSCOPE_RUN';

/** What CI systems call one run of a pipeline. A second attempt is another run. */
const CI_RUNS: readonly { system: string; id: string; attempt?: string }[] = [
  { system: 'github', id: 'GITHUB_RUN_ID', attempt: 'GITHUB_RUN_ATTEMPT' },
  { system: 'gitlab', id: 'CI_PIPELINE_ID' },
  { system: 'circleci', id: 'CIRCLE_WORKFLOW_ID' },
  { system: 'buildkite', id: 'BUILDKITE_BUILD_ID' },
  { system: 'bitbucket', id: 'BITBUCKET_PIPELINE_UUID' },
  { system: 'azure', id: 'BUILD_BUILDID' },
  { system: 'jenkins', id: 'BUILD_TAG' },
];

/**
 * The run that this process is part of: the one that QUERYSCOPE_RUN names; else what CI calls its run, so that the steps of a job are one report; else
 * a new one, which is written into the environment, so that the processes that this one starts inherit it. Siblings whose parent does not load
 * queryscope are runs of their own: nothing that they have tells them from two starts one after the other.
 */
export function runName(env: Env = process.env): string {
  const given = fileName(env[RUN_VARIABLE] ?? '');
  if (given !== '') return given;
  const name = nameByCi(env) ?? newName(new Date());
  env[RUN_VARIABLE] = name;
  return name;
}

/** Names made here sort by time, and are told from those that somebody gave. */
export const MADE_UP = /^\d{8}-\d{6}-[0-9a-f]{6}$/;

function newName(now: Date): string {
  const stamp = now.toISOString().replace(/[-:]/g, '').replace('T', '-').slice(0, 'YYYYMMDD-HHMMSS'.length);
  return `${stamp}-${randomBytes(3).toString('hex')}`;
}

function nameByCi(env: Env): string | null {
  const run = CI_RUNS.find(({ id }) => env[id]);
  if (run === undefined) return null;
  const attempt = run.attempt === undefined ? '' : (env[run.attempt] ?? '');
  return fileName(`${run.system}-${env[run.id]}-${attempt}`);
}

const LONGEST_NAME = 100;

/** A text as the name of a file on any system: no separator, nothing hidden, not too long. */
export function fileName(text: string): string {
  return text
    .replace(/[^\w.]+/g, '-')
    .replace(/^[.-]+|[.-]+$/g, '')
    .slice(0, LONGEST_NAME);
}
