// An app that is listening already when somebody asks for queryscope.

const { listening, sayAll, serverOf } = require('./app.cjs');

const server = serverOf(async (req, res) => res.end(JSON.stringify(await sayAll(req.url.split('/')[2]))));
server.listen(0, '127.0.0.1', () => {
  require('queryscope/register');
  listening(server);
});
