// The libraries as their users have them: each in a package of its own, installed once for each lock file where git does not look, beside the
// queryscope that was just built.

import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

const root = resolve(__dirname, '../..');
const run = promisify(execFile);

/** For a library that the Node in use is too old for. */
const NEWER_NODE = 24;

/** A library, ready to be started. */
export interface Installed {
  /** The program that is the Node it runs on. */
  node: string;
  /** As its package says it. */
  version: string;
}

interface Manifest {
  engines?: { node?: string };
  /** The package whose version counts. */
  library: string;
}

/** Puts the built queryscope where the programs find it by its name. */
export function installQueryscope(): void {
  if (!existsSync(join(root, 'dist'))) throw new Error('There is no dist/ to install: run "npm run build" first.');
  const place = join(__dirname, 'node_modules', 'queryscope');
  rmSync(place, { recursive: true, force: true });
  for (const part of ['dist', 'package.json']) cpSync(join(root, part), join(place, part), { recursive: true });
}

/** Installs what the program in this directory of test/orms needs. */
export async function install(name: string): Promise<Installed> {
  const place = join(__dirname, name);
  const { engines, library } = readJson<Manifest>(join(place, 'package.json'));
  const inputs = ['package-lock.json', 'schema.prisma'].map((file) => join(place, file)).filter(existsSync);
  const stamp = inputs.reduce((hash, file) => hash.update(readFileSync(file)), createHash('sha256')).digest('hex');
  const done = join(place, 'node_modules', '.installed');
  if (!existsSync(done) || readFileSync(done, 'utf8') !== stamp) {
    await npm(place, 'ci');
    if (existsSync(join(place, 'schema.prisma'))) await generatePrismaClient(place);
    writeFileSync(done, stamp);
  }
  const { version } = readJson<{ version: string }>(join(place, 'node_modules', library, 'package.json'));
  return { node: await nodeFor(engines?.node ?? ''), version };
}

/**
 * The generator works without the engine that only migrations need, but downloads it all the same, from outside the registry, unless it is
 * told that there is one.
 */
async function generatePrismaClient(place: string): Promise<void> {
  const env = { ...process.env, PRISMA_SCHEMA_ENGINE_BINARY: process.execPath, CHECKPOINT_DISABLE: '1' };
  const cli = join(place, 'node_modules', 'prisma', 'build', 'index.js');
  await run(process.execPath, [cli, 'generate', '--schema', 'schema.prisma'], { cwd: place, env });
}

/** The Node in use, or a newer one from npm where the library asks for it. */
async function nodeFor(engines: string): Promise<string> {
  const [, least = '0'] = />=\s*(\d+)/.exec(engines) ?? [];
  if (Number(process.versions.node.split('.')[0]) >= Number(least)) return process.execPath;
  const place = join(__dirname, 'node_modules', `.node-${NEWER_NODE}`);
  const name = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`;
  const node = join(place, 'node_modules', name, 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
  if (!existsSync(node)) {
    mkdirSync(place, { recursive: true });
    await npm(place, 'install', '--no-save', '--prefix', place, `${name}@${NEWER_NODE}`);
  }
  return node;
}

async function npm(cwd: string, ...args: string[]): Promise<void> {
  const { NODE_ENV, ...env } = process.env;
  const quiet = ['--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund'];
  await run('npm', [...args, ...quiet], { cwd, env });
}

function readJson<T>(file: string): T {
  return JSON.parse(readFileSync(file, 'utf8'));
}
