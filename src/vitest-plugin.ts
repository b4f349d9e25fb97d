// The entry point `queryscope/vitest/plugin`, for vitest.config.ts: every test is captured, and the suite is one run. Apart from `queryscope/vitest`, because nothing of a test can be
// loaded where the configuration is.

import { join } from 'node:path';
import type { SuitePlace } from './testing/suite-place.js';
import { type SuiteOptions, SuiteRun } from './testing/suite-run.js';

export type { SuiteOptions };

interface Project {
  readonly config: {
    setupFiles: string[];
    isolate: boolean;
    server: { deps?: { inline?: true | (string | RegExp)[] } };
  };
  provide(key: string, value: unknown): void;
}

interface Vitest {
  readonly config: { root: string; reporters: unknown[] };
  readonly projects: Project[];
}

/** The slice that is used of what Vitest 4 and 5 hand a plugin. */
export interface VitestPluginContext {
  readonly vitest: Vitest;
  readonly project: Project;
}

/** A plugin as Vite takes it. */
export interface QueryscopePlugin {
  name: string;
  configureVitest(context: never): void;
}

const SETUP = join(__dirname, 'testing', 'vitest-setup.mjs');

/**
 * Captures every test: `plugins: [queryscope()]`. At the end it writes a page of the whole run and says in a few lines what was found, with annotations in GitHub Actions. Without a baseline
 * nothing fails; with one, a test fails on a finding that is not in it. Throws a QueryscopeError where an option makes no sense.
 */
export function queryscope(options?: SuiteOptions): QueryscopePlugin {
  const suite = new SuiteRun(options);
  return {
    name: 'queryscope',
    configureVitest({ vitest, project }: VitestPluginContext) {
      project.config.setupFiles.push(SETUP);
      if (!project.config.isolate) inlineSetup(project);
      const known = places.get(vitest);
      const place = known ?? suite.begin(vitest.config.root);
      project.provide('queryscope', place);
      if (known !== undefined) return;
      places.set(vitest, place);
      // Beside those of the user, not in their place.
      vitest.config.reporters.push(reporterOf(suite, vitest));
    },
  };
}

/** All projects of one Vitest are one run, whether the plugin is named once or in each. */
const places = new WeakMap<Vitest, SuitePlace>();

/**
 * A module that Vite leaves to Node is loaded once in a worker that is not isolated, and a setup file has to run for each test file. What Vite loads costs each file
 * 5 ms more, so elsewhere it is left to Node.
 */
function inlineSetup({ config: { server } }: Project): void {
  server.deps ??= {};
  if (server.deps.inline === true) return;
  server.deps.inline = [...(server.deps.inline ?? []), /[\\/]testing[\\/]vitest-setup\.mjs$/];
}

function reporterOf(suite: SuiteRun, { config, projects }: Vitest): object {
  return {
    async onTestRunStart() {
      const place = await suite.beginJudging(config.root);
      for (const project of projects) project.provide('queryscope', place);
    },
    onTestRunEnd: () => suite.end(),
  };
}
