// The architecture as a test: who may import whom, what is never imported, how files are named and opened. A failure names
// the file and the import, the rule it breaks, and what to do.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { expect, test } from 'vitest';
import { type ImportLine, readModule } from './support/read-module.js';

/** A file or a folder (`sql/`) of src/, and what it may import beyond itself: `types` only by `import type`. */
interface Floor {
  place: string;
  may: string[];
  types?: string[];
  instead: string;
}

/** The files at the top of src/ that join the parts: one floor. */
const WIRING = [
  'profiler.ts',
  'span-processor.ts',
  'analysis.ts',
  'audience.ts',
  'options.ts',
  'allow.ts',
  'config.ts',
  'sampling.ts',
  'time-budget.ts',
];

/** The floors, top down: every arrow goes down. `errors.ts` and `own-files.ts` are open to all. */
const FLOORS: Floor[] = [
  {
    place: 'index.mts',
    may: ['index.ts'],
    instead: 'it only repeats index.ts for `import`, so that both ways share one state',
  },
  {
    place: 'prisma.mts',
    may: ['prisma.ts'],
    instead: 'it only repeats prisma.ts for `import`, so that both ways share one state',
  },
  {
    place: 'otel.mts',
    may: ['otel.ts'],
    instead: 'it only repeats otel.ts for `import`, so that both ways share one state',
  },
  {
    place: 'express.mts',
    may: ['express.ts'],
    instead: 'it only repeats express.ts for `import`, so that both ways share one state',
  },
  {
    place: 'html.mts',
    may: ['html.ts'],
    instead: 'it only repeats html.ts for `import`, so that both ways share one state',
  },
  {
    place: 'json.mts',
    may: ['json.ts'],
    instead: 'it only repeats json.ts for `import`, so that both ways share one state',
  },
  {
    place: 'register.mts',
    may: ['register.ts'],
    instead: 'it only loads register.ts for `import`, so that both ways watch once',
  },
  {
    place: 'testing.mts',
    may: ['testing.ts'],
    instead: 'it only repeats testing.ts for `import`, so that both ways share one state',
  },
  { place: 'index.ts', may: ['*'], instead: '' },
  { place: 'default-outputs.ts', may: ['*'], instead: '' },
  { place: 'express.ts', may: ['*'], instead: '' },
  { place: 'html.ts', may: ['*'], instead: '' },
  { place: 'json.ts', may: ['*'], instead: '' },
  { place: 'prisma.ts', may: ['*'], instead: '' },
  { place: 'otel.ts', may: ['*'], instead: '' },
  { place: 'register.ts', may: ['*'], instead: '' },
  { place: 'testing.ts', may: ['*'], instead: '' },
  { place: 'testing/', may: ['*'], instead: '' },
  { place: 'jest.ts', may: ['*'], instead: '' },
  { place: 'jest-reporter.ts', may: ['*'], instead: '' },
  ...['jest', 'jest-reporter'].map((name) => ({
    place: `${name}.mts`,
    may: [`${name}.ts`],
    instead: `it only repeats ${name}.ts for \`import\`, so that both ways share one state`,
  })),
  { place: 'vitest.ts', may: ['*'], instead: '' },
  { place: 'vitest.mts', may: ['*'], instead: '' },
  { place: 'vitest-plugin.ts', may: ['*'], instead: '' },
  {
    place: 'vitest-plugin.mts',
    may: ['vitest-plugin.ts'],
    instead: 'it only repeats vitest-plugin.ts for `import`, so that both ways share one state',
  },
  { place: 'cli/', may: ['*'], instead: '' },
  ...WIRING.map((place) => ({
    place,
    may: [...WIRING, 'prove/', 'capture/', 'traces/', 'logs/', 'detectors/', 'report/', 'profile/', 'sql/'],
    instead: 'the profiler takes outputs as options; default-outputs.ts supplies them',
  })),
  {
    place: 'outputs/html/app/',
    may: ['outputs/drawing/', 'outputs/html/columns.ts', 'outputs/html/index-runs.ts', 'outputs/html/page-columns.ts'],
    types: ['outputs/html/model.ts', 'report/'],
    instead: "it runs in a browser and knows the page's data, nothing of how that was made",
  },
  {
    place: 'prove/',
    may: ['capture/', 'detectors/', 'report/', 'profile/', 'sql/'],
    instead: 'a proof is lent what it needs of a profiler, as a Bench',
  },
  {
    place: 'outputs/json/',
    may: ['report/', 'sql/', 'profile/slices.ts', 'profile/grouped.ts', 'sources/lines.ts'],
    types: ['profile/types.ts', 'profile/pools.ts', 'detectors/detector.ts'],
    instead: 'a run is read back as lines, and as nothing else that a source may be',
  },
  {
    place: 'outputs/',
    may: ['report/', 'sql/', 'profile/slices.ts', 'profile/grouped.ts'],
    types: ['profile/types.ts', 'profile/pools.ts', 'detectors/detector.ts'],
    instead: 'an output reads a Report; have what it lacks put into the report',
  },
  {
    place: 'report/',
    may: ['detectors/detector.ts', 'profile/views.ts', 'profile/slices.ts', 'profile/sorted.ts'],
    types: ['profile/types.ts', 'profile/pools.ts'],
    instead: 'a report words what detectors answered; a new question is a detector',
  },
  {
    place: 'capture/',
    may: ['profile/', 'sql/'],
    instead: 'capture takes notes and knows nothing of what is made of them',
  },
  {
    place: 'analyze/',
    may: ['sources/', 'traces/', 'logs/', 'detectors/', 'report/', 'profile/', 'sql/'],
    instead: 'what is analyzed becomes a run; the command hands that to the outputs',
  },
  {
    place: 'traces/',
    may: ['sources/', 'python/', 'profile/', 'sql/'],
    instead: 'what others traced becomes a profile, and is judged like any other',
  },
  { place: 'python/', may: [], instead: 'values and texts as Python writes them, whoever asks' },
  {
    place: 'sources/',
    may: [],
    types: ['profile/'],
    instead: 'a source is bytes, whatever they say; a format knows what they mean',
  },
  {
    place: 'logs/',
    may: ['sources/', 'python/', 'profile/', 'sql/'],
    instead: 'what others logged becomes a profile, and is judged like any other',
  },
  {
    place: 'detectors/replacement/',
    may: ['sql/', 'profile/views.ts'],
    types: ['profile/types.ts', 'detectors/detector.ts'],
    instead: 'a replacement is written from the text alone',
  },
  {
    place: 'detectors/',
    may: [
      'profile/views.ts',
      'profile/loop-frame.ts',
      'profile/call-sites.ts',
      'profile/grouped.ts',
      'profile/names.ts',
      'profile/slices.ts',
      'profile/sorted.ts',
    ],
    types: ['profile/types.ts', 'sql/'],
    instead: 'a detector asks the profile; what several of them ask stands in profile/views.ts',
  },
  { place: 'profile/', may: ['sql/'], instead: 'a profile is plain data, made from notes' },
  { place: 'sql/', may: [], instead: 'a text is understood by itself' },
  { place: 'errors.ts', may: [], instead: 'all floors use it' },
  { place: 'own-files.ts', may: [], instead: 'all floors use it' },
];

/** Packages that src/ may name, by place. Everything else, pg and express above all, is the app's: declare the slice that is used. */
const PACKAGES = [
  { name: '@opentelemetry/api', place: 'outputs/otel/' },
  ...['vitest.ts', 'vitest.mts', 'testing/vitest-types.mts', 'testing/vitest-setup.mts'].map((place) => ({
    name: 'vitest',
    place,
  })),
  { name: 'jest-snapshot', place: 'testing/jest-suite.ts' },
  { name: '@opentelemetry/api', place: 'outputs/otel.ts' },
  // Types; the build puts together what runs.
  { name: 'sql-formatter', place: 'outputs/drawing/format-sql.ts' },
  // The build writes them into the page.
  ...['preact', 'preact/hooks', 'preact-render-to-string', 'marked'].map((name) => ({
    name,
    place: 'outputs/html/app/',
  })),
];

/** What a detector never touches: a profile judged twice has one verdict. */
const OUTSIDE_WORLD = [
  'process',
  'console',
  'Date',
  'performance',
  'setTimeout',
  'setInterval',
  'setImmediate',
  'fetch',
];

const VAGUE = /^(utils?|helpers?|common|base|manager)$/;

const root = dirname(__dirname);
const files = ['src', 'examples', 'bench', 'test'].flatMap(filesBelow);
/** By path below src/. */
const modules = new Map(filesBelow('src').map((file) => [file.replace('src/', ''), readModule(textOf(file))]));
const detectors = targetsOf('detectors/index.ts', modules.get('detectors/index.ts')!.imports);

test('imports go down the floors', () => {
  expect([...modules].flatMap(([file, { imports }]) => brokenBy(file, imports))).toEqual([]);
});

test('no import at run time goes round in a circle', () => {
  const graph = new Map([...modules].map(([file, { imports }]) => [file, targetsOf(file, imports)]));
  expect(circlesIn(graph)).toEqual([]);
});

test('detectors touch no clock, environment or I/O', () => {
  const touched = [...modules]
    .filter(([file]) => file.startsWith('detectors/'))
    .flatMap(([file, { names, imports }]) => {
      const builtins = imports.map(({ from }) => from).filter((from) => from.startsWith('node:'));
      return [...OUTSIDE_WORLD.filter((name) => names.has(name)), ...builtins].map((name) => `${file} uses ${name}`);
    });
  expect(touched).toEqual([]);
});

test('every detector has its page', () => {
  const pages = detectors.map((file) => join(root, 'src', file.replace(/ts$/, 'md')));
  expect(pages.filter((page) => !existsSync(page))).toEqual([]);
  expect(pages).not.toEqual([]);
});

test('every file opens with why it stands alone', () => {
  const opening = (file: string) => textOf(file).replace(/^#!.*\n/, '');
  expect(files.filter((file) => !opening(file).startsWith('// '))).toEqual([]);
});

test('file names are kebab-case and say what is inside', () => {
  expect(files.flatMap(misnamed)).toEqual([]);
});

test('the rules bite', () => {
  const line = (from: string, typeOnly = false): ImportLine => ({ from, typeOnly });
  expect(
    [
      brokenBy('sql/lexer.ts', [line('../profile/types.js', true), line('./text.js'), line('../errors.js')]),
      brokenBy('capture/pg-driver.ts', [line('pg', true), line('node:http'), line('../report/report.js')]),
      brokenBy('detectors/n-plus-one.ts', [line('../profile/types.js'), line('../profile/types.js', true)]),
      brokenBy('detectors/n-plus-one.ts', [line('./write-loop.js'), line('./detector.js', true)]),
      brokenBy('profiler.ts', [line('./outputs/console.js'), line('./capture/scope.js')]),
      brokenBy('outputs/json.ts', [line('@opentelemetry/api')]),
      brokenBy('outputs/otel/spans.ts', [line('@opentelemetry/api')]),
      brokenBy('newcomer.ts', []),
      misnamed('src/sql/utils.ts'),
      misnamed('src/sql/sqlLexer.ts'),
      misnamed('src/sql/lexer.ts'),
      circlesIn(new Map(Object.entries({ a: ['b'], b: ['c'], c: ['a'], d: ['a'] }))),
    ].flat(),
  ).toMatchInlineSnapshot(`
    [
      "src/sql/lexer.ts has import type '../profile/types.js': a text is understood by itself",
      "src/capture/pg-driver.ts has import type 'pg': no package of the app or its types; declare the slice that is used as an interface",
      "src/capture/pg-driver.ts has import '../report/report.js': capture takes notes and knows nothing of what is made of them",
      "src/detectors/n-plus-one.ts has import '../profile/types.js': a detector asks the profile; what several of them ask stands in profile/views.ts",
      "src/detectors/n-plus-one.ts has import './write-loop.js': detectors do not know each other",
      "src/profiler.ts has import './outputs/console.js': the profiler takes outputs as options; default-outputs.ts supplies them",
      "src/outputs/json.ts has import '@opentelemetry/api': no package of the app or its types; declare the slice that is used as an interface",
      "src/newcomer.ts stands on no floor: add it to FLOORS, as low as it will go",
      "src/sql/utils.ts: the name says nothing; name it for its main export",
      "src/sql/sqlLexer.ts: names are kebab-case",
      "a → b → c → a",
    ]
  `);
});

test('imports are read in all their forms', () => {
  const source = `
    import './effect.js';
    import a, { type B } from './value.js';
    import type { C } from './type.js';
    import { type D, type E } from './types.js';
    export * from './all.js';
    export type { F } from './exported-type.js';
    const g = require('required');
    const h: import('inline-type').H = await import('dynamic');
    // import './comment.js';
    const text = "import './text.js'";
    process.exit(options.console);
  `;
  const { imports, names } = readModule(source);
  expect(imports.map(({ from, typeOnly }) => (typeOnly ? `type ${from}` : from))).toEqual([
    './effect.js',
    './value.js',
    'type ./type.js',
    'type ./types.js',
    './all.js',
    'type ./exported-type.js',
    'required',
    'type inline-type',
    'dynamic',
  ]);
  expect(OUTSIDE_WORLD.filter((name) => names.has(name))).toEqual(['process']);
});

/** One sentence for each import that the floors, or the list of packages, do not allow. */
function brokenBy(file: string, imports: ImportLine[]): string[] {
  const floor = FLOORS.find(({ place }) => isIn(file, place));
  if (!floor) return [`src/${file} stands on no floor: add it to FLOORS, as low as it will go`];
  return imports.flatMap(({ from, typeOnly }) => {
    const line = `src/${file} has import ${typeOnly ? 'type ' : ''}'${from}'`;
    if (from.startsWith('node:')) return [];
    if (!isRelative(from)) {
      const known = PACKAGES.some(({ name, place }) => name === from && isIn(file, place));
      return known
        ? []
        : [`${line}: no package of the app or its types; declare the slice that is used as an interface`];
    }
    const target = targetOf(file, from);
    const open = ['errors.ts', 'own-files.ts', floor.place, ...floor.may, ...(typeOnly ? (floor.types ?? []) : [])];
    if (!open.some((place) => isIn(target, place))) return [`${line}: ${floor.instead}`];
    if (detectors.includes(target) && file !== 'detectors/index.ts')
      return [`${line}: detectors do not know each other`];
    return [];
  });
}

function isIn(file: string, place: string): boolean {
  return place === '*' || (place.endsWith('/') ? file.startsWith(place) : file === place);
}

function isRelative(from: string): boolean {
  return from.startsWith('.');
}

/** The files of src/ that `file` imports at run time. */
function targetsOf(file: string, imports: ImportLine[]): string[] {
  return imports.filter(({ typeOnly, from }) => !typeOnly && isRelative(from)).map(({ from }) => targetOf(file, from));
}

/** The file of src/ that `from` means in `file`. */
function targetOf(file: string, from: string): string {
  const target = posix.join(posix.dirname(file), from).replace(/js$/, 'ts');
  return modules.has(`${target}x`) ? `${target}x` : target;
}

function circlesIn(importsOf: Map<string, string[]>): string[] {
  const done = new Set<string>();
  const circles: string[] = [];
  const walk = (file: string, path: string[]): void => {
    if (path.includes(file)) circles.push([...path.slice(path.indexOf(file)), file].join(' → '));
    if (done.has(file)) return;
    done.add(file);
    for (const next of importsOf.get(file) ?? []) walk(next, [...path, file]);
  };
  for (const file of importsOf.keys()) walk(file, []);
  return circles;
}

function misnamed(file: string): string[] {
  const words = posix.basename(file).split('.')[0]!;
  if (VAGUE.test(words)) return [`${file}: the name says nothing; name it for its main export`];
  return /^[a-z0-9]+(-[a-z0-9]+)*$/.test(words) ? [] : [`${file}: names are kebab-case`];
}

/** TypeScript and JavaScript files below a folder of the root, POSIX paths from the root. Fixture apps bring their tools' own names. */
function filesBelow(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .map((file) => posix.join(folder, file.replaceAll('\\', '/')))
    .filter((file) => /\.[cm]?[jt]sx?$/.test(file) && !/\/(node_modules|packaging\/apps|bundle)\//.test(file));
}

function textOf(file: string): string {
  return readFileSync(join(root, file), 'utf8');
}
