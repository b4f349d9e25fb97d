// Writes a key and a certificate of its own for 127.0.0.1, good for a day: into the files given.

const { writeFileSync } = require('node:fs');
const { generate } = require('selfsigned');

const [keyFile, certificateFile] = process.argv.slice(2);

generate([{ name: 'commonName', value: '127.0.0.1' }], { keyType: 'ec', curve: 'P-256' }).then((made) => {
  writeFileSync(keyFile, made.private);
  writeFileSync(certificateFile, made.cert);
});
