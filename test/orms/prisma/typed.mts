// The extension as a TypeScript app has it: the client that it makes has the types of the one it was given.

import { PrismaPg } from '@prisma/adapter-pg';
import { queryscope } from 'queryscope/prisma';
import { PrismaClient } from './node_modules/.client/index.js';

const db = new PrismaClient({ adapter: new PrismaPg({ connectionString: '' }) }).$extends(queryscope());

export const senders: Promise<({ id: number; sender: { username: string } } | null)[]> = Promise.all([
  db.message.findUnique({ where: { id: 1 }, include: { sender: true } }),
]);
// @ts-expect-error: there is no such column.
export const wrong = db.message.findUnique({ where: { other: 1 } });
