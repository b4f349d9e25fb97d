// The native driver, where its addon can be built: it needs a compiler, libpq's headers and those of the Node in use. `.ci/run` installs what is
// missing; elsewhere the run says that it was not tested.

import { expect, it } from 'vitest';
import { testContract } from '../contract.js';
import { nativeDriver, nativeIsMissing } from '../install.js';

const missing = nativeIsMissing();
if (missing === null) {
  // It has no protocol to write to, so nothing that does. A value that cannot be written makes it throw and never answer again, and
  // reject at its end what nobody was given.
  const unsupported =
    /a Submittable|pipelining|submitted: (?!pg's own)|a value (whose to|with a getter|that holds)|a list that is a proxy/;
  testContract('pg-native', nativeDriver, unsupported);
} else {
  process.stderr.write(`\nNOT TESTED: pg-native, because there is ${missing}\n\n`);
  it(`pg-native is not tested: ${missing}`, async () => {
    await expect(nativeDriver()).rejects.toThrow();
  });
}
