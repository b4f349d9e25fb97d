// Lines of servers that say that a request was answered.

import { expect, test } from 'vitest';
import { answeredRequest } from '../../../src/logs/python/access-line.js';

test.each([
  ['runserver', '[26/Nov/2026 11:30:22] "GET /chats/42/?page=2 HTTP/1.1" 200 517', 'GET /chats/:id/', 200],
  [
    'gunicorn',
    '127.0.0.1 - - [26/Nov/2026:11:30:22 +0000] "POST /chats HTTP/1.1" 201 4 "-" "curl/8"',
    'POST /chats',
    201,
  ],
  ['uvicorn', 'INFO:     127.0.0.1:56628 - "GET /chats HTTP/1.1" 500 Internal Server Error', 'GET /chats', 500],
  [
    'werkzeug',
    '127.0.0.1 - - [26/Nov/2026 11:30:22] "DELETE /users/7f3c2d3e HTTP/1.1" 204 -',
    'DELETE /users/:id',
    204,
  ],
])('%s', (_name, line, label, status) => {
  expect(answeredRequest(line)).toEqual({ label, status });
});

test.each([
  'GET /chats HTTP/1.1',
  '"GET chats HTTP/1.1" 200',
  '"GET /chats HTTP/1.1" -',
  '"FETCH /chats HTTP/1.1" 200',
])('none: %s', (line) => {
  expect(answeredRequest(line)).toBeNull();
});
