// A short stable name for a text: the same on every machine and in every process, and made without a dependency.

/**
 * 64 bits of `text` as 16 hexadecimal digits: two 32-bit FNV-1a sums over UTF-16 units from different starts, each mixed with the other at
 * the end. Not cryptographic: it names texts that hold no secret.
 */
export function digestOf(text: string): string {
  let low = 0x811c9dc5;
  let high = 0x9e3779b9;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    low = Math.imul(low ^ unit, 0x01000193);
    high = Math.imul(high ^ unit ^ (low >>> 15), 0x85ebca6b);
  }
  low = mix(low ^ (high >>> 16));
  high = mix(high ^ (low >>> 16));
  return hex(high) + hex(low);
}

/** The finaliser of MurmurHash3: every bit of the sum changes half of the result's. */
function mix(sum: number): number {
  let mixed = sum ^ (sum >>> 16);
  mixed = Math.imul(mixed, 0x85ebca6b);
  mixed ^= mixed >>> 13;
  mixed = Math.imul(mixed, 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}

function hex(sum: number): string {
  return (sum >>> 0).toString(16).padStart(8, '0');
}
