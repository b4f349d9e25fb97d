// Writing that the app cannot feel: a reader that went away (EPIPE) or a full disk ends our output, never the app's process.

import type { TextStream } from './terminal.js';

/** Writes text to `stream` until that fails once; then it is silent. An empty text is not written. */
export function quietWriter(stream: TextStream): (text: string) => void {
  let broken = false;
  let underWay = 0;
  const onError = () => {
    broken = true;
  };
  // A failed write is an `error` event too, which without a listener ends the process. Ours stays no longer than our writes, as
  // the app's own are the app's to answer for; the event comes after the callback.
  const listen = () => {
    if (underWay++ === 0) stream.on?.('error', onError);
  };
  const letGo = () => {
    if (--underWay === 0) stream.removeListener?.('error', onError);
  };
  return (text) => {
    if (text === '' || broken) return;
    listen();
    try {
      stream.write(text, (error) => {
        if (error) broken = true;
        setImmediate(letGo);
      });
    } catch {
      broken = true;
      letGo();
    }
  };
}
