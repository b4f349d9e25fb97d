// The story captured by hand, in a process where queryscope was handed nothing but the library's handle.

import { createProfiler } from 'queryscope';

const program = await import(`./${process.env.LIBRARY}/program.mjs`);
const db = await program.open({ url: process.env.DATABASE, max: 5 });
const handle = program.handleOf?.(db) ?? db;
const profiler = createProfiler({ outputs: [], enabled: true });
if (profiler.wrap(handle) !== handle) throw new Error('wrap() answered something else');
const { report } = await profiler.capture('story', () => program.lazy(db));
const statements = report.profile.statements.length - report.infrastructure.length;
console.log(JSON.stringify({ statements, findings: report.findings.length }));
await program.close(db);
await profiler.close();
