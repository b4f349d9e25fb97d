// A file that only ever consists of whole lines, as far as this process can help it. It has one writer, so each line is written at a place that is
// known: what a full disk cut off is cut away, and what was under way when the process ends is written again in place.

import { closeSync, ftruncateSync, mkdirSync, openSync, write, writeSync } from 'node:fs';
import { dirname } from 'node:path';

export class LineFile {
  readonly #fd: number;
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

  /** Writes a line; one at a time. Rejects where it could not be written whole; then the file is as it was. */
  async append(line: string): Promise<void> {
    const bytes = Buffer.from(`${line}\n`);
    this.#underWay = bytes;
    try {
      for (let done = 0; done < bytes.length; ) done += await this.#write(bytes, done);
      this.#end += bytes.length;
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

  /** Writes a line at once. Throws where it could not be written whole; then the file is as it was. */
  appendNow(line: string): void {
    this.#writeNow(Buffer.from(`${line}\n`));
  }

  close(): void {
    closeSync(this.#fd);
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
      this.#end += bytes.length;
    } catch (error) {
      this.#cut();
      throw error;
    }
  }

  #cut(): void {
    try {
      ftruncateSync(this.#fd, this.#end);
    } catch {
      // Then the next line is written over what is left, and a reader counts the rest as a line cut off.
    }
  }
}
