// What judges a scope, as it is built: put together into files it takes less than the sources as a loader hands them out one by one, and it is what an app runs.

'use strict';

const { Recorder } = require('../dist/parts/capture.js');
const { runAtOnce, runSlices } = require('../dist/parts/ground.js');
const { buildProfile, buildReport, detectors } = require('../dist/parts/judge.js');

module.exports = { Recorder, buildProfile, buildReport, detectors, runAtOnce, runSlices };
