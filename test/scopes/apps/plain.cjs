// No framework: a listener that routes by hand.

const { listening, sayAll, serverOf } = require('./app.cjs');

async function answer(req, res) {
  const [, place, id] = new URL(req.url, 'http://here').pathname.split('/');
  if (place === 'users') return res.end(JSON.stringify(await sayAll(id)));
  if (place === 'echo') {
    let text = '';
    req.on('data', (chunk) => {
      text += chunk;
    });
    req.on('end', async () => res.end(JSON.stringify({ ...(await sayAll(id)), ...JSON.parse(text) })));
    return;
  }
  if (place === 'boom') {
    await sayAll(id);
    throw new Error('boom');
  }
  res.statusCode = 404;
  res.end();
}

listening(
  serverOf((req, res) => {
    answer(req, res).catch(() => {
      res.statusCode = 500;
      res.end();
    });
  }),
);
