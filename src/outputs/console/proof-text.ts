// Draws a proof: the writes with their lines, and a table of what stayed when each was made to fail. A pure function of the proof.

import type { Proof, ProofRun, StayedWrite, UntriedFailure } from '../../report/proof.js';
import { cellsOf, cutMiddle, padTo, wrap } from '../drawing/cells.js';
import { oneLine } from '../drawing/harmless.js';
import { count, counted } from '../drawing/numbers.js';
import { shortSql } from '../drawing/short-sql.js';
import { siteOf } from '../drawing/site-name.js';
import { factCells, factLines, headline, INDENT, type Painted, WIDEST } from './layout.js';
import { colourful, type Paint, plain, type Style } from './paint.js';
import { drawStatementRows } from './statement-rows.js';

export interface ProofTextOptions {
  /** Cells of a line. */
  width: number;
  color: boolean;
}

/** More rows are no table any more; those that say nothing new are left out first. */
const MOST_ROWS = 24;
const MOST_WRITES = 16;
const NARROWEST = 40;

/** The proof as text, with a blank line at its end. */
export function proofText(proof: Proof, { width: cells, color }: ProofTextOptions): string {
  const paint = color ? colourful : plain;
  const width = Math.min(Math.max(cells, NARROWEST), WIDEST);
  const parts = [
    title(proof, width, paint),
    writeLines(proof, width, paint),
    tableLines(proof, width, paint),
    factsOf(proof, width, paint),
  ];
  const drawn = parts.filter((part) => part.length > 0).flatMap((part, i) => (i === 0 ? part : ['', ...part]));
  return `${drawn.join('\n')}\n\n`;
}

/** `makeTransfer   not atomic · 2 writes, 5 failures`. */
function title({ label, atomic, stopped, writes, runs }: Proof, width: number, paint: Paint): string[] {
  const verdict = atomic ? 'atomic' : stopped === null || runs.some((run) => !run.atomic) ? 'not atomic' : 'not proven';
  const text = cutMiddle(oneLine(label), width);
  const lead = { text, painted: paint('strong', text) };
  const body = `${verdict} · ${counted(writes.length, 'write')}, ${counted(runs.length, 'failure')} tried`;
  return headline(lead, body, width).map((line) =>
    line.replace(verdict, () => paint(atomic ? 'strong' : 'error', verdict)),
  );
}

function writeLines({ writes }: Proof, width: number, paint: Paint): string[] {
  const shown = writes.slice(0, writes.length > MOST_WRITES ? MOST_WRITES - 1 : MOST_WRITES);
  const bars = shown.map(({ transaction }) => (transaction === null ? ' ' : '┃'));
  const rows = shown.map(({ number, sql, rows, callSite }, i) => {
    const bar = bars[i] as string;
    return {
      lead: { text: `write ${number} ${bar}`, painted: `${paint('faint', `write ${number}`)} ${paint('strong', bar)}` },
      below: {
        text: `${' '.repeat(`write ${number}`.length)} ${bar}`,
        painted: `${' '.repeat(`write ${number}`.length)} ${paint('strong', bar)}`,
      },
      sql: shortSql(sql),
      ending: rows === null ? NOTHING : faint(`✓ ${counted(rows, 'row')}`, paint),
      site: siteOf(callSite),
    };
  });
  const left = writes.length - shown.length;
  const lines = drawStatementRows(rows, width, paint);
  return left === 0 ? lines : [...lines, paint('faint', `${INDENT}… and ${counted(left, 'write')} more`)];
}

const NOTHING: Painted = { text: '', painted: '' };
const faint = (text: string, paint: Paint): Painted => ({ text, painted: paint('faint', text) });

interface Row {
  mark: string;
  style: Style;
  cells: readonly [failed: string, how: string, outcome: string, stayed: string, answered: string];
}

const HEAD: Row['cells'] = ['failed', 'how', 'outcome', 'stayed', 'answered'];
/** What stayed may be cut into lines of so many cells, and no less. */
const LEAST_STAYED = 16;
const GAP = '  ';

function tableLines(proof: Proof, width: number, paint: Paint): string[] {
  const shown = shownOf(proof.runs);
  const rows = shown.map((run) => rowOf(run, proof));
  if (rows.length === 0) return [];
  const widest = (column: number): number =>
    Math.max(...[HEAD, ...rows.map(({ cells }) => cells)].map((cells) => cellsOf(cells[column] as string)));
  const [failed, how, outcome, answered] = [0, 1, 2, 4].map(widest) as [number, number, number, number];
  const others = INDENT.length + failed + how + outcome + answered + 4 * GAP.length;
  const stayed = Math.min(widest(3), Math.max(width - others, LEAST_STAYED));
  const line = (lead: string, cells: Row['cells'], first: boolean, text: string, style: Style | null): string => {
    const [a, b, c, , e] = first ? cells : (['', '', '', '', ''] as const);
    const verdict = padTo(c, outcome);
    return [
      lead + padTo(a, failed),
      padTo(b, how),
      style === null ? verdict : paint(style, verdict),
      padTo(text, stayed),
      e,
    ]
      .join(GAP)
      .trimEnd();
  };
  const drawn = rows.flatMap(({ mark, style, cells }) =>
    wrap(cells[3], stayed).map((text, i) =>
      line(
        i === 0 ? ` ${paint(style, mark)} ` : INDENT,
        cells,
        i === 0,
        text,
        i === 0 && style === 'error' ? style : null,
      ),
    ),
  );
  const left = proof.runs.length - shown.length;
  return [
    paint('faint', line(INDENT, HEAD, true, HEAD[3], null)),
    ...drawn,
    ...(left === 0
      ? []
      : [paint('faint', `${INDENT}… and ${counted(left, 'failure')} more, after which the data was whole`)]),
  ];
}

/** All, or those that say most: where the data was not whole, and then the first ones. */
function shownOf(runs: readonly ProofRun[]): ProofRun[] {
  const torn = runs.filter(({ atomic }) => !atomic).slice(0, MOST_ROWS);
  const room = MOST_ROWS - torn.length;
  const whole = new Set(runs.filter(({ atomic }) => atomic).slice(0, room));
  return runs.filter((run) => whole.has(run) || torn.includes(run));
}

function rowOf(run: ProofRun, proof: Proof): Row {
  const { failed, at, how, outcome, atomic } = run;
  return {
    mark: atomic ? (run.crashed || outcome === 'swallowed' ? '▲' : '✓') : '✖',
    style: atomic ? (run.crashed || outcome === 'swallowed' ? 'warning' : 'faint') : 'error',
    cells: [
      at === 'write' ? `write ${failed}` : `commit ${failed}`,
      how,
      outcome,
      stayedText(run, proof),
      answerOf(run),
    ],
  };
}

/** `nothing`, `everything`, `INSERT INTO transfer (1 row)`. */
function stayedText({ stayed, compensated }: ProofRun, { writes }: Proof): string {
  if (stayed.length === 0) return 'nothing';
  const numbers = new Set(stayed.map(({ write }) => write));
  const made = writes.filter(({ rows }) => rows !== 0);
  const isAll = stayed.length === made.length && made.every(({ number }) => numbers.has(number));
  if (isAll) return 'everything';
  return compensated === null ? deedsOf(stayed) : `${deedsOf(stayed)}, taken back (${compensated})`;
}

/** Deeds named one by one. */
const MOST_DEEDS = 4;

function deedsOf(stayed: readonly StayedWrite[]): string {
  const rows = new Map<string, { rows: number | null; times: number }>();
  for (const { deed, rows: changed, when } of stayed) {
    const name = when === 'beside' ? `${deed}, sent beside it` : deed;
    const known = rows.get(name) ?? { rows: 0, times: 0 };
    rows.set(name, {
      rows: known.rows === null || changed === null ? null : known.rows + changed,
      times: known.times + 1,
    });
  }
  const deeds = [...rows].map(([deed, { rows: changed }]) => {
    const [name, beside = ''] = deed.split(/(?=, sent beside it$)/) as [string, string?];
    return `${oneLine(name)}${changed === null ? '' : ` (${counted(changed, 'row')})`}${beside}`;
  });
  const more = deeds.length - MOST_DEEDS;
  return more > 0 ? `${deeds.slice(0, MOST_DEEDS).join(', ')} and ${count(more)} more` : deeds.join(', ');
}

/** What the caller was told: a status, an error, or that all went well. */
function answerOf({ answered: { status, error }, crashed }: ProofRun): string {
  if (crashed) return 'crashed';
  if (status !== null) return String(status);
  if (error === null) return 'all well';
  // The name of an error with a code says no more than that.
  return oneLine(/\((\w+)\)$/.exec(error)?.[1] ?? error);
}

function factsOf(proof: Proof, width: number, paint: Paint): string[] {
  const room = factCells(width);
  const fact = (label: string, text: string | null): string[] =>
    text === null ? [] : factLines(label, wrap(oneLine(text), room), paint);
  return [
    ...fact('stopped', proof.stopped),
    ...fact('crash', crashText(proof)),
    ...untriedTexts(proof).flatMap((text) => fact('untried', text)),
    ...fact('advice', adviceOf(proof)),
  ];
}

function crashText({ runs }: Proof): string | null {
  const crashed = runs.filter((run) => run.crashed);
  if (crashed.length === 0) return null;
  return crashed.some(({ how }) => how === 'error')
    ? 'Where it says crashed, nobody handled the rejection, or listened to the error: the process would have ended.'
    : "Where it says crashed, the process would have ended: nobody listened to the client's error as its connection was lost. While the client is yours: client.on('error', …).";
}

function untriedTexts({ untried, stopped }: Proof): string[] {
  const byReason = new Map<string, UntriedFailure[]>();
  for (const failure of untried) {
    if (failure.why !== stopped) byReason.set(failure.why, [...(byReason.get(failure.why) ?? []), failure]);
  }
  return [...byReason].map(([why, failures]) => `${counted(failures.length, 'failure')}: ${why}.`);
}

function adviceOf({ runs }: Proof): string | null {
  const outcomes = new Set(runs.filter(({ atomic }) => !atomic).map(({ outcome }) => outcome));
  if (outcomes.has('torn') || outcomes.has('swallowed'))
    return 'Send the writes on one client between begin and commit, roll back on any error, and pass the error on.';
  if (outcomes.has('done twice'))
    return 'Try again only what is one transaction, from its BEGIN on; where the answer to COMMIT was lost, look first whether it is there (a key of your own makes that certain).';
  return null;
}
