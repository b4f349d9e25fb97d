// The Nodes that a run is asked for: the one in use where it is of that major, else one from npm.

import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';

/** Where git does not look. */
const PLACE = join(__dirname, 'node_modules');

function majorOf(version: string): number {
  return Number(version.split('.')[0]);
}

function nodeOf(major: number): string {
  if (majorOf(process.versions.node) === major) return process.execPath;
  const platform = process.platform === 'win32' ? 'win' : process.platform;
  const name = `node-${platform}-${process.arch}`;
  const place = join(PLACE, `.node-${major}`);
  const node = join(place, 'node_modules', name, 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
  if (!existsSync(node)) {
    mkdirSync(place, { recursive: true });
    const quiet = ['--no-save', '--ignore-scripts', '--no-audit', '--no-fund'];
    execFileSync('npm', ['install', ...quiet, '--prefix', place, `${name}@${major}`], { stdio: 'inherit' });
  }
  return node;
}

/** Runs the bench on each of these majors in turn; answers whether all budgets were held on all of them. */
export function runOn(majors: readonly number[], parts: readonly string[]): boolean {
  const run = [require.resolve('tsx/cli'), join(__dirname, 'run.ts'), ...parts];
  return majors.map((major) => spawnSync(nodeOf(major), run, { stdio: 'inherit' }).status === 0).every(Boolean);
}
