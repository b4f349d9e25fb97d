// OpenTelemetry traces in files, as the collector's file exporter writes them: the format of that name for `queryscope analyze`.

import { nameOfError } from '../errors.js';
import { runAtOnce } from '../profile/slices.js';
import type { Profile } from '../profile/types.js';
import type { SourceContext, SourceFile, SourceFormat } from '../sources/source-format.js';
import { isZstd } from '../sources/zstd.js';
import { type ExportedSpan, Resources } from './exported-span.js';
import { spansOfJson } from './otlp-json.js';
import { isText, type Message, messagesOf } from './otlp-messages.js';
import { spansOfProto } from './otlp-proto.js';
import { SpanLosses } from './span-losses.js';
import { TraceAssembly } from './trace-assembly.js';
import { type LocalTrace, profileOfTrace } from './trace-profile.js';
import { statementOf } from './trace-span.js';

export const otlp: SourceFormat = { name: 'otlp', title: 'OpenTelemetry traces', recognise, read };

/** JSON that speaks of resources, or a message of protobuf with its length before it or without. */
function recognise(head: Buffer): boolean {
  if (isText(head)) return /"resource(?:Spans|Metrics|Logs)"/.test(head.toString('utf8'));
  if (head[0] === 0x0a) return head.length > 2 && beginsResource(head, 0);
  if (head.length < 8) return false;
  const length = head.readUInt32BE(0);
  const message = head.subarray(4);
  const first = message.subarray(0, length);
  return length > 0 && length < 0x1000_0000 && (isZstd(message) || isText(first) || beginsResource(first, 0));
}

/** Two fields in each other, each with its length: `resource_spans`, and in it `resource` or, where that is empty, `scope_spans`. */
function beginsResource(bytes: Buffer, at: number): boolean {
  if (bytes[at] !== 0x0a) return false;
  let behind = at + 1;
  while (((bytes[behind] ?? 0) & 0x80) !== 0) behind += 1;
  const inner = bytes[behind + 1];
  return inner === 0x0a || inner === 0x12;
}

async function* read(files: AsyncIterable<SourceFile>, context: SourceContext): AsyncGenerator<Profile> {
  const { skipped, windowMs } = context;
  const resources = new Resources();
  const losses = new SpanLosses(skipped);
  const assembly = new TraceAssembly({ windowMs, skipped });
  for await (const file of files) {
    for await (const message of messagesOf(file, skipped)) {
      for (const span of spansIn(message, resources, context)) {
        span.statement = statementOf(span);
        losses.see(span, message.place);
        assembly.add(span, message.place);
        yield* profilesOf(assembly.overgrown(span.traceId), context);
      }
      yield* profilesOf(assembly.ready(), context);
    }
  }
  yield* profilesOf(assembly.rest(), context);
  losses.tell();
}

/** One that fails costs no other. */
function* profilesOf(traces: Iterable<LocalTrace>, { limits, sample, skipped }: SourceContext): Generator<Profile> {
  for (const trace of traces) {
    let profile: Profile;
    try {
      profile = runAtOnce(profileOfTrace(trace, { limits, sample }));
    } catch (error) {
      skipped.add(`requests could not be read by a mistake of queryscope (${nameOfError(error)})`, null, {
        grave: true,
      });
      continue;
    }
    yield profile;
  }
}

function spansIn(message: Message, resources: Resources, { skipped }: SourceContext): readonly ExportedSpan[] {
  const { place } = message;
  let spans: readonly (ExportedSpan | null)[] | null;
  try {
    spans = 'bytes' in message ? spansOfProto(message.bytes, resources) : spansOfJson(message.json, resources);
  } catch {
    skipped.add('messages could not be understood as traces', place);
    return [];
  }
  if (spans === null) {
    skipped.add(reasonFor(message), place);
    return [];
  }
  const whole = spans.filter((span) => span !== null);
  if (whole.length < spans.length) {
    skipped.add('spans have no id or no time', place, { count: spans.length - whole.length });
  }
  return whole;
}

function reasonFor(message: Message): string {
  const json = 'json' in message ? message.json : null;
  const isOther = typeof json === 'object' && json !== null && ('resourceMetrics' in json || 'resourceLogs' in json);
  return isOther ? 'messages hold metrics or logs, and no traces' : 'messages are JSON and no traces';
}
