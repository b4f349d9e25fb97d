// Programs of one process that are measured beside each other.

import { lowerQuartile } from './statistics.js';

const WARM_UP_ROUNDS = 5;

/** CPU microseconds of each program. All run in each round, so that what disturbs one disturbs the others. */
export function measureInTurn<Name extends string>(
  programs: Readonly<Record<Name, () => unknown>>,
  rounds: number,
): Record<Name, number> {
  const names = Object.keys(programs) as Name[];
  const took = new Map<Name, number[]>(names.map((name) => [name, []]));
  for (let round = -WARM_UP_ROUNDS; round < rounds; round++) {
    for (const name of names) {
      const us = cpuOf(programs[name]);
      if (round >= 0) took.get(name)!.push(us);
    }
  }
  return Object.fromEntries(names.map((name) => [name, lowerQuartile(took.get(name)!)])) as Record<Name, number>;
}

function cpuOf(program: () => unknown): number {
  const start = process.cpuUsage();
  program();
  const { user, system } = process.cpuUsage(start);
  return user + system;
}
