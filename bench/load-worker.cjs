// Asks an app over HTTP, from a process of its own: as fast as it answers, or at a rate that it is given.

'use strict';

const { Pool } = require('undici');

async function ask(http) {
  const { statusCode, body } = await http.request({ path: '/page/1', method: 'GET' });
  await body.dump();
  if (statusCode !== 200) throw new Error(`The app answered ${statusCode}.`);
}

/** Each connection asks again as soon as it was answered, for so long, or so often together. Answers requests a second. */
async function saturate(http, connections, { ms = Number.POSITIVE_INFINITY, requests = Number.POSITIVE_INFINITY }) {
  const start = performance.now();
  let asked = 0;
  let answered = 0;
  const askOn = async () => {
    while (performance.now() - start < ms && asked < requests) {
      asked++;
      await ask(http);
      answered++;
    }
  };
  await Promise.all(Array.from({ length: connections }, askOn));
  return (1_000 * answered) / (performance.now() - start);
}

/**
 * Asks at even distances, whatever the app answers, and counts from when a request was due: one that has to wait for others that are slow was slow too. Answers
 * milliseconds.
 */
async function pace(http, perSecond, ms) {
  const start = performance.now();
  const took = [];
  const due = Array.from({ length: Math.floor((perSecond * ms) / 1_000) }, (_, i) => start + (1_000 * i) / perSecond);
  await Promise.all(
    due.map(async (at) => {
      await new Promise((resolve) => setTimeout(resolve, at - performance.now()));
      await ask(http);
      took.push(performance.now() - at);
    }),
  );
  return took;
}

process.on('message', async ({ port, connections, perSecond, end, ...amount }) => {
  if (end) return process.disconnect();
  const http = new Pool(`http://127.0.0.1:${port}`, { connections });
  const answer =
    perSecond === undefined ? await saturate(http, connections, amount) : await pace(http, perSecond, amount.ms);
  await http.close();
  process.send({ answer });
});
process.send({ ready: true });
