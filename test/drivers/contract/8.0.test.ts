// One process for each version of pg: what it does to the process is part of the table.

import { testContract } from '../contract.js';
import { installedDriver } from '../install.js';

// The stream of its time sends Sync twice after an error. The second ReadyForQuery answers whatever is sent next, in about one of five runs,
// without queryscope: nothing to compare.
testContract('pg-8.0', () => installedDriver('pg-8.0'), /a stream that fails/);
