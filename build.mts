// Builds the package: compiles the sources, and puts the page's app together, which is written against packages that the users of this one do
// not install.

import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type BuildOptions, build } from 'esbuild';

const root = import.meta.dirname;
const APP = join(root, 'src', 'outputs', 'html', 'app');
/** Beside the code that reads it, so that it works from the sources as from the package. */
const BUNDLE = join(root, 'src', 'outputs', 'html', 'bundle');

/** In ASCII, so that nothing in a script can be taken for the end of a line or turn a text round. */
const SHARED: BuildOptions = {
  absWorkingDir: root,
  bundle: true,
  minify: true,
  write: false,
  legalComments: 'none',
  tsconfig: join(APP, 'tsconfig.json'),
};

/** Packages that become part of this one, whose licences ask to be named wherever their code goes. */
const INLINED = ['preact', 'preact-render-to-string', 'marked'];

/** What runs in the page, what draws it here, and how it looks. */
const ENTRIES: { file: string; options: BuildOptions }[] = [
  {
    file: 'page.js',
    options: {
      entryPoints: [join(APP, 'start.tsx')],
      format: 'iife',
      target: 'es2022',
      banner: { js: `/* With Preact. ${licenceOf('preact').match(/^Copyright.*$/m)?.[0]}. MIT License. */` },
    },
  },
  {
    file: 'render.js',
    options: { entryPoints: [join(APP, 'render.tsx')], format: 'cjs', platform: 'node', target: 'node20' },
  },
  {
    file: 'page.css',
    options: { entryPoints: [join(APP, 'page.css')], target: ['chrome111', 'firefox113', 'safari16.4'] },
  },
];

/** Puts the page's app together. What has not changed stays as it is, so that a process that reads it is not disturbed. */
export async function bundlePage(): Promise<void> {
  mkdirSync(BUNDLE, { recursive: true });
  for (const { file, options } of ENTRIES) {
    const { outputFiles } = await build({ ...SHARED, ...options });
    replaceFile(join(BUNDLE, file), outputFiles?.[0]?.text ?? '');
  }
  const licences = INLINED.map((name) => `${name}\n\n${licenceOf(name).trim()}\n`);
  replaceFile(join(BUNDLE, 'LICENSES.txt'), licences.join(`\n${'-'.repeat(80)}\n\n`));
}

function licenceOf(name: string): string {
  return readFileSync(join(root, 'node_modules', name, 'LICENSE'), 'utf8');
}

function replaceFile(file: string, text: string): void {
  if (text === textOf(file)) return;
  const fresh = `${file}.${process.pid}`;
  writeFileSync(fresh, text);
  renameSync(fresh, file);
}

function textOf(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}

async function buildPackage(): Promise<void> {
  const dist = join(root, 'dist');
  rmSync(dist, { recursive: true, force: true });
  const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const { status } = spawnSync(process.execPath, [compiler, '-p', 'tsconfig.build.json'], {
    cwd: root,
    stdio: 'inherit',
  });
  if (status !== 0) throw new Error(`tsc ended with ${status}`);
  await bundlePage();
  cpSync(BUNDLE, join(dist, 'outputs', 'html', 'bundle'), { recursive: true });
  const isPage = (file: string) => !file.endsWith('.ts');
  for (const pages of ['detectors', 'prove'])
    cpSync(join(root, 'src', pages), join(dist, pages), { recursive: true, filter: isPage });
  const types = join('testing', 'jest-types.d.ts');
  cpSync(join(root, 'src', types), join(dist, types));
}

if (basename(process.argv[1] ?? '') === basename(import.meta.filename)) await buildPackage();
