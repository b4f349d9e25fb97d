// The types of judging.cjs, for the parts of the bench that are TypeScript.

export { detectors } from '../src/detectors/index.js';
export { buildProfile } from '../src/profile/build-profile.js';
export { Recorder } from '../src/profile/recorder.js';
export { runAtOnce, runSlices } from '../src/profile/slices.js';
export { buildReport } from '../src/report/build-report.js';
