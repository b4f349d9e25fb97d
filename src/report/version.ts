// queryscope's own version, for whatever leaves the process. A constant, since a bundler leaves package.json behind; a test holds the two equal.

export const VERSION = '0.1.0';
