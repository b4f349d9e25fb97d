// What column names say of each other, as a table.

import { describe, expect, it } from 'vitest';
import { type KnownNames, relationOf, saysTable, tableWords, typedBy } from '../../src/profile/names.js';

const known: KnownNames = {
  isTable: (words) => ['user', 'chat', 'message', 'order item'].includes(words),
  joined: (a, b) => [a, b].sort().join('=') === 'audit.actor=users.id',
};

function column(name: string): { table: string | null; column: string } {
  const [table, plain] = name.includes('.') ? name.split('.') : [null, name];
  return { table: table as string | null, column: plain as string };
}

describe('what two column names say of each other', () => {
  it.each([
    ['chat.id', 'message.chat_id', 'agree'],
    ['message.user_id', 'users.id', 'agree'],
    ['users.id', 'message.userId', 'agree'],
    ['order_items.id', 'shipment.order_item_id', 'agree'],
    ['users.id', 'post.created_by_user_id', 'agree'],
    ['users.id', 'users.id', 'agree'],
    ['member.chat_id', 'message.chat_id', 'agree'],
    ['audit.actor', 'users.id', 'agree'],
    ['message.sender_id', 'users.id', 'silent'],
    ['users.id', 'message.sender_id', 'silent'],
    ['item.position', 'setting.id', 'silent'],
    ['ticket.status', 'invoice.status', 'silent'],
    ['chat.name', 'users.name', 'silent'],
    ['id', 'users.id', 'silent'],
    ['users.id', 'chat.id', 'against'],
    ['message.chat_id', 'users.id', 'against'],
    ['users.id', 'member.chat_id', 'against'],
    ['member.chat_id', 'member.user_id', 'against'],
  ])('%s → %s: %s', (source, slot, relation) => {
    expect(relationOf(column(source), column(slot), known)).toBe(relation);
  });

  it.each([
    ['users', 'user'],
    ['public."OrderItems"', 'order item'],
    ['categories', 'category'],
    ['addresses', 'address'],
    ['people', 'person'],
    ['status', 'status'],
    ['app.boxes', 'box'],
  ])('the table %s is the words %s', (table, words) => {
    expect(tableWords(table)).toBe(words);
  });

  it.each<[string, string, 'own' | 'row' | null]>([
    ['subject_type', 'subject_id', 'own'],
    ['ownerType', 'ownerId', 'own'],
    ['subject_type', 'owner_id', null],
    ['kind', 'id', 'row'],
    ['type', 'subject_id', 'row'],
    ['subject', 'subject_id', null],
    ['status', 'id', null],
  ])('%s beside %s: %s', (type, key, relation) => {
    expect(typedBy(type, key)).toBe(relation);
  });

  it.each([
    ['post', 'posts', true],
    ['App\\Models\\BlogPost', 'public.blog_posts', true],
    ['POST', 'post', true],
    ['post', 'photo', false],
    ['posture', 'post', false],
    ['', 'post', false],
  ])('the type %s says the table %s: %s', (type, table, says) => {
    expect(saysTable(type, table)).toBe(says);
  });
});
