// The entry point `queryscope/register` for `import`: the CommonJS one, so that a process that loads it both ways is watched once.

import './register.js';
