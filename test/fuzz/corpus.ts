// The texts that fuzzing found worth keeping: each ran code of src/sql that no one before it ran. One JSON string a line.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const FILE = join(__dirname, 'corpus', 'texts.jsonl');

export function readCorpus(): string[] {
  const lines = readFileSync(FILE, 'utf8').split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as string);
}

export function writeCorpus(texts: readonly string[]): void {
  writeFileSync(FILE, texts.map((text) => `${JSON.stringify(text)}\n`).join(''));
}
