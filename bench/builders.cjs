// The story through query builders: the programs of test/orms, each with its own copy of pg.

'use strict';

const { createRequire } = require('node:module');
const { join } = require('node:path');
const { pathToFileURL } = require('node:url');

const POOL = { max: 1 };

/** How to have the program's pg, before the program, and how to run it. */
function openBuilder(name) {
  const file = join(__dirname, '..', 'test', 'orms', name, 'program.mjs');
  const requireThere = createRequire(file);
  return {
    loadPg: () => requireThere('pg'),
    async open(url) {
      const program = await import(pathToFileURL(file));
      const handle = await program.open({ url, ...POOL });
      return { work: () => program.lazy(handle), close: () => program.close(handle) };
    },
  };
}

module.exports = { openBuilder };
