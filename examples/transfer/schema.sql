create table account (
  id int generated always as identity primary key,
  owner text not null
);

-- The money of an account is the sum of its transfers. What leaves one account reaches another, so all of them together are zero.
create table transfer (
  id int generated always as identity primary key,
  account_id int not null references account,
  amount int not null check (amount <> 0)
);

create table author (
  id int generated always as identity primary key,
  name text not null
);

create table article (
  id int generated always as identity primary key,
  author_id int not null references author,
  title text not null check (title <> '')
);

insert into account (owner) values ('Ada'), ('Grace');
