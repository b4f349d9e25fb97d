// The native driver, where its addon can be built: it needs a compiler, libpq's headers and those of the Node in use. Where they are missing
// the run says so, and `.ci/run` installs them.

import { it } from 'vitest';
import { testContract } from '../contract.js';
import { type Installed, nativeIsMissing, nativeDriver } from '../install.js';

const missing = nativeIsMissing();
if (missing === null) {
  testContract('pg-native', async () => {
    const { require } = (await nativeDriver()) as Installed;
    return { pg: require('pg').native, load: require };
  });
} else {
  console.warn(`\nNOT TESTED: pg-native. ${missing}\n`);
  it(`is not tested: ${missing}`, () => {});
}
