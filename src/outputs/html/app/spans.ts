// Stretches of time as the waterfall draws them: what stands closer than a line is wide is one stretch, so that 100,000 statements are no more
// lines than the screen has columns.

export interface Span {
  from: number;
  to: number;
}

/** Narrower than this nothing is seen. */
const NARROWEST = 1.5;

/** Milliseconds as places on a line that is `width` long. */
export function scaleOf(endMs: number, width: number): (ms: number) => number {
  return (ms) => (endMs <= 0 ? 0 : Math.min(Math.max((ms / endMs) * width, 0), width));
}

/** Drawn spans, in order, those that touch as one. */
export function drawnSpans(spans: readonly Span[], scale: (ms: number) => number): Span[] {
  const drawn: Span[] = [];
  for (const { from, to } of [...spans].sort((a, b) => a.from - b.from)) {
    const span = { from: scale(from), to: Math.max(scale(to), scale(from) + NARROWEST) };
    const last = drawn.at(-1);
    if (last !== undefined && span.from - last.to < 0.5) last.to = Math.max(last.to, span.to);
    else drawn.push(span);
  }
  return drawn;
}

/** What is in none of the spans, between 0 and `end`. */
export function gapsBetween(spans: readonly Span[], end: number): Span[] {
  const gaps: Span[] = [];
  let until = 0;
  for (const { from, to } of [...spans].sort((a, b) => a.from - b.from)) {
    if (from > until) gaps.push({ from: until, to: Math.min(from, end) });
    until = Math.max(until, to);
  }
  if (until < end) gaps.push({ from: until, to: end });
  return gaps;
}

export function lengthOf(spans: readonly Span[]): number {
  return spans.reduce((sum, { from, to }) => sum + Math.max(0, to - from), 0);
}
