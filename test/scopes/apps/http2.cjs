// HTTP/2 by the compatibility API, also for clients that only speak HTTP/1.

const http2 = require('node:http2');
const { listening, sayAll, tls } = require('./app.cjs');

const answer = async (req, res) => {
  const id = new URL(req.url, 'http://here').pathname.split('/')[2];
  res.end(JSON.stringify(await sayAll(id)));
};
listening(tls === null ? http2.createServer(answer) : http2.createSecureServer({ ...tls, allowHTTP1: true }, answer));
