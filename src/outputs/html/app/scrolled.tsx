// Text that is as wide as it is: it scrolls in its own place, also by the keys.

import type { ComponentChildren } from 'preact';

export function Scrolled({ label, css, children }: { label: string; css?: string; children: ComponentChildren }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by the keyboard.
    // biome-ignore lint/a11y/useSemanticElements: a fieldset holds no text that is kept as it stands.
    <pre class={css} tabIndex={0} role="group" aria-label={label}>
      {children}
    </pre>
  );
}
