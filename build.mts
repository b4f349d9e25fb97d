// Builds the package: its types, its modules put together into a few files, since each file costs a process that loads it, and the page's app, which is written against packages that the users of
// this one do not install.

import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join, posix, relative } from 'node:path';
import { type BuildOptions, build, transform } from 'esbuild';
import { build as bundle } from 'rolldown';

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
const INLINED = ['preact', 'preact-render-to-string', 'marked', 'sql-formatter', 'nearley'];

/** What runs in the page, what draws it here, how it looks, and of the formatter of SQL the one dialect that is spoken here: all of them take ten times as long to load. */
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
  {
    file: 'sql-format.js',
    options: {
      stdin: { contents: "export { formatDialect, postgresql } from 'sql-formatter';", resolveDir: root },
      format: 'cjs',
      platform: 'node',
      target: 'node20',
    },
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
  const directory = join(root, 'node_modules', name);
  const file = readdirSync(directory).find((each) => /^LICENSE(?:\.|$)/.test(each));
  return readFileSync(join(directory, file ?? 'LICENSE'), 'utf8');
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

/**
 * The files that modules are put together into: each module is in the first part that has it, or that has what needs it. So parts know earlier ones only, each module is loaded once, and whoever
 * loads a part loads nothing that it cannot need. What no part has stands where it is needed.
 */
const PARTS: { name: string; has: RegExp }[] = [
  // What later parts have in common that need not load each other: first what capture has, too.
  {
    name: 'ground',
    has: /^(?:errors|own-files|capture\/path-names|profile\/(?:slices|sorted|call-sites)|sql\/bounded-cache|detectors\/detector|report\/(?:version|ranks|allowed|allowance-ledger))\.ts$/,
  },
  {
    name: 'texts',
    has: /^(?:cli\/(?:command|tool-error|write)|profile\/grouped|sql\/lexer|report\/(?:run|code-frame)|outputs\/(?:console\/terminal|drawing\/(?:harmless|numbers)))\.ts$/,
  },
  { name: 'run', has: /^outputs\/json\/run-(?:name|directory)\.ts$/ },
  // What a request pays for, and reading its stacks.
  { name: 'capture', has: /^capture\/(?!trial|catalogue)|^(?:profiler|config|profile\/plain-notes)\.ts$/ },
  // What each test file loads, without what judges.
  { name: 'testing', has: /^testing\/vitest-suite\.ts$/ },
  { name: 'judge', has: /^(?:profile|sql|detectors|prove|capture)\/|^(?:analysis|allow)\.ts$/ },
  { name: 'outputs', has: /^outputs\/(?:console|json|html)\.ts$/ },
  // What reads runs back, and then what commands make of them.
  { name: 'runs', has: /^outputs\/json\/|^report\// },
  { name: 'commands', has: /^outputs\/(?!otel)|^cli\/(?!main|help|arguments|commands|analyze)/ },
];

/** Puts the modules together, and gives each entry point the file of its name: those that package.json names, and those that ES modules load. */
async function bundleModules(entries: readonly string[]): Promise<void> {
  const source = join(root, 'src');
  const groups = PARTS.map(({ name, has }, index) => ({
    name,
    test: (id: string) => has.test(relative(source, id).replaceAll('\\', '/')),
    priority: PARTS.length - index,
  }));
  await bundle({
    cwd: root,
    input: Object.fromEntries(entries.map((entry) => [entry, join(source, `${entry}.ts`)])),
    platform: 'node',
    external: /^[^./]/,
    treeshake: false,
    checks: { ineffectiveDynamicImport: false },
    output: {
      dir: join(root, 'dist'),
      format: 'cjs',
      exports: 'named',
      esModule: true,
      strict: true,
      // Read by nobody, and longer than the code.
      comments: false,
      chunkFileNames: 'parts/[name].js',
      codeSplitting: { groups },
    },
  });
}

/** ES modules only repeat others for `import`, so they stay files of their own. Answers the modules that they load. */
async function writeEsModules(): Promise<string[]> {
  const loaded = new Set<string>();
  for (const file of filesOf(join(root, 'src'), '.mts')) {
    const { code } = await transform(readFileSync(join(root, 'src', file), 'utf8'), { loader: 'ts', target: 'es2022' });
    writeFileSync(join(root, 'dist', file.replace(/mts$/, 'mjs')), code);
    for (const [, name] of code.matchAll(/["'](\.\.?\/[^"']+)\.js["']/g))
      loaded.add(posix.join(posix.dirname(file.replaceAll('\\', '/')), name as string));
  }
  return [...loaded];
}

function filesOf(directory: string, ending: string): string[] {
  return readdirSync(directory, { encoding: 'utf8', recursive: true }).filter((file) => file.endsWith(ending));
}

/** What `require` loads by package.json, as it is called in `src/`. */
function entryPoints(): string[] {
  const { exports, bin } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    exports: Record<string, string | { require: { default: string } }>;
    bin: Record<string, string>;
  };
  const required = Object.values(exports).flatMap((entry) => (typeof entry === 'string' ? [] : entry.require.default));
  return [...required, ...Object.values(bin)].map((file) => file.replace(/^\.\/dist\/(.*)\.js$/, '$1'));
}

function emitTypes(): void {
  const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const { status } = spawnSync(process.execPath, [compiler, '-p', 'tsconfig.build.json'], {
    cwd: root,
    stdio: 'inherit',
  });
  if (status !== 0) throw new Error(`tsc ended with ${status}`);
}

/** What the package reads as it runs, or ships as it is, where it lies in `src/`. */
function copyFiles(): void {
  const dist = join(root, 'dist');
  cpSync(BUNDLE, join(dist, 'outputs', 'html', 'bundle'), { recursive: true });
  const isPage = (file: string) => !file.endsWith('.ts');
  for (const pages of ['detectors', 'prove'])
    cpSync(join(root, 'src', pages), join(dist, pages), { recursive: true, filter: isPage });
  for (const file of [join('testing', 'jest-types.d.ts'), join('outputs', 'json', 'line-1.json')])
    cpSync(join(root, 'src', file), join(dist, file));
}

async function buildPackage(): Promise<void> {
  rmSync(join(root, 'dist'), { recursive: true, force: true });
  emitTypes();
  await bundlePage();
  copyFiles();
  await bundleModules([...new Set([...entryPoints(), ...(await writeEsModules())])]);
}

if (basename(process.argv[1] ?? '') === basename(import.meta.filename)) await buildPackage();
