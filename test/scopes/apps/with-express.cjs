// An app that names queryscope although it was started with register: a profiler of its own, both middlewares, and a job.

const express = require('express');
const { createProfiler } = require('queryscope');
const { queryscope } = require('queryscope/express');
const pg = require('pg');
const { listening, sayAll, serverOf } = require('./app.cjs');

const profiler = createProfiler({ outputs: [{ name: 'own', write: (report) => void process.send({ report }) }] });
profiler.instrument(pg);
profiler.onReport(() => {});
const app = express();
app.use(queryscope({ outputs: [] }), profiler.express());
const items = express.Router();
items.get('/:item', profiler.express(), async (req, res) => {
  const { report } = await profiler.capture('inside', () => sayAll(req.params.item));
  res.json({ statements: report.profile.statements.length, parent: report.profile.parent !== null });
});
app.use('/shops/:shop/items', items);
listening(serverOf(app));
