// Who reports: what a reader elsewhere has to know of the process that wrote. Asked once, from the environment and a few small files; what is not
// to be found out is null.

import { readFileSync } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import type { RunProcess } from './run.js';
import { VERSION } from './version.js';

/** The part of a process that does not change while it runs. */
export type Identity = Pick<
  RunProcess,
  'service' | 'version' | 'commit' | 'runtime' | 'queryscope' | 'pid' | 'startedAt'
>;

type Env = Readonly<Record<string, string | undefined>>;

/** `root`: the repository, or what files are named from. */
export function thisProcess(root: string, env: Env = process.env, cwd: string = process.cwd()): Identity {
  const app = nearestPackage(cwd);
  return {
    service: env.OTEL_SERVICE_NAME || app.name,
    version: app.version,
    commit: commitByCi(env) ?? headOf(root),
    runtime: `node ${process.versions.node}`,
    queryscope: VERSION,
    pid: process.pid,
    startedAt: new Date().toISOString(),
  };
}

/** Where CI systems and hosts say which commit they run. */
const COMMIT_VARIABLES = [
  'GITHUB_SHA',
  'CI_COMMIT_SHA',
  'CIRCLE_SHA1',
  'BUILDKITE_COMMIT',
  'BITBUCKET_COMMIT',
  'BUILD_SOURCEVERSION',
  'GIT_COMMIT',
  'SOURCE_VERSION',
  'VERCEL_GIT_COMMIT_SHA',
  'RENDER_GIT_COMMIT',
];

function commitByCi(env: Env): string | null {
  for (const name of COMMIT_VARIABLES) {
    const commit = env[name];
    if (commit !== undefined && isCommit(commit)) return commit;
  }
  return null;
}

function isCommit(text: string): boolean {
  return /^[0-9a-f]{7,64}$/i.test(text);
}

function nearestPackage(from: string): { name: string | null; version: string | null } {
  for (let directory = from; ; directory = dirname(directory)) {
    const { name, version } = packageIn(directory);
    if (name !== null) return { name, version };
    if (dirname(directory) === directory) return { name: null, version: null };
  }
}

function packageIn(directory: string): { name: string | null; version: string | null } {
  try {
    const { name, version } = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'));
    return { name: textOrNull(name), version: textOrNull(version) };
  } catch {
    return { name: null, version: null };
  }
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

/** The commit that is checked out, read as git would: HEAD, the branch that it names, also where that is packed or this is a linked worktree. */
function headOf(root: string): string | null {
  const git = gitDirectory(root);
  if (git === null) return null;
  const head = textIn(join(git, 'HEAD'));
  const branch = /^ref: (\S+)$/.exec(head ?? '')?.[1];
  const commit = branch === undefined ? head : commitOf(branch, git);
  return commit !== null && isCommit(commit) ? commit : null;
}

function gitDirectory(root: string): string | null {
  const git = join(root, '.git');
  if (textIn(join(git, 'HEAD')) !== null) return git;
  const elsewhere = /^gitdir: (.+)$/.exec(textIn(git) ?? '')?.[1];
  if (elsewhere === undefined) return null;
  return isAbsolute(elsewhere) ? elsewhere : join(root, elsewhere);
}

function commitOf(branch: string, git: string): string | null {
  const common = textIn(join(git, 'commondir'));
  const home = common === null ? git : isAbsolute(common) ? common : join(git, common);
  const loose = textIn(join(home, branch));
  if (loose !== null) return loose;
  const packed = textIn(join(home, 'packed-refs'))?.split('\n') ?? [];
  return packed.find((line) => line.endsWith(` ${branch}`))?.split(' ')[0] ?? null;
}

function textIn(file: string): string | null {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    return null;
  }
}
