// A whole suite as one run, in the process that starts the workers: where they write, who judges for them, and when it ends. Knows no runner, and loads little: the
// workers are still to be started.

import { join, relative, resolve } from 'node:path';
import { shareSecret } from '../capture/linked-processes.js';
import { repositoryRoot } from '../capture/path-names.js';
import { kindOf, QueryscopeError } from '../errors.js';
import type { RunReader } from '../outputs/json/read-run.js';
import { MADE_UP, RUN_VARIABLE, runName } from '../outputs/json/run-name.js';
import type { WrittenFile } from '../outputs/json/written-file.js';
import { BASELINE_FILE } from '../report/baseline.js';
import { JudgeServer } from './apart/judge-server.js';
import type { SuitePlace } from './suite-place.js';

export interface SuiteOptions {
  /** Where runs are written, relative to the working directory. Default: `QUERYSCOPE_DIR`, else `.queryscope` at the repository's root. */
  dir?: string;
  /** The file of accepted findings. Where it is there, a test fails on a finding that is not in it. Default: `.queryscope-baseline.json` at the repository's root. */
  baseline?: string;
}

export class SuiteRun {
  readonly #options: SuiteOptions;
  /** The repository's. */
  #root: string;
  #begun = false;
  #judges: JudgeServer | null = null;
  /** What was read of the run so far. */
  #reader: RunReader | null = null;
  #reading: Promise<void> = Promise.resolve();

  /** Throws a QueryscopeError where an option makes no sense. */
  constructor(options: SuiteOptions = {}) {
    checkOptions(options);
    this.#options = options;
    this.#root = repositoryRoot(process.cwd());
    shareSecret();
  }

  /** Begins a run as `begin` does, and judges in this process for its workers. */
  async beginJudging(root?: string): Promise<SuitePlace> {
    this.#judges ??= await JudgeServer.listen((file) => this.#read(file));
    return this.begin(root);
  }

  /** Begins a run, a new one where it is asked again: a runner that watches files runs its tests many times. `root`: where the tests lie, which is where workers run. */
  begin(root: string = process.cwd()): SuitePlace {
    this.#root = repositoryRoot(root);
    if (this.#begun && MADE_UP.test(process.env[RUN_VARIABLE] ?? '')) delete process.env[RUN_VARIABLE];
    this.#begun = true;
    this.#reader = null;
    return this.#place();
  }

  /** While the other workers still run. */
  async #read(file: WrittenFile | string): Promise<void> {
    const { RunReader } = await import('../outputs/json/read-run.js');
    if (this.#reader === null) {
      this.#reader = new RunReader();
      // The end would have to wait for it. What fails now fails again then, and is told.
      void import('./suite-end.js').then(({ loadPage }) => loadPage()).catch(() => {});
    }
    const reader = this.#reader;
    // What cannot be read now is looked for at the end.
    this.#reading = this.#reading.then(() =>
      (typeof file === 'string' ? reader.read(file) : reader.take(file)).catch(() => {}),
    );
    await this.#reading;
  }

  /** Says what the run comes to, when all that the workers handed over is judged. */
  async end(): Promise<void> {
    await this.#judges?.settled();
    const { run, baseline } = this.#place();
    const runs = this.#directory();
    const { endSuite } = await import('./suite-end.js');
    const reader = this.#reader;
    await endSuite({ runs, run, reader, baseline, command: this.#command(join(runs, run)) });
  }

  /** Of a run, and a file, that are where they are by default nothing has to be said. */
  #command(directory: string): string {
    const { dir, baseline } = this.#options;
    const file = baseline === undefined ? [] : ['--file', relative(process.cwd(), baseline)];
    return [
      'npx queryscope baseline',
      ...file,
      ...(dir === undefined ? [] : [relative(process.cwd(), directory)]),
    ].join(' ');
  }

  #place(): SuitePlace {
    const { dir = process.env.QUERYSCOPE_DIR || null, baseline = join(this.#root, BASELINE_FILE) } = this.#options;
    // Workers may run in another directory than this process.
    const judge = this.#judges?.place ?? null;
    return { dir: dir === null ? null : resolve(dir), run: runName(), baseline: resolve(baseline), judge };
  }

  #directory(): string {
    return this.#options.dir ?? (process.env.QUERYSCOPE_DIR || join(this.#root, '.queryscope'));
  }
}

const NAMES: readonly string[] = ['dir', 'baseline'] satisfies (keyof SuiteOptions)[];

function checkOptions(options: unknown): asserts options is SuiteOptions {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw new QueryscopeError(
      'bad-option',
      `queryscope() takes an object of options; ${kindOf(options)} came. Write queryscope() or queryscope({ dir: '…' }).`,
    );
  }
  for (const [name, value] of Object.entries(options)) {
    if (!NAMES.includes(name))
      throw new QueryscopeError(
        'unknown-option',
        `queryscope() has no option '${name}'. There are: ${NAMES.join(', ')}.`,
      );
    if (value !== undefined && (typeof value !== 'string' || value === ''))
      throw new QueryscopeError('bad-option', `queryscope()'s '${name}' takes a path; ${kindOf(value)} came.`);
  }
}
