// What a request of the bench sends: 23 statements, through raw pg.

'use strict';

/** Of each request of each workload. */
const STATEMENTS = 23;

/**
 * Functions of the app that wait below each statement. Captures of ten frames have ten to take, in the first turn of a loop as in later ones.
 */
const CALLERS = 10;

async function calledDeep(work, callers = CALLERS) {
  return callers === 0 ? await work() : await calledDeep(work, callers - 1);
}

/** The story: 1 + 2 + 20 statements of three shapes. */
async function story(db) {
  const chats = (await db.query('select id from chat order by id limit 2')).rows;
  for (const chat of chats) {
    chat.messages = (
      await db.query('select id, chat_id, sender_id, text from message where chat_id = $1', [chat.id])
    ).rows;
    for (const message of chat.messages) {
      message.sender = (await db.query('select id, username from users where id = $1', [message.sender_id])).rows[0];
    }
  }
  return chats;
}

/** A page that asks 23 different things, each on a line of its own, most of them by a key that an earlier row held. */
async function shapes(db) {
  const chat = (await db.query('select id from chat order by id limit 1')).rows[0];
  const last = (
    await db.query('select id, sender_id from message where chat_id = $1 order by id desc limit 1', [chat.id])
  ).rows[0];
  const user = (await db.query('select id, username from users where id = $1', [last.sender_id])).rows[0];
  await db.query('select count(*) from chat');
  await db.query('select count(*) from users');
  await db.query('select count(*) from message');
  await db.query('select count(*) from message where chat_id = $1', [chat.id]);
  await db.query('select count(*) from message where sender_id = $1', [user.id]);
  await db.query('select count(distinct chat_id) from message where sender_id = $1', [user.id]);
  await db.query('select count(distinct sender_id) from message where chat_id = $1', [chat.id]);
  await db.query('select min(id), max(id) from message where chat_id = $1', [chat.id]);
  await db.query('select min(id), max(id) from message where sender_id = $1', [user.id]);
  await db.query('select id from message where chat_id = $1 order by id limit 5', [chat.id]);
  await db.query('select id, text from message where sender_id = $1 order by id limit 5', [user.id]);
  await db.query('select text from message where id = $1', [last.id]);
  await db.query('select chat_id from message where id = $1', [last.id]);
  await db.query('select id from message where id > $1 order by id limit 1', [last.id]);
  await db.query('select id from message where id < $1 order by id desc limit 1', [last.id]);
  await db.query('select exists (select from message where sender_id = $1)', [user.id]);
  await db.query('select username from users where username like $1', ['user 1%']);
  await db.query('select id from users where id <> $1 order by id limit 3', [user.id]);
  await db.query('select id, username from users order by username limit 5');
  await db.query('select sender_id, count(*) from message group by sender_id order by count(*) desc, 1 limit 3');
  return { chat, user };
}

/** Each is handed what has `query`, and sends 23 statements. */
const workloads = {
  story: (db) => calledDeep(() => story(db)),
  shapes: (db) => calledDeep(() => shapes(db)),
};

module.exports = { STATEMENTS, workloads };
