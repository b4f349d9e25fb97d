// Transaction control: what a statement does to its transaction, in every form PostgreSQL knows.

import type { Control, Verb } from './text.js';

/** The control that a statement of this verb exerts; null where it exerts none. */
export function controlOf(verb: Verb, parts: readonly string[], savepoint: string | null): Control | null {
  switch (verb) {
    case 'begin':
      return { kind: 'begin', isolation: isolationOf(parts), readOnly: accessOf(parts) ?? false };
    case 'commit':
      return parts[1] === 'prepared' ? null : { kind: 'commit', chain: chains(parts) };
    case 'rollback':
      if (parts[1] === 'prepared') return null;
      return savepoint === null ? { kind: 'rollback', chain: chains(parts) } : { kind: 'rollback to', name: savepoint };
    case 'savepoint':
      return savepoint === null ? null : { kind: 'savepoint', name: savepoint };
    case 'release':
      return savepoint === null ? null : { kind: 'release', name: savepoint };
    case 'prepare transaction':
      return { kind: 'prepare transaction' };
    case 'set':
      return settingOf(parts);
    default:
      return null;
  }
}

function settingOf(parts: readonly string[]): Control | null {
  if (parts[0] !== 'set') return null;
  const session = parts[1] === 'session' && parts[2] === 'characteristics';
  const isTransaction = session || parts[1] === 'transaction' || (parts[1] === 'local' && parts[2] === 'transaction');
  if (!isTransaction) return null;
  return { kind: 'set transaction', isolation: isolationOf(parts), readOnly: accessOf(parts), session };
}

function chains(parts: readonly string[]): boolean {
  return parts.at(-1) === 'chain' && parts.at(-2) === 'and';
}

/** The last of several, as PostgreSQL has it. */
function isolationOf(parts: readonly string[]): string | null {
  const level = parts.lastIndexOf('level');
  if (level < 1 || parts[level - 1] !== 'isolation') return null;
  const first = parts[level + 1];
  return first === undefined ? null : first === 'serializable' ? first : `${first} ${parts[level + 2] ?? ''}`.trim();
}

/** READ ONLY: true; READ WRITE: false; null: not said. */
function accessOf(parts: readonly string[]): boolean | null {
  for (let at = parts.length - 1; at > 0; at--) {
    if (parts[at - 1] !== 'read') continue;
    if (parts[at] === 'only') return true;
    if (parts[at] === 'write') return false;
  }
  return null;
}
