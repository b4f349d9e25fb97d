// The lines of the app around those that a finding names, as they stood when it ran.

import type { CodeFrame } from '../../../report/code-frame.js';
import { Scrolled } from './scrolled.js';

export function CodeFrames({ frames }: { frames: readonly CodeFrame[] }) {
  return (
    <>
      {frames.map(({ file, lines }, place) => (
        <figure key={place} class="code">
          <figcaption>{file}</figcaption>
          <Scrolled label={`Code of ${file}`}>
            {lines.map(({ number, text, marked }) => (
              <span key={number} class={marked ? 'marked' : undefined}>
                {`${marked ? '▸' : ' '} `}
                <i>{String(number).padStart(String(lines.at(-1)?.number ?? 0).length)} │ </i>
                {`${text}\n`}
              </span>
            ))}
          </Scrolled>
        </figure>
      ))}
    </>
  );
}
