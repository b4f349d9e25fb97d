// What a path without a route is called: names of routes stay, whatever may be somebody's value does not.

import { beforeEach, describe, expect, it, test, vi } from 'vitest';

let pathLabel: (path: string) => string;
beforeEach(async () => {
  vi.resetModules(); // what it has seen is of the process
  ({ pathLabel } = await import('../../src/profile/path-label.js'));
});

describe('stays', () => {
  test.each([
    '/',
    '/chats',
    '/chats/',
    '/api/v1/orders',
    '/api/v2.1/order-items',
    '/userProfile/twoFactorAuth',
    '/GraphQL',
    '/line_items/forgot-my-password',
    '/assets/logo.png',
    '/favicon.ico',
    '/.well-known/security.txt',
    '/_next/data',
    '/oauth2/callback',
    '/a/b',
  ])('%s', (path) => {
    expect(pathLabel(path)).toBe(path);
  });
});

test.each([
  ['a number', '42'],
  ['a negative number', '-42'],
  ['an amount', '12.50'],
  ['a phone number', '+4915112345678'],
  ['a phone number with blanks', '0151%2012345678'],
  ['a phone number with dashes', '030-1234-567'],
  ['an address', 'ann@example.org'],
  ['an address, encoded', 'ann%40example.org'],
  ['a date', '2024-03-01'],
  ['a date without dashes', '20240301'],
  ['a month', '2024-03'],
  ['a time', '2024-03-01T10:00:00Z'],
  ['a uuid', '0b9c7a52-0a3c-4a49-9f53-1d6a4e6f0d11'],
  ['a token', 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.x-y_z'],
  ['a short token', 'aB3xY9'],
  ['a short token of letters', 'XkQzPwAb'],
  ['a long token of letters', 'abcdefghijklmnopqrstuvwxyzabcdefghij'],
  ['a hash', 'd41d8cd98f00b204e9800998ecf8427e'],
  ['a coupon', 'SUMMER'],
  ['an order number', 'ORD-2024-0001'],
  ['a title', 'why-we-left-the-cloud'],
  ['a title with a number', 'top-10'],
  ['a number plate', 'B-XY-123'],
  ['another alphabet', '%D0%B0%D0%BD%D0%BD%D0%B0'],
  ['a matrix parameter', 'chats;jsessionid=abc'],
  ['a statement', "x'%20or%201=1--"],
])('%s is :id', (_, value) => {
  expect(pathLabel(`/of/${value}`)).toBe('/of/:id');
  expect(pathLabel(`/of/${value}/more`)).toBe('/of/:id/more');
});

it('takes more words below one path than routes have for names of things', () => {
  const words = Array.from({ length: 100 }, (_, i) => `${'abcdefghij'[Math.floor(i / 10)]}${'klmnopqrst'[i % 10]}`);
  const labels = words.map((word) => pathLabel(`/users/${word}/posts`));
  expect(labels.slice(0, 64)).toEqual(words.slice(0, 64).map((word) => `/users/${word}/posts`));
  expect(new Set(labels.slice(64))).toEqual(new Set(['/users/:id/posts']));
  expect(pathLabel(`/users/${words[0]}/posts`)).toBe(labels[0]);
  expect(pathLabel('/orders')).toBe('/orders');
});

it('has a bounded number of names, however many paths come', () => {
  const letters = 'abcdefghijklmnopqrstuvwxyz';
  const word = (n: number) => `${letters[n % 26]}${letters[Math.floor(n / 26) % 26]}`;
  const labels = new Set<string>();
  for (let i = 0; i < 100_000; i++) labels.add(pathLabel(`/${word(i)}/${word(i * 7)}/${word(i * 13)}`));
  expect(labels.size).toBeLessThan(4_000);
});

it('has a bounded length', () => {
  expect(pathLabel('/a'.repeat(4_000))).toBe(`${'/a'.repeat(8)}/*`);
});
