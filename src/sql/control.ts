// Transaction control: what a statement does to its transaction, in every form PostgreSQL knows.

import type { Control, Verb } from './text.js';

/** The control that a statement of this verb exerts; null where it exerts none. */
export function controlOf(verb: Verb, parts: readonly string[], savepoint: string | null): Control | null {
  switch (verb) {
    case 'begin':
      return { kind: 'begin', isolation: isolationOf(parts), readOnly: accessOf(parts) };
    case 'commit':
      return parts[1] === 'prepared'
        ? { kind: 'end prepared', commits: true }
        : { kind: 'commit', chain: chains(parts) };
    case 'rollback':
      if (parts[1] === 'prepared') return { kind: 'end prepared', commits: false };
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
  if (!isTransaction) return parameterOf(parts);
  return { kind: 'set transaction', isolation: isolationOf(parts), readOnly: accessOf(parts), session };
}

/** `SET [SESSION | LOCAL] [default_]transaction_isolation = …`: what SET TRANSACTION and SET SESSION CHARACTERISTICS set. */
function parameterOf(parts: readonly string[]): Control | null {
  const scoped = parts[1] === 'session' || parts[1] === 'local';
  const [name = '', sign, value = '?', more] = parts.slice(scoped ? 2 : 1);
  const [, byDefault, about] = /^(default_)?transaction_(isolation|read_only)$/.exec(name) ?? [];
  if (about === undefined || (sign !== '=' && sign !== 'to') || more !== undefined) return null;
  // The default of a session, set for one transaction only, is nothing that any transaction begins with.
  if (byDefault !== undefined && parts[1] === 'local') return null;
  return {
    kind: 'set parameter',
    of: about === 'isolation' ? 'isolation' : 'read only',
    value: value === '?' ? null : value,
    session: byDefault !== undefined,
  };
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
