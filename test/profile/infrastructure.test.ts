// What is no work of the app's: each timeline's lines that are infrastructure, by their SQL. The texts are those that libraries send,
// gathered by test/orms.

import { expect, it } from 'vitest';
import { viewOf } from '../../src/profile/views.js';
import { profileOf } from '../support/timeline.js';

function infrastructureOf(timeline: string): string[] {
  const profile = profileOf(timeline);
  return [...viewOf(profile).infrastructure].sort((a, b) => a - b).map((index) => profile.statements[index]!.sql);
}

it('is what sets up a connection, looks at the catalogue, and resets a client', () => {
  const sent = [
    'SET client_min_messages TO warning',
    'SELECT version()',
    'SELECT * FROM current_schema()',
    'SELECT current_schema',
    'SHOW server_version',
    'SELECT oid, typname FROM pg_type WHERE typname = ANY($1::text[])',
    'SELECT s.sequence_name FROM information_schema.sequences AS s',
    'DISCARD ALL',
    'DEALLOCATE ALL',
  ];
  expect(infrastructureOf(['select * from chat', ...sent, 'select now()'].join('\n'))).toEqual(sent);
});

it('is the transaction around a lone statement, however that ended', () => {
  expect(
    infrastructureOf(`
      START TRANSACTION
      insert into entry (tag) values ($1)     -- values 'a'
      COMMIT
      begin
      insert into entry (tag) values ($1)     -- values 'b' error 23505
      rollback`),
  ).toEqual(['START TRANSACTION', 'COMMIT', 'begin', 'rollback']);
});

it('is with it what sets the transaction up', () => {
  expect(
    infrastructureOf(`
      begin
      set transaction isolation level serializable
      update entry set tag = $1               -- values 'a'
      commit`),
  ).toEqual(['begin', 'set transaction isolation level serializable', 'commit']);
});

it('is no transaction around several statements: that one is there for a reason', () => {
  expect(
    infrastructureOf(`
      begin
      insert into entry (tag) values ($1)     -- values 'a'
      insert into entry (tag) values ($1)     -- values 'b'
      commit`),
  ).toEqual([]);
});

it('is a text that asks for nothing before the first real statement of its connection, and nowhere else', () => {
  expect(infrastructureOf('select 1')).toEqual([]);
  expect(
    infrastructureOf(`
      select 1
      select * from chat
      select 1
      select 1               -- conn 2
      select * from users    -- conn 2
      select 1               -- conn 3`),
  ).toEqual(['select ?', 'select ?']);
});
