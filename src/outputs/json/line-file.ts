// A file that only ever consists of whole lines, as far as this process can help it. It has one writer, so each is written at a place that is known:
// what a full disk cut off is cut away, and what was under way when the process ends is written again in place.

import { closeSync, ftruncateSync, mkdirSync, openSync, write, writeSync } from 'node:fs';
import { dirname } from 'node:path';

export class LineFile {
  readonly #fd: number;
  #closed = false;
  /** Where the lines that were written last begin. */
  #last = 0;
  /** Behind the last whole line. */
  #end = 0;
  #underWay: Buffer | null = null;

  /** Makes a file that no other process writes. Throws where there is one already. */
  constructor(path: string) {
    mkdirSync(dirname(path), { recursive: true });
    this.#fd = openSync(path, 'wx');
  }

  get bytes(): number {
    return this.#end;
  }

  /** Writes lines that belong together; one call at a time. Rejects where they could not be written whole; then the file is as it was. */
  async append(lines: string): Promise<void> {
    this.#refuseWhereClosed();
    const bytes = Buffer.from(`${lines}\n`);
    this.#underWay = bytes;
    try {
      for (let done = 0; done < bytes.length; ) done += await this.#write(bytes, done);
      this.#written(bytes);
    } catch (error) {
      this.#cut();
      throw error;
    } finally {
      this.#underWay = null;
    }
  }

  /** Writes at once what is under way, for a process that ends: in the place where it stands already or is about to. */
  finishNow(): void {
    const bytes = this.#underWay;
    this.#underWay = null;
    if (bytes !== null) this.#writeNow(bytes);
  }

  /** The same at once. Throws where `append` rejects. */
  appendNow(lines: string): void {
    this.#refuseWhereClosed();
    this.#writeNow(Buffer.from(`${lines}\n`));
  }

  /** Takes away what was written last, to make room. False where that is the beginning. */
  dropLast(): boolean {
    if (this.#last === 0) return false;
    this.#end = this.#last;
    this.#last = 0;
    this.#cut();
    return true;
  }

  close(): void {
    this.#closed = true;
    closeSync(this.#fd);
  }

  /** By then its descriptor may be another file's. */
  #refuseWhereClosed(): void {
    if (this.#closed) throw new Error('the file is closed');
  }

  #write(bytes: Buffer, done: number): Promise<number> {
    return new Promise((resolve, reject) => {
      write(this.#fd, bytes, done, bytes.length - done, this.#end + done, (error, written) => {
        if (error) reject(error);
        else resolve(written);
      });
    });
  }

  #writeNow(bytes: Buffer): void {
    try {
      for (let done = 0; done < bytes.length; ) {
        done += writeSync(this.#fd, bytes, done, bytes.length - done, this.#end + done);
      }
      this.#written(bytes);
    } catch (error) {
      this.#cut();
      throw error;
    }
  }

  #written({ length }: Buffer): void {
    this.#last = this.#end;
    this.#end += length;
  }

  #cut(): void {
    try {
      ftruncateSync(this.#fd, this.#end);
    } catch {
      // Then the next line is written over what is left, and a reader counts the rest as a line cut off.
    }
  }
}
