// NestJS on its Express adapter.

const { App } = require('./nest-module.cjs');
const { NestFactory } = require('@nestjs/core');
const { listening, tls } = require('./app.cjs');

void NestFactory.create(App, { logger: false, ...(tls === null ? {} : { httpsOptions: tls }) }).then(async (app) => {
  await app.listen(0, '127.0.0.1');
  listening(app.getHttpServer());
});
