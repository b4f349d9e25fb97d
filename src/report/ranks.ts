// Severities and confidences as they rank, the worst and the surest first: one order for whoever sorts, counts or compares.

import type { Confidence, Severity } from '../detectors/detector.js';

export const SEVERITIES: readonly Severity[] = ['error', 'warning', 'info'];
export const CONFIDENCES: readonly Confidence[] = ['proven', 'likely', 'possible'];
