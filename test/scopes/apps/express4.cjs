// Express 4: parameters in a mounted router, its own body parser and error page.

const express = require('express4');
const { listening, sayAll, serverOf } = require('./app.cjs');

const app = express();
app.set('env', 'test');
const users = express.Router();
users.get('/:id', (req, res, next) => sayAll(req.params.id).then((said) => res.json(said), next));
app.use('/users', users);
app.post('/echo/:id', express.json(), (req, res, next) =>
  sayAll(req.params.id).then((said) => res.json({ ...said, ...req.body }), next),
);
app.get('/boom/:id', (req, _res, next) => sayAll(req.params.id).then(() => next(new Error('boom')), next));
listening(serverOf(app));
