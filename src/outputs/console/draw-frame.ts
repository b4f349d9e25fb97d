// Code frames as the console draws them: line numbers, a mark at each line that sends a statement of the finding.

import type { CodeFrame } from '../../report/code-frame.js';
import { cutEnd } from '../drawing/cells.js';
import { lines as harmlessLines, oneLine } from '../drawing/harmless.js';
import { INDENT } from './layout.js';
import type { Paint } from './paint.js';

/** The frames below each other; files are named where there are several. */
export function drawFrames(frames: readonly CodeFrame[], width: number, paint: Paint): string[] {
  const digits = String(Math.max(0, ...frames.flatMap(({ lines }) => lines.map(({ number }) => number)))).length;
  const several = new Set(frames.map(({ file }) => file)).size > 1;
  const gap = `${INDENT}${' '.repeat(digits)} ${paint('faint', '⋮')}`;
  return frames.flatMap((frame, index) => {
    const sameFile = frames[index - 1]?.file === frame.file;
    const name = INDENT + paint('place', oneLine(frame.file));
    const above = sameFile ? [gap] : several ? [...(index > 0 ? [''] : []), name] : [];
    return [...above, ...drawFrame(frame, digits, width, paint)];
  });
}

function drawFrame({ lines }: CodeFrame, digits: number, width: number, paint: Paint): string[] {
  return lines.map(({ number, text, marked }) => {
    const code = cutEnd(harmlessLines(text).join(''), width - INDENT.length - digits - 3);
    const gutter = `${String(number).padStart(digits)} │`;
    const line = marked
      ? ` ${paint('warning', '▸')} ${paint('strong', gutter)} ${code}`
      : `${INDENT}${paint('faint', `${gutter} ${code}`)}`;
    return line.trimEnd();
  });
}
