// Reports of requests that another process answered, on their way to the scope that made them: a capture takes them in on a port of this machine, and a process that it
// started sends them there. Both know a secret from their environment, so that nobody else is believed.

import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import net, { type AddressInfo } from 'node:net';
import { runInThisContext } from 'node:vm';
import { PROFILE_FORMAT } from '../profile/types.js';
import { runIn } from './context.js';
import { caught, guarded, messageOf } from './guard.js';
import type { RemoteScope, Scope } from './scope.js';
import { state } from './state.js';

/** The variable that hands the secret to the processes which this one starts. */
const SECRET = 'QUERYSCOPE_LINK';

/** A report of 100,000 statements takes half of it; what is longer comes from nobody that is known. */
const MOST_CHARACTERS = 256 * 1024 * 1024;

/** What a process sends of a request that it answered. */
interface Delivery {
  /** As the request bore it: who knows that was asked. */
  link: string;
  /** Of the scope that was opened for it. */
  id: string;
  report: unknown;
}

/** Shared by all copies of queryscope in the process. */
interface Intake {
  /** Null: no report is taken in. */
  port: number | null;
  /** By the scope that asked: the ids of the scopes that answered, and whether that one's report is here. */
  readonly answers: WeakMap<Scope, Map<string, boolean>>;
}

const KEY = Symbol.for('queryscope.intake.v1');
const home = globalThis as { [KEY]?: Intake };
home[KEY] ??= { port: null, answers: new WeakMap() };
const intake: Intake = home[KEY];

/** Hands the secret to all processes that are started from now on. */
export function shareSecret(): void {
  const secret = process.env[SECRET] ?? randomBytes(32).toString('base64url');
  process.env[SECRET] = secret;
  // Jest gives tests a copy of the environment, and processes the original.
  const { env } = runInThisContext('process') as NodeJS.Process;
  env[SECRET] = secret;
}

/** Takes reports in from now on, and keeps no process alive for that. Answers how to stop it. */
export async function takeReportsIn(): Promise<() => void> {
  shareSecret();
  const server = net.createServer((socket) => receive(socket.unref())).unref();
  server.on('error', (error) => caught(error, null, 'the port for reports of other processes', messageOf));
  await new Promise<void>((resolve) => {
    server.once('close', resolve);
    // In no scope: what comes in belongs to the one that it names.
    runIn(undefined, () => server.listen(0, '127.0.0.1', resolve));
  });
  const { port } = (server.address() ?? { port: null }) as AddressInfo;
  intake.port = port;
  return () => {
    if (intake.port === port) intake.port = null;
    server.close();
  };
}

/** The link as another process can answer it, where reports are taken in. */
export function answerable(link: string): string {
  if (intake.port === null) return link;
  const unsigned = `${link}.${intake.port}`;
  return `${unsigned}.${signatureOf(unsigned)}`;
}

/** The scope of another process that a request's link names; null where it names none, or is not signed with our secret. */
export function remoteScopeOf(link: string): RemoteScope | null {
  const [, id, port] = LINK.exec(link) ?? [];
  if (id === undefined || !isSigned(link)) return null;
  return { id, take: (scopeId, report) => deliver(Number(port), { link, id: scopeId, report }) };
}

/** `scope.number.port.signature`. */
const LINK = /^([\w-]{1,64})\.\d{1,16}\.(\d{1,5})\.[\w-]+$/;

function isSigned(link: string): boolean {
  const end = link.lastIndexOf('.');
  const given = Buffer.from(link.slice(end + 1));
  const due = Buffer.from(signatureOf(link.slice(0, end)));
  return process.env[SECRET] !== undefined && given.length === due.length && timingSafeEqual(given, due);
}

function signatureOf(text: string): string {
  return createHmac('sha256', process.env[SECRET] ?? '')
    .update(text)
    .digest('base64url');
}

/** Says that another process answered a request of this scope: its report is to come. */
export function expectReport(scope: Scope, id: string): void {
  const answers = answersOf(scope);
  if (scope.closed || answers.has(id)) return;
  answers.set(id, false);
  scope.childOpened();
}

function deliver(port: number, delivery: Delivery): void {
  const socket = net.connect(port, '127.0.0.1').unref();
  socket.on('error', (error) => caught(error, null, 'handing a report to the process that asked', messageOf));
  socket.end(JSON.stringify(delivery));
}

function receive(socket: net.Socket): void {
  const parts: string[] = [];
  let characters = 0;
  socket.setEncoding('utf8');
  // Whoever ends in the middle of it has a report that counts as missing.
  socket.on('error', () => {});
  socket.on('data', (part: string) => {
    characters += part.length;
    if (characters > MOST_CHARACTERS) socket.destroy();
    else parts.push(part);
  });
  socket.on('end', () => {
    const delivery = readDelivery(parts.join(''));
    if (delivery !== null) guarded(() => take(delivery), null, 'a report of another process');
  });
}

function readDelivery(json: string): Delivery | null {
  try {
    return JSON.parse(json);
  } catch {
    return null;
  }
}

function take({ link, id, report }: Delivery): void {
  if (typeof link !== 'string' || typeof id !== 'string' || !LINK.test(link) || !isSigned(link)) return;
  // Another version's is no report to this one, and counts as missing.
  if ((report as { format?: unknown } | null)?.format !== PROFILE_FORMAT) return;
  const [asker] = link.split('.');
  const scope = ([...state.unjudged] as Scope[]).find((open) => open.id === asker);
  if (scope === undefined || scope.closed) return;
  const answers = answersOf(scope);
  const known = answers.get(id);
  if (known === true) return;
  answers.set(id, true);
  // It may be here before the answer is.
  if (known === undefined) scope.childOpened();
  scope.childConcluded(report);
}

function answersOf(scope: Scope): Map<string, boolean> {
  let answers = intake.answers.get(scope);
  if (answers === undefined) {
    answers = new Map();
    intake.answers.set(scope, answers);
  }
  return answers;
}
