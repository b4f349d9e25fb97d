// A NestJS module, its decorators called by hand: controllers with a prefix, on whichever adapter.

require('reflect-metadata');
const { Body, Controller, Get, HttpCode, Module, Param, Post } = require('@nestjs/common');
const { sayAll } = require('./app.cjs');

class Users {
  one(id) {
    return sayAll(id);
  }
  async echo(id, body) {
    return { ...(await sayAll(id)), ...body };
  }
  async boom(id) {
    await sayAll(id);
    throw new Error('boom');
  }
}

const route = (name, parameters, ...decorators) => {
  for (const [index, decorate] of parameters.entries()) decorate(Users.prototype, name, index);
  for (const decorate of decorators)
    decorate(Users.prototype, name, Object.getOwnPropertyDescriptor(Users.prototype, name));
};
route('one', [Param('id')], Get('users/:id'));
route('echo', [Param('id'), Body()], Post('echo/:id'), HttpCode(200));
route('boom', [Param('id')], Get('boom/:id'));
Controller()(Users);

class App {}
Module({ controllers: [Users] })(App);
exports.App = App;
