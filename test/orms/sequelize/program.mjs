// sequelize: values are written into the texts, and its pool is its own.

import { DataTypes, Sequelize, Transaction } from 'sequelize';
import { ChangedMind, changingMind, retry } from '../retry.mjs';

export function open({ url, max }) {
  const db = new Sequelize(url, {
    dialect: 'postgres',
    logging: false,
    pool: { max },
    define: { timestamps: false, freezeTableName: true, underscored: true },
  });
  const User = db.define('users', { username: DataTypes.TEXT });
  const Chat = db.define('chat', {});
  const Message = db.define('message', { text: DataTypes.TEXT, isRead: DataTypes.BOOLEAN });
  const Entry = db.define('entry', { tag: DataTypes.TEXT, tries: DataTypes.INTEGER });
  Chat.hasMany(Message, { as: 'messages', foreignKey: 'chat_id' });
  Message.belongsTo(User, { as: 'sender', foreignKey: 'sender_id' });
  return { sequelize: db, User, Chat, Message, Entry };
}

export const handleOf = ({ sequelize }) => sequelize;
export const close = ({ sequelize }) => sequelize.close();

export async function lazy({ Chat }) {
  const chats = await Chat.findAll({ order: ['id'] });
  for (const chat of chats) {
    const messages = await chat.getMessages({ order: ['id'] }); // #messages
    for (const message of messages) {
      await message.getSender(); // #sender
    }
  }
}

export async function parallel({ Chat }) {
  for (const chat of await Chat.findAll({ order: ['id'] })) {
    const messages = await chat.getMessages({ order: ['id'] }); // #messages
    await Promise.all(messages.map((message) => message.getSender())); // #parallel
  }
}

export const eager = ({ Chat }) => Chat.findAll({ include: { association: 'messages', include: 'sender' } });

export async function keyed({ User, Chat, Message }) {
  const chats = await Chat.findAll();
  const messages = await Message.findAll({ where: { chat_id: chats.map(({ id }) => id) } });
  await User.findAll({ where: { id: messages.map(({ sender_id }) => sender_id) } });
}

export async function look({ User }, ids) {
  for (const id of ids) await User.findByPk(id);
}

export function commit({ sequelize, Entry }) {
  return sequelize.transaction(async (transaction) => {
    await Entry.create({ tag: 'commit-1' }, { transaction });
    await Entry.create({ tag: 'commit-2' }, { transaction });
  });
}

export function rollback({ sequelize, Entry }) {
  return changingMind(() =>
    sequelize.transaction(async (transaction) => {
      await Entry.create({ tag: 'rollback-1' }, { transaction });
      await Entry.create({ tag: 'rollback-2' }, { transaction });
      throw new ChangedMind();
    }),
  );
}

export function nested({ sequelize, Entry }) {
  return sequelize.transaction(async (transaction) => {
    await Entry.create({ tag: 'nested-1' }, { transaction });
    await changingMind(() =>
      sequelize.transaction({ transaction }, async (inner) => {
        await Entry.create({ tag: 'nested-2' }, { transaction: inner });
        throw new ChangedMind();
      }),
    );
    await sequelize.transaction({ transaction }, (inner) => Entry.create({ tag: 'nested-3' }, { transaction: inner }));
    await Entry.create({ tag: 'nested-4' }, { transaction });
  });
}

export function isolated({ sequelize, Entry }) {
  const { SERIALIZABLE } = Transaction.ISOLATION_LEVELS;
  return sequelize.transaction({ isolationLevel: SERIALIZABLE }, async (transaction) => {
    await Entry.create({ tag: 'isolated-1' }, { transaction });
    await Entry.create({ tag: 'isolated-2' }, { transaction });
  });
}

export function retried({ sequelize, Entry }) {
  return retry(() =>
    sequelize.transaction(async (transaction) => {
      await Entry.create({ tag: 'retried-1' }, { transaction });
      await sequelize.query('select fail_once()', { transaction });
      await Entry.create({ tag: 'retried-2' }, { transaction });
    }),
  );
}

export async function failed({ sequelize }) {
  await sequelize.query('select fail()'); // #failed
}

export const bulk = ({ Entry }) =>
  Entry.bulkCreate(Array.from({ length: 50 }, (_, index) => ({ tag: `bulk-${index}` })));

export async function each({ Entry }) {
  for (const tag of ['each-1', 'each-2', 'each-3']) await Entry.create({ tag });
}

export async function apart({ User, Message }) {
  const { id } = await User.create({ username: 'apart' });
  await Message.create({ chat_id: 1, sender_id: id, isRead: false, text: 'apart' });
}

export function beside({ sequelize, Entry }) {
  return sequelize.transaction(async (transaction) => {
    await Entry.create({ tag: 'beside-1' }, { transaction });
    await Entry.create({ tag: 'beside-2' });
  });
}

/** The other calls that advice names. */
export async function advised({ sequelize, User, Entry }) {
  const keys = [1, 2];
  const values = { tries: 1 };
  await Entry.update(values, { where: { id: keys } });
  await Entry.increment('tries', { where: { id: 1 } });
  await Entry.destroy({ where: { id: keys } });
  await User.bulkCreate([{ id: 1, username: '' }], { ignoreDuplicates: true });
  await sequelize.transaction((transaction) => User.findByPk(1, { lock: true, transaction }));
  await sequelize.query('select 1');
}

export const save = ({ Entry }) => Entry.build({ tag: 'save-1' }).save();
