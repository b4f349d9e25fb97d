// Koa 3, imported, with @koa/router and an app mounted in it.

import Router from '@koa/router';
import Koa from 'koa';
import mount from 'koa-mount';
import shared from './app.cjs';

const { listening, sayAll, serverOf } = shared;
const app = new Koa();
app.silent = true;

const users = new Router({ prefix: '/users' });
users.get('/:id', async (ctx) => {
  ctx.body = await sayAll(ctx.params.id);
});
const others = new Router();
others.post('/echo/:id', async (ctx) => {
  let text = '';
  for await (const chunk of ctx.req) text += chunk;
  ctx.body = { ...(await sayAll(ctx.params.id)), ...JSON.parse(text) };
});
others.get('/boom/:id', async (ctx) => {
  await sayAll(ctx.params.id);
  throw new Error('boom');
});
const shop = new Koa();
shop.use(
  new Router()
    .get('/items/:item', async (ctx) => {
      ctx.body = await sayAll(ctx.params.item);
    })
    .routes(),
);
app.use(mount('/shops/7', shop));
app.use(users.routes());
app.use(others.routes());
listening(serverOf(app.callback()));
