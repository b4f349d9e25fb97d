// Analyzes texts and bytes as files, with the settings that the command has, for tests of whatever stands in them.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AnalyzeOptions, analyze } from '../../src/analyze/analyze.js';
import { detectors } from '../../src/detectors/index.js';
import { defaults } from '../../src/options.js';
import type { Run } from '../../src/report/run.js';

export const SETTINGS: AnalyzeOptions = {
  detectors: detectors.filter(({ settings }) => settings?.required !== true),
  allow: [],
  limits: defaults.limits,
  sample: false,
  from: null,
  windowMs: 30_000,
  pauseMs: null,
  logLinePrefix: null,
};

/** Files by name, in the order in which they are named. */
export async function judgedFiles(
  files: Readonly<Record<string, string | Buffer>>,
  options: Partial<AnalyzeOptions> = {},
): Promise<Run> {
  const directory = mkdtempSync(join(tmpdir(), 'queryscope-files-'));
  try {
    const paths = Object.entries(files).map(([name, content]) => {
      const path = join(directory, name);
      writeFileSync(path, content);
      return path;
    });
    const run = await analyze(paths, { ...SETTINGS, ...options });
    return JSON.parse(JSON.stringify(run).replaceAll(`${directory}/`, ''));
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Each scope: its label, its statements, and its findings. */
export function told({ reports }: Run): unknown[] {
  return reports.map(({ profile, findings }) => [
    profile.label,
    profile.statements.length,
    findings.map(({ detector, confidence, statements }) => `${detector} ${confidence} ${statements.length}`),
  ]);
}

/** What was lost: how often, and why. */
export function lost({ losses }: Run): string[] {
  return losses.map(({ count, message }) => `${count}× ${message}`);
}
