-- The story's tables, and one whose rows say themselves which transaction wrote them.

create table users (id serial primary key, username text not null);
create table chat (id serial primary key);
create table message (
  id serial primary key,
  chat_id integer not null references chat,
  sender_id integer not null references users,
  is_read boolean not null default false,
  text text not null
);
insert into users (username) select 'user ' || n from generate_series(1, 20) n;
-- For requests that each ask for users of their own.
insert into users (id, username) select n, 'user ' || n from generate_series(101, 140) n;
insert into chat select from generate_series(1, 2);
insert into message (chat_id, sender_id, text)
  select 1 + (n - 1) / 10, 1 + (n * 7) % 20, 'message ' || n from generate_series(1, 20) n;

create table entry (
  id serial primary key,
  tag text not null,
  tries integer not null default 0,
  xact xid8 not null default pg_current_xact_id(),
  isolation text not null default current_setting('transaction_isolation')
);
-- A serialisation failure, the first time only: a sequence is not rolled back.
create sequence attempt;
create function fail_once() returns integer language plpgsql as $$
begin
  if nextval('attempt') = 1 then raise exception 'not this time' using errcode = '40001'; end if;
  return 1;
end $$;
create function fail() returns integer language plpgsql as $$ begin raise exception 'always' using errcode = 'P0001'; end $$;
