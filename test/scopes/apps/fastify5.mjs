// Fastify 5, imported: a plugin with a prefix, a hook that answers before the handler, its own error page.

import fastify from 'fastify';
import shared from './app.cjs';

const { listening, sayAll, tls } = shared;
const app = fastify(tls === null ? {} : { https: tls });
app.register(
  async (users) => {
    users.addHook('onRequest', async (request, reply) => {
      if (request.query.stop === undefined) return;
      await sayAll(request.params.id);
      return reply.code(401).send({});
    });
    users.get('/:id', (request) => sayAll(request.params.id));
  },
  { prefix: '/users' },
);
app.post('/echo/:id', async (request) => ({ ...(await sayAll(request.params.id)), ...request.body }));
app.get('/boom/:id', async (request) => {
  await sayAll(request.params.id);
  throw new Error('boom');
});
await app.listen({ port: 0, host: '127.0.0.1' });
listening(app.server);
