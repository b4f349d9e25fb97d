// Properties over drawn inputs: the same ones in each run of `npm test`, so that a commit is not judged by luck; others in each run of
// `.ci/full`, which goes on looking.

import fc from 'fast-check';

fc.configureGlobal(process.env.QUERYSCOPE_DRAW === 'anew' ? {} : { seed: 1 });

export default fc;
