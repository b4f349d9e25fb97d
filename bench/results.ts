// Where the figures stand: bench/RESULTS.md has a section for each major of Node and a part for each thing measured, and a run replaces what it measured.

import { BUDGETS, type Budget, type Verdict } from './budgets.js';

/** What one part of the bench found. */
export interface Findings {
  /** Lines of a table, as they are printed. */
  lines: string[];
  verdicts: Verdict[];
}

const PART = /<!-- node (\d+): (\S+) -->\n([\s\S]*?)<!-- \/node -->\n/g;

const HEAD = `# Results

Written by \`npm run bench\`. Compare figures of one block only: each block was measured in one run, and machines differ by more than what is measured. What is
in brackets holds 90 % of the answers that the sets of the run would give if they were drawn again.
`;

/** The blocks of a RESULTS.md, by major of Node, then by part. */
type Blocks = Map<number, Map<string, string>>;

/** How a budget was kept, as RESULTS.md has it. */
export interface Kept {
  node: number;
  /** The row's name: the budget's title, and of which workload or size it is. */
  title: string;
  of: string;
  /** The figure alone, without its interval and unit. */
  value: string;
  held: boolean;
}

const ROW = /^\| ([^|:]+)(?:: ([^|]+))? \| (\S+) [^|]*\| [^|]+ \| ([✓✖]) \|$/gm;

/** All verdicts of a RESULTS.md, in its order. */
export function verdictsIn(results: string): Kept[] {
  return [...blocksIn(results)].flatMap(([node, parts]) =>
    [...parts.values()].flatMap((text) =>
      [...text.matchAll(ROW)].map(([, title, of, value, mark]) => ({
        node,
        title: title!,
        of: of ?? '',
        value: value!,
        held: mark === '✓',
      })),
    ),
  );
}

function blocksIn(results: string): Blocks {
  const blocks: Blocks = new Map();
  for (const [, major, part, text] of results.matchAll(PART)) {
    const node = Number(major);
    if (!blocks.has(node)) blocks.set(node, new Map());
    blocks.get(node)!.set(part!, text!);
  }
  return blocks;
}

/** RESULTS.md with what one part found on this Node in place of what it found before. `order`: of all parts. */
export function withPart(results: string, node: number, part: string, text: string, order: readonly string[]): string {
  const blocks = blocksIn(results);
  blocks.set(node, new Map([...(blocks.get(node) ?? []), [part, text]]));
  const nodes = [...blocks].sort(([a], [b]) => a - b);
  const sections = nodes.map(([major, parts]) => {
    const sorted = [...parts].sort(([a], [b]) => order.indexOf(a) - order.indexOf(b));
    const texts = sorted.map(([name, body]) => `<!-- node ${major}: ${name} -->\n${body}<!-- /node -->\n`);
    return `\n## Node ${major}\n\n${texts.join('\n')}`;
  });
  return HEAD + sections.join('');
}

/** A part as it stands in RESULTS.md. */
export function textOf(title: string, machine: string, { lines, verdicts }: Findings): string {
  const table = verdicts.length > 0 ? `${verdictRows(verdicts).join('\n')}\n\n` : '';
  return `### ${title}\n\n${machine}\n\n\`\`\`\n${lines.join('\n')}\n\`\`\`\n\n${table}`;
}

function verdictRows(verdicts: readonly Verdict[]): string[] {
  return ['| budget | measured | bound | |', '| --- | --- | --- | --- |', ...verdicts.map(rowOf)];
}

function rowOf({ budget, of, figure, held }: Verdict): string {
  const { title, unit }: Budget = BUDGETS[budget];
  const name = of === '' ? title : `${title}: ${of}`;
  return `| ${name} | ${figureText(figure)} ${unit} | ${boundOf(BUDGETS[budget])} | ${held ? '✓' : '✖'} |`;
}

export function boundOf({ most, least }: Budget): string {
  return most === undefined ? `at least ${least}` : `at most ${most}`;
}

/** A verdict for the terminal. */
export function verdictLine(verdict: Verdict): string {
  const { title, unit }: Budget = BUDGETS[verdict.budget];
  const what = [title, verdict.of].filter(Boolean).join(', ');
  return `${verdict.held ? '✓' : '✖'} ${what}: ${figureText(verdict.figure)} ${unit}, ${boundOf(BUDGETS[verdict.budget])}`;
}

export function figureText({ value, low, high }: { value: number; low: number; high: number }): string {
  const digits = Math.abs(value) < 10 ? 2 : Math.abs(value) < 100 ? 1 : 0;
  const own = value.toFixed(digits);
  return low === high ? own : `${own} (${low.toFixed(digits)} … ${high.toFixed(digits)})`;
}
