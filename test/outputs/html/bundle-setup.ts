// Puts the page's app together before the first file, so that no test judges the one of an earlier build.

import { bundlePage } from '../../../build.mjs';

export default bundlePage;
