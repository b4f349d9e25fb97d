// Writes what one process has to say of a run into a file of its own: reports one after the other, behind the app's back, with a bound on what waits.
// Whatever cannot be written is counted, and the count is written.

import { randomBytes } from 'node:crypto';
import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { runAtOnce, runSlices } from '../../profile/slices.js';
import { sourceReader } from '../../report/code-frame.js';
import type { Report, Watch } from '../../report/report.js';
import { type Loss, reportsOf } from '../../report/run.js';
import { SourceCollector } from '../../report/source-lines.js';
import { type Identity, thisProcess } from '../../report/this-process.js';
import { scopeText } from './encode-report.js';
import { LINE_FORMAT, type Line, type ProcessLine, type StateLine } from './line.js';
import { LineFile } from './line-file.js';
import { fileName } from './run-name.js';

export interface RunWriterOptions {
  /** Of the run, absolute. */
  directory: string;
  /** Of the whole run. */
  maxBytes: number;
  /** Null: nobody started the output, so nothing is known but the reports. */
  watch: Watch | null;
}

/** What is to be written of a report: its line, and that of the sources it names, where there are new ones. */
interface Words {
  scope: string;
  sources: string | null;
}

/** A report on its way. */
interface Item {
  report: Report;
  /** Has it been left to the file, which finishes what it began? */
  handedOver: boolean;
  written(): void;
  failed(error: unknown): void;
}

/** Reports wait in memory while a disk is slow; these many statements take some 50 MB. */
const MOST_WAITING_STATEMENTS = 100_000;
/** The run is measured anew after this part of what it may have: other processes write too. */
const MEASURED_EVERY = 1 / 64;
/** Longer lines are nothing that a reader could take in. */
const LONGEST_LINE = 64 * 1024 * 1024;

export class RunWriter {
  readonly #options: RunWriterOptions;
  readonly #root: string;
  readonly #identity: Identity;
  #sources: SourceCollector;
  /** By what they say. */
  readonly #losses = new Map<string, Loss>();
  /** Has the run all that it may have? */
  #full = false;
  readonly #id = randomBytes(4).toString('hex');
  readonly #path: string;
  #file: LineFile | null = null;
  #current: Item | null = null;
  #waiting: Item[] = [];
  #waitingStatements = 0;
  #pumping: Promise<void> | null = null;
  /** What the last state line said. */
  #said = '';
  /** What the other processes of the run have written, when that was last asked, and what this one had then. */
  #measured = { others: 0, own: Number.NEGATIVE_INFINITY };

  constructor(options: RunWriterOptions) {
    const { directory, watch } = options;
    this.#options = options;
    this.#root = watch?.root ?? process.cwd();
    this.#identity = thisProcess(this.#root);
    this.#sources = this.#newSources();
    const service = fileName(this.#identity.service ?? '') || 'node';
    this.#path = join(directory, `${service}-${process.pid}-${this.#id}.jsonl`);
    process.on('exit', this.#endNow);
  }

  /** Writes the first line, so that a process that saw nothing is known to have been there. */
  open(): void {
    this.#opened().appendNow(this.#head());
  }

  /** Resolves when the report is written; rejects where it could not be. */
  async write(report: Report): Promise<void> {
    if (this.#full) throw this.#loseOverBytes();
    const statements = statementsIn(report);
    if (this.#waitingStatements > 0 && this.#waitingStatements + statements > MOST_WAITING_STATEMENTS) {
      throw this.#lose('over-limit', 'scopes were left out, because the disk was slower than the app');
    }
    this.#waitingStatements += statements;
    await new Promise<void>((written, failed) => {
      this.#waiting.push({ report, handedOver: false, written, failed });
      this.#pumping ??= this.#pump();
    });
  }

  /** Writes what is left and the last line. */
  async close(): Promise<void> {
    while (this.#pumping !== null) await this.#pumping;
    this.#endNow();
  }

  async #pump(): Promise<void> {
    for (let item = this.#next(); item !== null; item = this.#next()) {
      try {
        const words = await runSlices(this.#wordsOf(item.report));
        await this.#measure();
        const file = this.#opened();
        item.handedOver = true;
        await file.append(this.#linesWith(words));
        item.written();
      } catch (error) {
        item.failed(this.#failure(error));
      }
    }
    this.#pumping = null;
  }

  #next(): Item | null {
    if (this.#current !== null) this.#waitingStatements -= statementsIn(this.#current.report);
    this.#current = this.#waiting.shift() ?? null;
    return this.#current;
  }

  /** As the process ends, or the output is closed: what is left, at once. */
  readonly #endNow = (): void => {
    process.removeListener('exit', this.#endNow);
    const left = [this.#current, ...this.#waiting].filter((item) => item !== null && !item.handedOver) as Item[];
    this.#current = null;
    this.#waiting = [];
    // What was collected for the scope that is being put into words is not in the file yet.
    this.#sources = this.#newSources();
    try {
      const file = this.#opened();
      this.#counted(() => file.finishNow());
      for (const { report } of left) {
        this.#counted(() => file.appendNow(this.#linesWith(runAtOnce(this.#wordsOf(report)))));
      }
      this.#writeEnd(file);
      file.close();
    } catch {
      // A file without its last line says itself that something is missing.
    }
  };

  #counted(write: () => void): void {
    try {
      write();
    } catch (error) {
      this.#failure(error);
    }
  }

  /** How much was lost is worth more than the last scope, where the disk has no room for both. */
  #writeEnd(file: LineFile): void {
    const write = () => {
      const end = textOf(this.#state(new Date().toISOString()));
      file.appendNow(file.bytes === 0 ? `${this.#head()}\n${end}` : end);
    };
    try {
      write();
    } catch (error) {
      if (!file.dropLast()) throw error;
      this.#failure(error);
      write();
    }
  }

  #opened(): LineFile {
    this.#file ??= new LineFile(this.#path);
    return this.#file;
  }

  #head(): string {
    const line: ProcessLine = { is: 'process', format: LINE_FORMAT, id: this.#id, ...this.#identity };
    return textOf(line);
  }

  *#wordsOf(report: Report): Generator<void, Words> {
    const scope = yield* scopeText(report);
    const files = yield* this.#sources.newLinesOf(report);
    const sources = Object.keys(files).length === 0 ? null : textOf({ is: 'sources', files });
    return { scope, sources };
  }

  /** The lines of a scope: what changed in the process, sources that were not written yet, and the scope itself. Throws where the run has no room for them. */
  #linesWith({ scope, sources }: Words): string {
    const { others } = this.#measured;
    const size = others + (this.#file?.bytes ?? 0) + Buffer.byteLength(scope);
    this.#full ||= size > this.#options.maxBytes;
    if (this.#full) throw this.#loseOverBytes();
    if (scope.length > LONGEST_LINE) {
      throw this.#lose('over-limit', `scopes were left out, because a line may have ${LONGEST_LINE} characters`);
    }
    const lines = [scope];
    if (sources !== null) lines.unshift(sources);
    const state = textOf(this.#state(null));
    if (state !== this.#said) lines.unshift(state);
    this.#said = state;
    if (this.#file?.bytes === 0) lines.unshift(this.#head());
    return lines.join('\n');
  }

  #state(endedAt: string | null): StateLine {
    const { watch } = this.#options;
    const ended = endedAt !== null;
    return {
      is: 'state',
      endedAt,
      drivers: [...(watch?.drivers() ?? [])],
      unattributed: watch?.unattributed() ?? 0,
      unsampled: watch?.unsampled() ?? { requests: 0, statements: 0 },
      unjudged: (ended && watch?.unjudged()) || { scopes: 0, statements: 0 },
      idleAllows: ended ? [...(watch?.idleAllows() ?? [])] : [],
      losses: [...this.#losses.values()],
    };
  }

  async #measure(): Promise<void> {
    const own = this.#file?.bytes ?? 0;
    if (own - this.#measured.own < this.#options.maxBytes * MEASURED_EVERY) return;
    this.#measured = { others: await bytesBeside(this.#path), own };
  }

  #newSources(): SourceCollector {
    return new SourceCollector(sourceReader(this.#root));
  }

  #failure(error: unknown): Error {
    if (error instanceof Lost) return error;
    // Sources and state that were on the lines are to be said again.
    this.#sources = this.#newSources();
    this.#said = '';
    const { code } = error as { code?: unknown };
    const why = typeof code === 'string' ? ` (${code})` : '';
    this.#lose('write-failed', `scopes could not be written${why}`);
    return error instanceof Error ? error : new Error('a thrown value that is no error');
  }

  #loseOverBytes(): Lost {
    return this.#lose('over-limit', `scopes were left out, because a run may have ${this.#options.maxBytes} bytes`);
  }

  #lose(code: Loss['code'], message: string): Lost {
    const known = this.#losses.get(message);
    this.#losses.set(message, { code, message, count: (known?.count ?? 0) + 1 });
    return new Lost(message);
  }
}

/** A report that was left out and is counted. */
class Lost extends Error {}

function statementsIn(report: Report): number {
  let statements = 1;
  for (const { profile } of reportsOf({ reports: [report] })) statements += profile.statements.length;
  return statements;
}

/** A line that is no longer than a few facts. */
function textOf(line: Exclude<Line, { is: 'scope' }>): string {
  return JSON.stringify(line);
}

async function bytesBeside(path: string): Promise<number> {
  const directory = dirname(path);
  let bytes = 0;
  for (const name of await readdir(directory).catch(() => [])) {
    if (name === basename(path)) continue;
    bytes += await stat(join(directory, name)).then(
      ({ size }) => size,
      () => 0,
    );
  }
  return bytes;
}
