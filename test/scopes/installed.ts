// The apps as a user has them: a copy of test/scopes/apps with its packages and the packed queryscope, made once in a run of the tests.

import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { inject } from 'vitest';
import './installed-setup.js';

const root = resolve(__dirname, '../..');

export interface Installed {
  /** The directory that the apps are in. */
  readonly apps: string;
  /** For the app's environment where it is to speak TLS: a certificate of its own. */
  readonly tls: { TLS_KEY: string; TLS_CERT: string };
}

/** The first to call it installs; the others wait. */
export async function installApps(): Promise<Installed> {
  const place = inject('scopesPlace');
  const installed = {
    apps: join(place, 'apps'),
    tls: { TLS_KEY: join(place, 'key.pem'), TLS_CERT: join(place, 'certificate.pem') },
  };
  try {
    mkdirSync(place);
  } catch {
    while (!existsSync(join(place, 'done'))) await sleep(100);
    const failure = readFileSync(join(place, 'done'), 'utf8');
    if (failure !== '') throw new Error(failure);
    return installed;
  }
  try {
    await install(place, installed);
    writeFileSync(join(place, 'done'), '');
  } catch (error) {
    writeFileSync(join(place, 'done'), String(error));
    throw error;
  }
  return installed;
}

async function install(place: string, { apps, tls }: Installed): Promise<void> {
  if (!existsSync(join(root, 'dist'))) throw new Error('There is no dist/ to pack: run "npm run build" first.');
  cpSync(join(__dirname, 'apps'), apps, { recursive: true, filter: (file) => !file.endsWith('node_modules') });
  const [{ filename }] = JSON.parse(await npm(root, 'pack', '--json', '--pack-destination', place));
  await npm(apps, 'ci', '--prefer-offline');
  await npm(apps, 'install', '--no-save', '--prefer-offline', join(place, filename));
  await promisify(execFile)(process.execPath, ['certificate.cjs', tls.TLS_KEY, tls.TLS_CERT], { cwd: apps });
}

/** Without install scripts: no package here needs its own, and ours (`prepack`) would build dist/ under the feet of other tests. */
async function npm(cwd: string, ...args: string[]): Promise<string> {
  const { NODE_ENV, ...env } = process.env;
  const { stdout } = await promisify(execFile)('npm', [...args, '--ignore-scripts', '--no-audit', '--no-fund'], {
    cwd,
    env,
  });
  return stdout;
}
