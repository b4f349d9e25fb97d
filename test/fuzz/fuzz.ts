// Coverage-guided fuzzing of src/sql: `tsx test/fuzz/fuzz.ts --runs 20000 --seed 1 [--keep]`. Texts that reach new blocks, or
// old ones in new numbers, are mutated further; with --keep the smallest that together reach everything are written to the corpus.

import { parseArgs } from 'node:util';
import { statements } from '../sql/corpus.js';
import { loadPostgres } from '../sql/parse-tree.js';
import { Coverage } from '../support/coverage.js';
import { readCorpus, writeCorpus } from './corpus.js';
import { violationsOf } from './invariants.js';
import { mutate, type Random, randomFrom } from './mutations.js';

/** A text that breaks what has to hold, as small as it could be made. */
interface Failure {
  text: string;
  violations: string[];
}

const MOST_FAILURES = 10;

/** Counts are told apart as AFL does: 1, 2, 3, 4–7, 8–15 … */
function featuresOf(blocks: ReadonlyMap<string, number>): string[] {
  return Array.from(
    blocks,
    ([block, count]) => `${block}×${count < 4 ? count : 1 << Math.floor(Math.log2(Math.min(count, 128)))}`,
  );
}

class Fuzzer {
  readonly failures: Failure[] = [];
  readonly #coverage = new Coverage(/\/src\/sql\//);
  readonly #features = new Set<string>();
  readonly #pool: { text: string; features: string[] }[] = [];

  /** `onProgress` is called now and then, and at the end. */
  constructor(
    private readonly random: Random,
    private readonly onProgress: (fuzzer: Fuzzer) => void,
  ) {}

  run(seeds: readonly string[], runs: number): void {
    for (const text of seeds) this.#try(text);
    const fromSeeds = this.#features.size;
    for (let i = 0; i < runs && this.failures.length < MOST_FAILURES; i++) {
      // what was found last is mutated most: half of the choices fall on the newest quarter
      const size = this.#pool.length;
      const newest = this.random(2) === 0 ? Math.ceil(size / 4) : size;
      const { text } = this.#pool[size - 1 - this.random(newest)] as { text: string };
      const { text: other } = this.#pool[this.random(size)] as { text: string };
      this.#try(mutate(text, other, this.random));
      if ((i + 1) % 5_000 !== 0) continue;
      console.log(`${i + 1} runs, ${size} texts, ${this.#features.size} features`);
      this.onProgress(this);
    }
    console.log(`${this.#features.size - fromSeeds} features beyond those of ${seeds.length} seeds`);
    this.onProgress(this);
    this.#coverage.close();
  }

  #try(text: string): void {
    const isBroken = violationsOf(text).length > 0;
    // what the checks themselves ran of src/sql is as much a sign of something new as what the text alone runs
    const features = featuresOf(this.#coverage.take());
    if (isBroken) {
      this.#fail(text);
      return;
    }
    if (!features.some((feature) => !this.#features.has(feature))) return;
    for (const feature of features) this.#features.add(feature);
    this.#pool.push({ text, features });
  }

  #fail(text: string): void {
    const small = shrunk(text, (candidate) => violationsOf(candidate).length > 0);
    if (this.failures.some((known) => known.text === small)) return;
    const failure = { text: small, violations: violationsOf(small) };
    this.failures.push(failure);
    console.log(`${JSON.stringify(small)}\n  ${failure.violations.join('\n  ')}`);
  }

  /** The fewest texts, short ones first, that together reach all that was reached. */
  smallest(): string[] {
    const reached = new Set<string>();
    const byLength = [...this.#pool].sort((a, b) => a.text.length - b.text.length || (a.text < b.text ? -1 : 1));
    return byLength.flatMap(({ text, features }) => {
      const isNew = features.some((feature) => !reached.has(feature));
      for (const feature of features) reached.add(feature);
      return isNew ? [text] : [];
    });
  }
}

/** Leaves out ever smaller pieces for as long as what remains still fails. */
function shrunk(text: string, fails: (candidate: string) => boolean): string {
  let small = text;
  for (let size = text.length >> 1; size >= 1; size >>= 1) {
    for (let at = 0; at + size <= small.length; ) {
      const candidate = small.slice(0, at) + small.slice(at + size);
      if (fails(candidate)) small = candidate;
      else at += size;
    }
  }
  return small;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      runs: { type: 'string', default: '20000' },
      seed: { type: 'string', default: '1' },
      keep: { type: 'boolean', default: false },
    },
  });
  await loadPostgres();
  const fuzzer = new Fuzzer(randomFrom(Number(values.seed)), (running) => {
    if (values.keep && running.failures.length === 0) writeCorpus(running.smallest());
  });
  fuzzer.run([...readCorpus(), ...statements], Number(values.runs));
  console.log(`${fuzzer.failures.length} failures`);
  process.exitCode = fuzzer.failures.length === 0 ? 0 : 1;
}

void main();
