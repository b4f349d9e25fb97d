-- $n chats with 3 messages each (one where there are many), whose senders and owners are in no order of their ids.

truncate users, profile, settings, chat, participant, message, attachment, tag, chat_tag, photo, comment, folder, job, event
  restart identity;
insert into users (username) select 'user ' || i from generate_series(1, greatest(:n, 10)) i;
insert into profile (user_id, bio) select id, 'bio of ' || username from users order by id;
insert into settings (name) select 'setting ' || i from generate_series(1, 10) i;
insert into chat (name, owner_id, kind)
  select 'chat ' || i, (i * 7) % greatest(:n, 10) + 1, case when i % 3 = 1 then 'direct' else 'group' end
  from generate_series(1, :n) i;
insert into participant (chat_id, user_id) select id, (id + i * 3) % 10 + 1 from chat, generate_series(1, 2) i;
insert into message (chat_id, sender_id, is_read, text)
  select c, (i * 7 + i / 3) % 10 + 1, i % 2 = 0, 'message ' || i
  from generate_series(1, :n) c, generate_series((c - 1) * :messages + 1, c * :messages) i;
insert into attachment (message_id, file) select id, 'file ' || id from message where id % 2 = 0;
insert into tag (name) select 'tag ' || i from generate_series(1, 10) i;
insert into chat_tag (chat_id, tag_id) select id, id % 10 + 1 from chat;
insert into photo (url) select 'photo ' || i from generate_series(1, greatest(:n, 10)) i;
insert into comment (subject_type, subject_id)
  select case when i % 2 = 0 then 'photo' else 'message' end, (i * 7) % greatest(:n, 10) + 1
  from generate_series(1, 2 * :n) i;
insert into folder (parent_id, name) select nullif(i / 2, 0), 'folder ' || i from generate_series(1, 2 * :n + 1) i;
insert into job (state) values ('queued'), ('queued'), ('queued');
