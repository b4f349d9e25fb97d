// What frameworks write into comments, at either end of a statement.

import { expect, test } from 'vitest';
import { commentTags } from '../../src/logs/comment-tags.js';

const TRACE = '5bd66ef5095369c7b0d1f8f4bd33716a';

test.each([
  [
    'sqlcommenter by Django',
    `select 1 /*controller='index',db_driver='django.db.backends.postgresql',framework='django%3A2.2.1',route='%5Epolls/%24',traceparent='00-${TRACE}-c532cb4098ac3dd2-01',tracestate='congo%3Dt61rcWkgMzE'*/`,
    { label: '/polls/', kind: 'request', trace: TRACE },
  ],
  [
    'by Express',
    "select 1 /*db_driver='pg',route='%2Fchats%2F%3Aid'*/;",
    { label: '/chats/:id', kind: 'request', trace: null },
  ],
  ['by Rails', "/*action='show',controller='users'*/ select 1", { label: 'users#show', kind: 'request', trace: null }],
  [
    'by marginalia',
    'select 1 /*application:Shop,controller:users,action:show*/',
    { label: 'users#show', kind: 'request', trace: null },
  ],
  ['of a job', "select 1 /*job='SendMail'*/", { label: 'SendMail', kind: 'job', trace: null }],
  [
    'of a trace alone',
    `select 1 /*traceparent='00-${TRACE}-c532cb4098ac3dd2-01'*/`,
    { label: null, kind: 'request', trace: TRACE },
  ],
  ['with a quote', "select 1 /*route='it\\'s'*/", { label: "it's", kind: 'request', trace: null }],
  ['behind another comment', "select /* of ours */ 1 /*route='%2Fa'*/", { label: '/a', kind: 'request', trace: null }],
])('%s', (_name, text, tags) => {
  expect(commentTags(text)).toEqual(tags);
});

test.each([
  'select 1',
  'select 1 /* a comment */',
  "select '/*route=''x''*/'",
  "select 1 /*route='%2Fa'*/ from t",
  "select 1 /*route='%2Fa",
  "select 1 /*framework='express'*/",
  "select 1 /*traceparent='00-0-0-01'*/",
])('none: %s', (text) => {
  expect(commentTags(text)).toBeNull();
});
