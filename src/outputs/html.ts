// The HTML output: gathers what this process reports, and writes it as one page when the process ends. Everything here acts; the page is a pure
// function in html/.

import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { kindOf, QueryscopeError } from '../errors.js';
import { runSlices } from '../profile/slices.js';
import type { Output, Watch } from '../report/report.js';
import type { Run } from '../report/run.js';
import { GatheredRun } from './html/gathered-run.js';
import { pageOf } from './html/page.js';
import { forgetOldRuns } from './json/old-runs.js';
import { placeOfRuns, runDirectory } from './json/run-directory.js';
import { fileName, runName } from './json/run-name.js';

export interface HtmlOutputOptions {
  /**
   * The page to write, relative to the working directory. What was there is replaced when the process ends. Default: one of this process's own in the
   * run's directory below `QUERYSCOPE_DIR`, else below `.queryscope` at the repository's root; stderr says where.
   */
  file?: string;
  /** What the page is called. Default: the service's name. */
  title?: string;
}

/**
 * Writes one HTML file with all that this process reported, when it is closed or the process ends. For a run of several processes write JSON and make
 * one page of it with `queryscope report`. Holds no value of a statement unless values are sampled. Throws a QueryscopeError where an option makes no sense.
 */
export function htmlOutput(options: HtmlOutputOptions = {}): Output {
  const { file, title } = checked(options);
  // At once, since whatever this process starts from now on belongs to the run.
  if (file === undefined) runName();
  let gathered: GatheredRun | null = null;
  const begin = (watch: Watch | null) => {
    gathered ??= new GatheredRun(watch);
    return gathered;
  };
  const writePage = () => {
    process.removeListener('exit', onExit);
    if (gathered === null) return;
    const { watch } = gathered;
    const run = gathered.run(new Date().toISOString());
    gathered = null;
    const place = file ?? ownFile(run, watch);
    replaceFile(place, pageOf(run, title === undefined ? {} : { title }));
    if (file === undefined) tell(`the page is ${place}`);
  };
  const onExit = () => {
    try {
      writePage();
    } catch (error) {
      tell(`the page was not written: ${(error as Error).message}`);
    }
  };
  return {
    name: 'html',
    start(watch) {
      begin(watch);
      process.on('exit', onExit);
      if (file === undefined) void forgetOldRuns(placeOfRuns(dirByEnvironment(), watch));
    },
    write(report) {
      return runSlices(begin(null).add(report));
    },
    async close() {
      writePage();
    },
  };
}

/** A process that ends can be told in no other way. */
function tell(what: string): void {
  try {
    process.stderr.write(`queryscope: ${what}\n`);
  } catch {
    // A closed stderr is no reason to end otherwise than it would have.
  }
}

function ownFile({ processes }: Run, watch: Watch | null): string {
  const service = fileName(processes[0]?.service ?? '') || 'node';
  return join(runDirectory(dirByEnvironment(), watch), `${service}-${process.pid}.html`);
}

function dirByEnvironment(): string | undefined {
  return process.env.QUERYSCOPE_DIR || undefined;
}

function checked(options: HtmlOutputOptions): { file: string | undefined; title: string | undefined } {
  const { file, title, ...rest } = options;
  for (const name of Object.keys(rest)) {
    throw new QueryscopeError('unknown-option', `htmlOutput() has no option '${name}'. There are: file, title.`);
  }
  if (file !== undefined && (typeof file !== 'string' || file === '')) {
    throw badOption(
      'file',
      'a file',
      file,
      "write { file: 'queryscope.html' }, or leave it out for one in .queryscope",
    );
  }
  if (title !== undefined && typeof title !== 'string')
    throw badOption('title', 'a text', title, "leave it out for the service's name");
  return { file: file === undefined ? undefined : resolve(file), title };
}

function badOption(name: string, expected: string, value: unknown, advice: string): QueryscopeError {
  return new QueryscopeError(
    'bad-option',
    `htmlOutput()'s '${name}' takes ${expected}; ${kindOf(value)} came. Please ${advice}.`,
  );
}

/** Whoever opens it meanwhile sees the page of before or the new one, never half of one. */
function replaceFile(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  const fresh = `${file}.${process.pid}.new`;
  try {
    writeFileSync(fresh, text);
    renameSync(fresh, file);
  } catch (error) {
    rmSync(fresh, { force: true });
    throw error;
  }
}
