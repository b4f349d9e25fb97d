-- What the scenarios of atomicity write to: two accounts of 100 each, and few rows else. Serial ids begin at 1, as in every fresh database: the hardest case.

create table if not exists account (
  id int primary key, balance int not null check (balance >= 0), version int not null default 0
);
create table if not exists transfer (id serial primary key, account_id int not null references account, amount int not null);
create table if not exists article (id serial primary key, author_id int not null references users, title text not null);
create table if not exists member (team_id int not null, user_id int not null, role text not null);
create table if not exists signup (id serial primary key, email text not null);
create table if not exists preference (user_id int primary key, theme text not null);
create table if not exists audit (id serial primary key, text text not null);
create table if not exists session (token text primary key, seen_at timestamptz not null);
create sequence if not exists attempts;

create or replace function pay(source int, destination int, sum int) returns void language sql as $$
  update account set balance = balance - sum where id = source;
  update account set balance = balance + sum where id = destination;
$$;

-- What another transaction causes, without another transaction.
create or replace function conflict_once() returns int language plpgsql as $$
begin
  if nextval('attempts') = 1 then raise exception using errcode = 'serialization_failure'; end if;
  return 1;
end $$;

truncate users, account, transfer, article, member, signup, preference, audit, session, job restart identity;
alter sequence attempts restart;
insert into account (id, balance) values (1, 100), (2, 100);
insert into users (username) values ('ann');
insert into session (token, seen_at) values ('t-1', now());
insert into member (team_id, user_id, role) values (7, 1, 'any');
insert into job (state) values ('queued'), ('queued');
