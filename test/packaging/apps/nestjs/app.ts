// A NestJS app: the profiler's middleware, and a controller whose service has the loop.

import 'reflect-metadata';
import type { AddressInfo } from 'node:net';
import { Controller, Get, Injectable, Module, Param } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import pg from 'pg';
import { createProfiler, type Report } from 'queryscope';

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL });

@Injectable()
class Chats {
  async withMessages(): Promise<string[]> {
    const chats = await pool.query<{ id: number }>('select id from chat');
    const texts: string[] = [];
    for (const { id } of chats.rows) {
      const messages = await pool.query<{ text: string }>('select text from message where chat_id = $1', [id]);
      texts.push(...messages.rows.map(({ text }) => text));
    }
    return texts;
  }
}

@Controller('owners')
class ChatsController {
  constructor(private readonly chats: Chats) {}

  @Get(':owner/chats')
  async list(@Param('owner') owner: string): Promise<{ owner: string; texts: string[] }> {
    return { owner, texts: await this.chats.withMessages() };
  }
}

@Module({ controllers: [ChatsController], providers: [Chats] })
class AppModule {}

async function main(): Promise<void> {
  const profiler = createProfiler({ outputs: [] });
  profiler.instrument(pg);
  const app = await NestFactory.create(AppModule, { logger: false });
  app.use(profiler.express());
  await app.listen(0, '127.0.0.1');

  const reported = new Promise<Report>((resolve) => profiler.onReport(resolve));
  const { port } = app.getHttpServer().address() as AddressInfo;
  const response = await fetch(`http://127.0.0.1:${port}/owners/7/chats`);
  await response.text();
  const { profile, findings } = await reported;
  await app.close();
  await pool.end();
  await profiler.close();
  console.log(
    JSON.stringify({
      status: response.status,
      label: profile.label,
      statements: profile.statements.length,
      findings: findings.map(({ detector, confidence, callSite }) => `${detector} ${confidence} ${callSite?.file}`),
    }),
  );
}

void main();
