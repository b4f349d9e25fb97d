// The tables of the story, with the rows that make it 1 + 2 + 20 statements.

import { Client } from 'pg';

export async function seed(url: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  await client.query(`
    create table users (id int primary key, username text not null);
    create table chat (id int primary key);
    create table message (id int primary key, chat_id int not null references chat, sender_id int not null references users,
      is_read boolean not null default false, text text not null);
    create index on message (chat_id);
    insert into users select n, 'user ' || n from generate_series(1, 7) n;
    insert into chat values (1), (2);
    insert into message (id, chat_id, sender_id, text) select n, 1 + (n - 1) / 10, 1 + n * 3 % 7, 'message ' || n from generate_series(1, 20) n;
    analyze`);
  await client.end();
}
