// TypeScript compiled by the project's own tsc into a directory of its own, for tests that need a process without a loader.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const project = resolve(__dirname, '../..');
const tsc = resolve(project, 'node_modules/typescript/bin/tsc');

/** A directory that goes when the caller says so; packages of the project can be loaded from it unless it has its own. */
export function temporaryDirectory(packages: 'ours' | 'installed' = 'ours'): { path: string; remove(): void } {
  const path = realpathSync(mkdtempSync(join(tmpdir(), 'queryscope-test-')));
  if (packages === 'ours') symlinkSync(resolve(project, 'node_modules'), join(path, 'node_modules'));
  return { path, remove: () => rmSync(path, { recursive: true }) };
}

/** Compiles files, and what they import, as CommonJS. Types are checked elsewhere. */
export function compile(files: readonly string[], rootDir: string, outDir: string, ...options: string[]): void {
  const settings = ['--module', 'commonjs', '--moduleResolution', 'bundler', '--target', 'es2022', '--esModuleInterop'];
  const checks = ['--ignoreConfig', '--noCheck', '--types', 'node'];
  execFileSync(
    process.execPath,
    [tsc, ...files, '--rootDir', rootDir, '--outDir', outDir, ...settings, ...checks, ...options],
    {
      cwd: project,
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
}

/** Compiles files of src/ with what they import; answers the directory that stands for src/. */
export function compileSource(files: readonly string[], directory: string): string {
  const out = join(directory, 'queryscope');
  compile(
    files.map((file) => resolve(project, 'src', file)),
    resolve(project, 'src'),
    out,
  );
  return out;
}

/** Runs Node; answers what it printed. Fails with what it said on stderr. */
export function runNode(args: readonly string[], cwd: string, env: Record<string, string> = {}): string {
  return execFileSync(process.execPath, args, {
    cwd,
    encoding: 'utf8',
    env: { ...process.env, NODE_OPTIONS: '', ...env },
  }).trim();
}
