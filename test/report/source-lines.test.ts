// The lines of source that go along with reports: those around what findings name, each once, and enough to draw the same picture.

import { describe, expect, it } from 'vitest';
import { runAtOnce } from '../../src/profile/slices.js';
import { codeFrames } from '../../src/report/code-frame.js';
import type { Report } from '../../src/report/report.js';
import { readCollected, SourceCollector } from '../../src/report/source-lines.js';
import { loopOn, plainRequest } from './run-of.js';

const source = Array.from({ length: 40 }, (_, i) => `${i + 1}${i === 13 ? ' long'.repeat(200) : ''}`);
const read = (file: string) => (file === 'src/chats.ts' ? source : null);

const collected = (collector: SourceCollector, report: Report) => runAtOnce(collector.newLinesOf(report));

describe('what is collected', () => {
  it('is around what a finding and its source name, up to the ends of the file', () => {
    const lines = collected(new SourceCollector(read), loopOn('message'));
    expect(Object.keys(lines)).toEqual(['src/chats.ts']);
    expect(Object.keys(lines['src/chats.ts']!).map(Number)).toEqual(Array.from({ length: 13 }, (_, i) => i + 7));
    expect(lines['src/chats.ts']?.[14]).toHaveLength(500);
    const short = collected(new SourceCollector(() => source.slice(0, 13)), loopOn('message'));
    expect(Math.max(...Object.keys(short['src/chats.ts']!).map(Number))).toBe(13);
  });

  it('is told once, also where another report names it, and for children and what is set apart', () => {
    const collector = new SourceCollector(read);
    const { findings, ...report } = loopOn('message');
    const apart = {
      ...report,
      findings: [],
      suppressed: findings.map((finding) => ({ finding, reason: 'x', until: null })),
    };
    expect(collected(collector, { ...plainRequest('GET /', 1), children: [apart] })['src/chats.ts']).toBeDefined();
    expect(collected(collector, loopOn('reaction'))).toEqual({});
  });

  it('is nothing where nothing is found, or the source is not there', () => {
    expect(collected(new SourceCollector(read), plainRequest('GET /', 3))).toEqual({});
    expect(collected(new SourceCollector(() => null), loopOn('message'))).toEqual({});
  });

  it('has an end', () => {
    let asked = 0;
    const collector = new SourceCollector((file) => {
      asked++;
      return read(file);
    });
    const report = loopOn('message');
    const site = report.profile.statements[1]!.callSite!;
    for (let line = 1; line <= 3_000; line++) {
      const statements = report.profile.statements.map((one) => ({ ...one, callSite: { ...site, line, frames: [] } }));
      collected(collector, { ...report, profile: { ...report.profile, statements } });
    }
    expect(asked).toBe(2_000);
  });
});

describe('what is read back', () => {
  const lines = collected(new SourceCollector(read), loopOn('message'));

  it('draws what the source would', () => {
    const places = [12, 14].map((line) => ({ file: 'src/chats.ts', line }));
    const short = (file: string) => read(file)?.map((line) => line.slice(0, 500)) ?? null;
    expect(codeFrames(places, readCollected(lines))).toEqual(codeFrames(places, short));
    expect(codeFrames(places, readCollected({}))).toEqual([]);
  });

  it('is no file of a thousand million lines, whoever says so', () => {
    expect(readCollected({ 'a.ts': { 1: 'one', 999999999: 'far' } })('a.ts')).toEqual(['one']);
  });
});
