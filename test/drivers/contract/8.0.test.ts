// One process for each version of pg: what it does to the process is part of the table.

import { testContract } from '../contract.js';
import { installedDriver } from '../install.js';

testContract('pg-8.0', () => installedDriver('pg-8.0'));
