-- What the scenarios ask about. Ids are serial and begin at 1, so that every table has an id 1, 2 and 3: the hardest case.

create table users (id serial primary key, username text not null);
create table profile (id serial primary key, user_id int not null, bio text not null);
create table settings (id serial primary key, name text not null);
create table chat (id serial primary key, name text not null, owner_id int not null, kind text not null);
create table participant (chat_id int not null, user_id int not null, primary key (chat_id, user_id));
create table message (
  id serial primary key, chat_id int not null, sender_id int, is_read boolean not null, text text not null
);
create table attachment (id serial primary key, message_id int not null, file text not null);
create table tag (id serial primary key, name text not null unique);
create table chat_tag (chat_id int not null, tag_id int not null);
create table photo (id serial primary key, url text not null);
create table comment (id serial primary key, subject_type text not null, subject_id int not null);
create table folder (id serial primary key, parent_id int, name text not null);
create table job (id serial primary key, state text not null);
create table event (id serial primary key, chat_id int, text text not null);
