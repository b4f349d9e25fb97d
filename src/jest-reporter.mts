// The entry point `queryscope/jest/reporter` for `import`: the CommonJS one, whose default export Node hides behind another.

import { default as reporter } from './jest-reporter.js';

export default reporter.default;
