// The version of this very copy of queryscope: what it writes is signed with it. Apart, since the package's own file is all that it reads.

export const { version } = require('../package.json') as { version: string };
