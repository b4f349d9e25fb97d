// A headless Chromium for the tests of the page, without a download of its own: on Linux x64 the one that an npm package ships, with the fonts of
// two others, so that the page is as wide on one machine as on the next; elsewhere the Chrome or Edge that is installed.

import { execFileSync } from 'node:child_process';
import {
  accessSync,
  chmodSync,
  constants,
  existsSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type Browser, chromium, type LaunchOptions } from 'playwright-core';

const required = createRequire(__filename);

/**
 * Starts a browser: the one that QUERYSCOPE_CHROMIUM names, else one that is to be had here.
 * @throws Error where there is none, with what to do.
 */
export async function openBrowser(): Promise<Browser> {
  const ways = waysToLaunch();
  const failures: string[] = [];
  for (const [name, options] of ways) {
    try {
      return await chromium.launch(options());
    } catch (error) {
      failures.push(`${name}: ${(error as Error).message.split('\n')[0]}`);
    }
  }
  throw new Error(
    `No browser started. Tried ${failures.join('; ')}. Install Chrome, or name a Chromium in QUERYSCOPE_CHROMIUM.`,
  );
}

function waysToLaunch(): [name: string, options: () => LaunchOptions][] {
  const named = process.env.QUERYSCOPE_CHROMIUM;
  if (named) return [[named, () => ({ executablePath: named })]];
  if (process.platform === 'linux' && process.arch === 'x64') return [['@sparticuz/chromium', shippedChromium]];
  return [
    ['the installed Chrome', () => ({ channel: 'chrome' })],
    ['the installed Edge', () => ({ channel: 'msedge' })],
  ];
}

/** It is made for machines that have nothing: what it links to comes with it. */
function shippedChromium(): LaunchOptions {
  const directory = unpacked();
  const libraries = [join(directory, 'al2023', 'lib'), process.env.LD_LIBRARY_PATH].filter(Boolean).join(':');
  return {
    executablePath: join(directory, 'chromium'),
    // Drawn by the processor alone: on a busy machine its stand-in for a GPU does not always answer.
    args: ['--disable-gpu', '--disable-software-rasterizer'],
    env: { ...process.env, LD_LIBRARY_PATH: libraries, FONTCONFIG_FILE: join(directory, 'fonts.conf') },
  };
}

/** Where it lies ready to run: 200 MB, unpacked once for all test files that come after. */
function unpacked(): string {
  // Its own entry is all that the package lets others name.
  const home = join(dirname(required.resolve('@sparticuz/chromium')), '..', '..');
  const { version } = required(join(home, 'package.json')) as { version: string };
  const name = `chromium-${version}`;
  const shared = join(home, '..', '..', '.cache', 'queryscope');
  if (existsSync(join(shared, name))) return join(shared, name);
  const directory = join(isWritable(shared) ? shared : placeOfThisProcess(), name);
  if (!existsSync(directory)) unpackTo(directory);
  return directory;
}

/** Not where the packages belong to somebody else. */
function isWritable(place: string): boolean {
  try {
    mkdirSync(place, { recursive: true });
    accessSync(place, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

let own: string | undefined;

/** Goes with this process. */
function placeOfThisProcess(): string {
  if (own !== undefined) return own;
  const place = mkdtempSync(join(tmpdir(), 'queryscope-chromium-'));
  process.on('exit', () => rmSync(place, { recursive: true, force: true }));
  own = place;
  return place;
}

function unpackTo(directory: string): void {
  const fresh = mkdtempSync(`${directory}-`);
  unpackInto(fresh);
  writeFileSync(join(fresh, 'fonts.conf'), fontsConfiguration(directory));
  try {
    renameSync(fresh, directory);
  } catch {
    // Another process was faster.
    rmSync(fresh, { recursive: true, force: true });
  }
}

/** By the package itself, which unpacks into the directory for temporary files, and its libraries where it takes the machine for Amazon's. */
function unpackInto(directory: string): void {
  const program =
    "require('@sparticuz/chromium').executablePath().catch((e) => { console.error(e); process.exitCode = 1; })";
  const env = { ...process.env, TMPDIR: directory, AWS_LAMBDA_JS_RUNTIME: 'nodejs22.x' };
  execFileSync(process.execPath, ['-e', program], { cwd: __dirname, env, stdio: ['ignore', 'ignore', 'inherit'] });
  chmodSync(directory, 0o755);
  chmodSync(join(directory, 'chromium'), 0o755);
}

/** What the page asks for by the system's names; other signs come from the fonts of the machine, or else from the package's. */
function fontsConfiguration(directory: string): string {
  const folderOf = (name: string) => dirname(required.resolve(`${name}/package.json`));
  const places = [
    folderOf('@expo-google-fonts/inter'),
    folderOf('@expo-google-fonts/jetbrains-mono'),
    join(directory, 'fonts'),
    '/usr/share/fonts',
  ];
  const aliases = [
    ['system-ui', 'Inter'],
    ['sans-serif', 'Inter'],
    ['ui-monospace', 'JetBrains Mono'],
    ['monospace', 'JetBrains Mono'],
  ];
  return `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
${places.map((place) => `  <dir>${place}</dir>`).join('\n')}
  <cachedir>${join(directory, 'font-cache')}</cachedir>
${aliases.map(([asked, given]) => `  <alias binding="strong"><family>${asked}</family><prefer><family>${given}</family></prefer></alias>`).join('\n')}
</fontconfig>
`;
}
