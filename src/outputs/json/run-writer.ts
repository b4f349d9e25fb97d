// Writes what one process has to say of a run into a file of its own: reports one after the other, behind the app's back, several at a time, with a bound on what waits.
// Whatever cannot be written is counted, and the count is written.

import { randomBytes } from 'node:crypto';
import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { later, runAtOnce, runSlices } from '../../profile/slices.js';
import { sourceReader } from '../../report/code-frame.js';
import type { Report, Watch } from '../../report/report.js';
import { type Loss, reportsOf } from '../../report/run.js';
import { SourceCollector } from '../../report/source-lines.js';
import { type Identity, thisProcess } from '../../report/this-process.js';
import { scopeText } from './encode-report.js';
import { LINE_FORMAT, type Line, type ProcessLine, type SourcesLine, type StateLine } from './line.js';
import { LineFile } from './line-file.js';
import { fileName } from './run-name.js';
import { inMicroseconds, type WrittenFile } from './written-file.js';

export interface RunWriterOptions {
  /** Of the run, absolute. */
  directory: string;
  /** Of the whole run. */
  maxBytes: number;
  /** Null: nobody started the output, so nothing is known but the reports. */
  watch: WatchedProcess | null;
  /** Of whom it writes; by default of this process. */
  identity?: Identity;
  /** Is what it writes to be kept, for `written()`? */
  keeps?: boolean;
}

/** What is written of a process beside its scopes. */
export type WatchedProcess = Pick<Watch, 'root' | 'drivers' | 'unattributed' | 'unsampled' | 'unjudged' | 'idleAllows'>;

/** What is to be written of a report: its line, and that of the sources it names, where there are new ones. */
interface Words {
  scope: string;
  sources: string | null;
}

/** A report on its way. */
interface Item {
  report: Report;
  statements: number;
  /** Could it not be written together with others? */
  alone: boolean;
  /** Was it in words, so that nobody waits for it any more? */
  isTaken: boolean;
  taken(): void;
  failed(error: unknown): void;
}

/** A report in words. */
interface Ready {
  item: Item;
  lines: string;
}

/** Reports wait in memory while a disk is slow; these many statements take some 50 MB. */
const MOST_WAITING_STATEMENTS = 100_000;
/** Lines wait for others until they have these many characters together: a write costs as much as putting five small scopes into words. */
const WRITTEN_TOGETHER = 64 * 1024;
/** And no longer than this, in ms: a process that is killed loses what it reported since. */
const WAITING_MS = 200;
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
  /** Of its file, absolute. */
  readonly path: string;
  #file: LineFile | null = null;
  #current: Item | null = null;
  #waiting: Item[] = [];
  /** Statements of all that is not written yet. */
  #waitingStatements = 0;
  #pumping: Promise<void> | null = null;
  /** In words, and waiting for others. */
  #ready: Ready[] = [];
  #readyCharacters = 0;
  /** Of all that is in words and not in the file. */
  #unwrittenBytes = 0;
  /** Is a time set at which they are written? */
  #isDue = false;
  #underWay: readonly Ready[] = [];
  #isFlushing = false;
  #flushing: Promise<void> = Promise.resolve();
  /** What became of a report that nobody waits for any more. */
  #untold: Error | null = null;
  /** What the last state line said. */
  #said = '';
  /** What is in the file; null: it is not kept, or is not all that there was to write. */
  #kept: { state: StateLine | null; sources: SourcesLine['files'][]; reports: Report[] } | null = null;
  /** What the other processes of the run have written, when that was last asked, and what this one had then. */
  #measured = { others: 0, own: Number.NEGATIVE_INFINITY };

  constructor(options: RunWriterOptions) {
    const { directory, watch, keeps = false } = options;
    this.#options = options;
    if (keeps) this.#kept = { state: null, sources: [], reports: [] };
    this.#root = watch?.root ?? process.cwd();
    this.#identity = options.identity ?? thisProcess(this.#root);
    this.#sources = this.#newSources();
    const service = fileName(this.#identity.service ?? '') || 'node';
    this.path = join(directory, `${service}-${this.#identity.pid}-${this.#id}.jsonl`);
    endAtExit(this.#endNow);
  }

  /** Writes the first line, so that a process that saw nothing is known to have been there. */
  open(): void {
    this.#opened().appendNow(this.#head());
  }

  /** Resolves when the report is in words, which will be in the file soon; rejects where it could not be, or an earlier one could not be written since. */
  async write(report: Report): Promise<void> {
    if (this.#full) throw this.#loseOverBytes();
    const statements = statementsIn(report);
    if (this.#waitingStatements > 0 && this.#waitingStatements + statements > MOST_WAITING_STATEMENTS) {
      throw this.#lose('over-limit', 'scopes were left out, because the disk was slower than the app');
    }
    this.#waitingStatements += statements;
    await new Promise<void>((taken, failed) => {
      this.#waiting.push({ report, statements, alone: false, isTaken: false, taken, failed });
      this.#startPumping();
    });
    this.#tell();
  }

  /** Writes what is left and the last line. Rejects where a report that was taken could not be written. */
  async close(): Promise<void> {
    await this.#writeLeft();
    this.#endNow();
    this.#tell();
  }

  /** Writes what is left and no last line, which says to a reader that the process did not end by itself. */
  async abandon(): Promise<void> {
    await this.#writeLeft();
    isEnded(this.#endNow);
    this.#file?.close();
    this.#tell();
  }

  /** What the file says after it was closed; null where it has to be read, since not all went well. To be asked for once. */
  written(): WrittenFile | null {
    const { state = null, sources = [], reports = [] } = this.#kept ?? {};
    this.#kept = null;
    return state && { path: this.path, process: this.#processLine(), state, sources, reports };
  }

  async #writeLeft(): Promise<void> {
    while (this.#pumping !== null || this.#ready.length > 0 || this.#isFlushing) {
      await this.#pumping;
      await this.#flush();
    }
  }

  /** Throws once what became of reports that had been taken. */
  #tell(): void {
    const error = this.#untold;
    this.#untold = null;
    if (error !== null) throw error;
  }

  /** Where nothing waits there is nothing to start: a pump that ended before it is kept would be kept forever, and waited for. */
  #startPumping(): void {
    if (this.#waiting.length > 0) this.#pumping ??= this.#pump();
  }

  async #pump(): Promise<void> {
    for (let item = this.#next(); item !== null; item = this.#next()) {
      try {
        const words = await runSlices(this.#wordsOf(item.report));
        await this.#measure();
        // Where a write failed meanwhile it waits once more, since its words may rest on lines that are not there.
        if (this.#current !== item) continue;
        this.#add({ item, lines: this.#linesWith(words) });
        if (item.alone) await this.#flush();
      } catch (error) {
        this.#leaveOut(item, error);
      }
    }
    this.#pumping = null;
  }

  #next(): Item | null {
    this.#current = this.#waiting.shift() ?? null;
    return this.#current;
  }

  #add(ready: Ready): void {
    this.#current = null;
    this.#kept?.reports.push(inMicroseconds(ready.item.report));
    ready.item.isTaken = true;
    ready.item.taken();
    this.#ready.push(ready);
    this.#readyCharacters += ready.lines.length;
    this.#unwrittenBytes += Buffer.byteLength(ready.lines);
    // What waits here the other processes of the run cannot measure.
    if (this.#readyCharacters >= Math.min(WRITTEN_TOGETHER, this.#options.maxBytes * MEASURED_EVERY))
      void this.#flush();
    else if (!this.#isDue) {
      this.#isDue = true;
      later(WAITING_MS, () => {
        this.#isDue = false;
        void this.#flush();
      });
    }
  }

  /** Writes all that is in words. Never rejects: each report is told what became of it. */
  #flush(): Promise<void> {
    if (!this.#isFlushing) this.#flushing = this.#writeReady();
    return this.#flushing;
  }

  async #writeReady(): Promise<void> {
    this.#isFlushing = true;
    while (this.#ready.length > 0) {
      const together = this.#takeReady();
      this.#underWay = together;
      try {
        await this.#opened().append(textOf(together));
        for (const { item } of together) this.#waitingStatements -= item.statements;
      } catch (error) {
        this.#kept = null;
        const [first, ...others] = together;
        if (first !== undefined && others.length === 0) this.#leaveOut(first.item, error);
        this.#writeSingly(others.length === 0 ? [] : together);
      }
      this.#underWay = [];
      this.#unwrittenBytes = Buffer.byteLength(textOf(this.#ready));
    }
    this.#isFlushing = false;
  }

  #takeReady(): Ready[] {
    this.#readyCharacters = 0;
    return this.#ready.splice(0);
  }

  #leaveOut(item: Item, error: unknown): void {
    const failure = this.#failure(error);
    this.#waitingStatements -= item.statements;
    if (item.isTaken) this.#untold ??= failure;
    else item.failed(failure);
  }

  /** Each is put into words again and written by itself: there may be room for some, and the first says what was on lines that are not in the file. */
  #writeSingly(together: readonly Ready[]): void {
    const items = [...together, ...this.#takeReady()].map(({ item }) => item);
    if (this.#current !== null) items.push(this.#current);
    this.#current = null;
    for (const item of items) item.alone = true;
    this.#waiting.unshift(...items);
    this.#sayAllAgain();
    this.#startPumping();
  }

  /** As the process ends, or the output is closed: what is left, at once. */
  readonly #endNow = (): void => {
    isEnded(this.#endNow);
    const left = [...this.#takeReady().map(({ item }) => item), this.#current, ...this.#waiting];
    this.#current = null;
    this.#waiting = [];
    try {
      const file = this.#opened();
      try {
        file.finishNow();
      } catch {
        left.unshift(...this.#underWay.map(({ item }) => item));
      }
      this.#unwrittenBytes = 0;
      // What was collected for the scopes that wait is not in the file.
      this.#sayAllAgain();
      for (const item of left) {
        if (item === null) continue;
        this.#kept = null;
        this.#counted(() => file.appendNow(this.#linesWith(runAtOnce(this.#wordsOf(item.report)))));
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
      const state = this.#state(new Date().toISOString());
      const end = lineOf(state);
      file.appendNow(file.bytes === 0 ? `${this.#head()}\n${end}` : end);
      if (this.#kept !== null) this.#kept.state = state;
    };
    try {
      write();
    } catch (error) {
      if (!file.dropLast()) throw error;
      this.#failure(error);
      write();
    }
  }

  /** In the file, or on their way there. */
  get #bytes(): number {
    return (this.#file?.bytes ?? 0) + this.#unwrittenBytes;
  }

  #opened(): LineFile {
    this.#file ??= new LineFile(this.path);
    return this.#file;
  }

  #head(): string {
    return lineOf(this.#processLine());
  }

  #processLine(): ProcessLine {
    return { is: 'process', format: LINE_FORMAT, id: this.#id, ...this.#identity };
  }

  *#wordsOf(report: Report): Generator<void, Words> {
    const scope = yield* scopeText(report);
    const files = yield* this.#sources.newLinesOf(report);
    if (Object.keys(files).length === 0) return { scope, sources: null };
    this.#kept?.sources.push(files);
    return { scope, sources: lineOf({ is: 'sources', files }) };
  }

  /** The lines of a scope: what changed in the process, sources that were not written yet, and the scope itself. Throws where the run has no room for them. */
  #linesWith({ scope, sources }: Words): string {
    const { others } = this.#measured;
    const size = others + this.#bytes + Buffer.byteLength(scope);
    this.#full ||= size > this.#options.maxBytes;
    if (this.#full) throw this.#loseOverBytes();
    if (scope.length > LONGEST_LINE) {
      throw this.#lose('over-limit', `scopes were left out, because a line may have ${LONGEST_LINE} characters`);
    }
    const lines = [scope];
    if (sources !== null) lines.unshift(sources);
    const state = lineOf(this.#state(null));
    if (state !== this.#said) lines.unshift(state);
    this.#said = state;
    if (this.#bytes === 0) lines.unshift(this.#head());
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
    this.#measured = { others: await bytesBeside(this.path), own };
  }

  #newSources(): SourceCollector {
    return new SourceCollector(sourceReader(this.#root));
  }

  #failure(error: unknown): Error {
    if (error instanceof Lost) return error;
    this.#sayAllAgain();
    const { code } = error as { code?: unknown };
    const why = typeof code === 'string' ? ` (${code})` : '';
    this.#lose('write-failed', `scopes could not be written${why}`);
    return error instanceof Error ? error : new Error('a thrown value that is no error');
  }

  /** Sources and state stood on lines that are not in the file. */
  #sayAllAgain(): void {
    this.#sources = this.#newSources();
    this.#said = '';
  }

  #loseOverBytes(): Lost {
    return this.#lose('over-limit', `scopes were left out, because a run may have ${this.#options.maxBytes} bytes`);
  }

  #lose(code: Loss['code'], message: string): Lost {
    this.#kept = null;
    const known = this.#losses.get(message);
    this.#losses.set(message, { code, message, count: (known?.count ?? 0) + 1 });
    return new Lost(message);
  }
}

/** What ends each writer as the process does, by one listener for all: there may be as many as a suite has workers. */
const unfinished = new Set<() => void>();

function endAtExit(end: () => void): void {
  if (unfinished.size === 0) process.on('exit', endAll);
  unfinished.add(end);
}

function isEnded(end: () => void): void {
  unfinished.delete(end);
  if (unfinished.size === 0) process.removeListener('exit', endAll);
}

function endAll(): void {
  for (const end of [...unfinished]) end();
}

/** A report that was left out and is counted. */
class Lost extends Error {}

function statementsIn(report: Report): number {
  let statements = 1;
  for (const { profile } of reportsOf({ reports: [report] })) statements += profile.statements.length;
  return statements;
}

/** A line that is no longer than a few facts. */
function lineOf(line: Exclude<Line, { is: 'scope' }>): string {
  return JSON.stringify(line);
}

function textOf(together: readonly Ready[]): string {
  return together.map(({ lines }) => lines).join('\n');
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
