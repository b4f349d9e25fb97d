// One DataLoader for the whole process, as apps should not have it: its batches gather what several requests ask for.

const DataLoader = require('dataloader');
const { listening, pool, serverOf } = require('./app.cjs');

const users = new DataLoader(
  async (ids) => {
    const { rows } = await pool.query('select id from unnest($1::int[]) as id', [ids]);
    return ids.map((id) => rows.find((row) => row.id === id));
  },
  { cache: false },
);

/** Requests that wait to ask in the same turn. */
let waiting = [];

listening(
  serverOf(async (req, res) => {
    const [, together, id] = req.url.split('/');
    await new Promise((go) => {
      waiting.push(go);
      if (waiting.length < Number(together)) return;
      for (const each of waiting) each();
      waiting = [];
    });
    res.end(JSON.stringify(await users.load(Number(id))));
  }),
);
