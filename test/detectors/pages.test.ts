// Every detector has its page, with the sections a reader relies on, and what its examples claim is what the detector says.

import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { loadModule, parseSync } from 'libpg-query';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Detector } from '../../src/detectors/detector.js';
import { detectors } from '../../src/detectors/index.js';
import { check } from '../support/test-detector.js';

const FOLDER = resolve(__dirname, '../../src/detectors');

const SECTIONS = ['What it finds', 'Example', 'Why it matters', 'How it decides', 'How to fix it', 'When it is wrong'];

/** What the pages of detectors without a default set in their examples. */
const SET: Record<string, object> = { 'statement-budget': { max: 3 } };

const asSet = (detector: Detector) => detector.settings?.apply({ ...SET[detector.meta.id] }) ?? detector;

describe.each(detectors.map((detector) => ({ id: detector.meta.id, detector: asSet(detector) })))(
  'the page of $id',
  ({ id, detector }) => {
    const page = readFileSync(resolve(FOLDER, `${id}.md`), 'utf8');
    const blocks = (language: string) => [...page.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\``, 'gms'))];

    beforeAll(loadModule);

    it('is where the findings say', () => {
      expect(detector.meta.page).toBe(`dist/detectors/${id}.md`);
      expect(page.split('\n')[0]).toBe(`# ${id}`);
    });

    it('has the sections of every page, in order, each with text', () => {
      const sections = [...page.matchAll(/^## (.+)\n\n(?!#)\S/gm)].map((match) => match[1]);
      expect(sections).toEqual(SECTIONS);
    });

    it('shows at least one finding and one silence', () => {
      const examples = blocks('timeline').map((block) => block[1] as string);
      expect(examples.some((example) => example.includes(' !'))).toBe(true);
      expect(examples.some((example) => !example.includes(' !'))).toBe(true);
    });

    it.each(blocks('timeline').map((block, i) => [i + 1, block[1] as string] as const))(
      'example %i says what is found',
      (_, example) => {
        check(detector, example);
      },
    );

    it('shows SQL that PostgreSQL can parse', () => {
      for (const [, sql] of blocks('sql')) expect(() => parseSync(sql as string)).not.toThrow();
    });

    it('links to pages that exist', () => {
      for (const [, link] of page.matchAll(/\]\(([\w-]+\.md)\)/g))
        expect(existsSync(resolve(FOLDER, link as string))).toBe(true);
    });
  },
);
