-- A shop, as its handlers ask about it. Serial ids from 1 in every table.

create table customer (id serial primary key, email text not null unique, tier text not null, referred_by int);
create table category (id serial primary key, parent_id int, name text not null);
create table product (id serial primary key, sku text not null unique, category_id int not null, price int not null);
create table stock (product_id int primary key, amount int not null);
create table orders (id serial primary key, customer_id int not null, status text not null, placed_on date not null);
create table order_item (id serial primary key, order_id int not null, product_id int not null, quantity int not null);
create table shipment (id serial primary key, order_id int not null, carrier text not null);
create table session (token text primary key, customer_id int not null, seen_at timestamptz not null default now());
create table flag (name text primary key, enabled boolean not null);
create table audit (id serial primary key, actor_id int, action text not null);
create table review (id serial primary key, product_id int not null, author_id int not null, stars int not null);

insert into customer (email, tier, referred_by)
  select 'c' || i || '@example.com', case when i % 4 = 0 then 'gold' else 'plain' end, nullif((i * 5) % 12, 0) from generate_series(1, 30) i;
insert into category (parent_id, name) select nullif(i / 3, 0), 'category ' || i from generate_series(1, 9) i;
insert into product (sku, category_id, price) select 'SKU-' || i * 17, (i * 5) % 9 + 1, i * 100 from generate_series(1, 40) i;
insert into stock (product_id, amount) select id, 10 + id from product;
insert into orders (customer_id, status, placed_on)
  select (i * 7) % 30 + 1, case when i % 3 = 0 then 'open' else 'paid' end, date '2026-01-01' + i from generate_series(1, 12) i;
insert into order_item (order_id, product_id, quantity)
  select (i - 1) / 3 + 1, (i * 11) % 40 + 1, i % 4 + 1 from generate_series(1, 36) i;
insert into shipment (order_id, carrier) select id, 'carrier ' || id % 2 from orders where status = 'paid';
insert into session (token, customer_id) values ('token-a', 3), ('token-b', 8);
insert into flag (name, enabled) values ('beta', true), ('new-checkout', false), ('reviews', true);
insert into review (product_id, author_id, stars) select (i * 3) % 40 + 1, (i * 13) % 30 + 1, i % 5 + 1 from generate_series(1, 25) i;
