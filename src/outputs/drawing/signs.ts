// How severe a finding is, in one character: colour alone tells not everybody, and not everywhere.

import type { Severity } from '../../detectors/detector.js';

export const SIGNS: Readonly<Record<Severity, string>> = { error: '✖', warning: '▲', info: '●' };
