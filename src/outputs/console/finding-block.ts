// One block of the console: a tree of findings with its headline, its statements, the code that sends them, the proof,
// how it grows and what to send instead.

import type { Profile } from '../../profile/types.js';
import { codeFrames, type ReadSource } from '../../report/code-frame.js';
import type { Finding } from '../../report/report.js';
import { type Block, each, growthOf, isProven, placesOf, proofOf, severityOf, summaryOf } from '../drawing/blocks.js';
import { wrap } from '../drawing/cells.js';
import { oneLine } from '../drawing/harmless.js';
import { SIGNS } from '../drawing/signs.js';
import { drawFrames } from './draw-frame.js';
import { factCells, factLines, headline, type Painted } from './layout.js';
import { drawLoopTree } from './loop-tree.js';
import type { Paint, Style } from './paint.js';
import { replacementLines } from './replacement.js';
import { drawUnitBands } from './unit-bands.js';

/** The sign of the block's worst finding, painted. */
export function signOf(block: Block, paint: Paint): string {
  const severity = severityOf(block);
  return paint(severity, SIGNS[severity]);
}

/** The detectors of the block, each once: `n-plus-one`. */
export function namesOf({ findings }: Block): string {
  return [...new Set(findings.map(({ detector }) => oneLine(detector)))].join(', ');
}

/** The whole block, without a blank line around it. */
export function drawBlock(block: Block, profile: Profile, read: ReadSource, width: number, paint: Paint): string[] {
  const places = block.findings.flatMap((finding) => placesOf(finding, profile));
  const [finding] = block.findings as [Finding];
  const drawing =
    finding.category === 'atomicity'
      ? drawUnitBands(finding, profile, width, paint)
      : drawLoopTree(block.roots, profile, width, paint);
  const parts = [
    [...title(block, width, paint), ...drawing],
    drawFrames(codeFrames(places, read), width, paint),
    facts(block, profile, width, paint),
  ];
  return parts.filter((part) => part.length > 0).flatMap((part, index) => (index === 0 ? part : ['', ...part]));
}

function title(block: Block, width: number, paint: Paint): string[] {
  const verdicts = new Map<string, string>();
  for (const { detector, confidence } of block.findings) {
    verdicts.set(
      `${detector} · ${confidence}`,
      `${paint('strong', oneLine(detector))} ${paint('faint', `· ${confidence}`)}`,
    );
  }
  const lead: Painted = {
    text: ` ▲ ${oneLine([...verdicts.keys()].join(', '))}`,
    painted: ` ${signOf(block, paint)} ${[...verdicts.values()].join(', ')}`,
  };
  return headline(lead, summaryOf(block), width);
}

function facts(block: Block, profile: Profile, width: number, paint: Paint): string[] {
  const { findings } = block;
  const room = factCells(width);
  const fact = (label: string, texts: readonly string[], style?: Style) => {
    const body = each(texts).flatMap((text) => wrap(text, room));
    return factLines(label, style ? body.map((line) => paint(style, line)) : body, paint);
  };
  const replacements = findings.flatMap(({ replacement }) => replacement ?? []);
  const sql = replacementLines(replacements, room, paint);
  const isLong = sql.length > replacements.length && findings.every(isDoneByCalls);
  const isBlind = profile.visible.callSites && findings.some(({ callSite }) => callSite === null);
  return [
    ...fact('proof', [proofOf(findings.filter(isProven))]),
    ...fact(
      'why',
      findings.filter((finding) => !isProven(finding)).map(({ why }) => why),
    ),
    ...fact('grows', [growthOf(block)], 'strong'),
    ...factLines('instead', isLong ? [] : sql, paint),
    ...fact(
      'advice',
      findings.filter((finding) => finding.replacement === null || isDoneByCalls(finding)).map(({ advice }) => advice),
    ),
    ...fact('where', isBlind ? ['no frame of the app was on the stack'] : []),
  ];
}

/** Is it to be done by calls of a library's or between those of a resolver? Then nobody has to write the SQL: it shows what is to be sent, where it is short. */
function isDoneByCalls({ callSite, data }: Finding): boolean {
  return data.library !== undefined || callSite?.resolver !== undefined;
}
