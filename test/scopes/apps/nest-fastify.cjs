// NestJS on its Fastify adapter.

const { App } = require('./nest-module.cjs');
const { NestFactory } = require('@nestjs/core');
const { FastifyAdapter } = require('@nestjs/platform-fastify');
const { listening, tls } = require('./app.cjs');

void NestFactory.create(App, new FastifyAdapter(tls === null ? {} : { https: tls }), { logger: false }).then(
  async (app) => {
    await app.listen(0, '127.0.0.1');
    listening(app.getHttpServer());
  },
);
