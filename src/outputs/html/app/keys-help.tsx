// The keys, listed.

import { KEYS } from './keys.js';

export function KeysHelp() {
  return (
    <dialog id="keys" aria-labelledby="keys-title">
      <h2 id="keys-title">Keys</h2>
      <dl>
        {KEYS.map(([keys, does]) => (
          <div key={keys}>
            <dt>
              <kbd>{keys}</kbd>
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
      <p>
        Filter: words that all have to be met, and <code>detector:</code> <code>route:</code> <code>table:</code>{' '}
        <code>file:</code>, such as <code>route:"GET /chats" table:users</code>.
      </p>
      <form method="dialog">
        <button type="submit">Close</button>
      </form>
    </dialog>
  );
}
