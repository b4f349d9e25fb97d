// The outputs of whoever names none: for the entry points, which are the only ones that know all outputs.

import { state } from './capture/state.js';
import { outputsNamed } from './options.js';
import { consoleOutput } from './outputs/console.js';
import { htmlOutput } from './outputs/html.js';
import { jsonOutput } from './outputs/json.js';
import type { Output } from './report/report.js';

/** The outputs that QUERYSCOPE_OUTPUT may name. */
const OUTPUTS: Readonly<Record<string, () => Output>> = {
  console: consoleOutput,
  json: jsonOutput,
  html: htmlOutput,
};

/** The same for all profilers of the process that were given no output: those that QUERYSCOPE_OUTPUT names, else one console. */
export function defaultOutputs(): readonly Output[] {
  state.defaultOutputs ??= outputsNamed(process.env.QUERYSCOPE_OUTPUT ?? '', OUTPUTS) ?? [consoleOutput()];
  return state.defaultOutputs as readonly Output[];
}
