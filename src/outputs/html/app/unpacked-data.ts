// The data that stands in the page, as it was packed.

/** @throws Error where the browser cannot inflate, or the page was cut. */
export async function unpackedData<T>(id: string): Promise<T> {
  const holder = document.getElementById(id);
  const text = holder instanceof HTMLTemplateElement ? (holder.content.textContent ?? '') : '';
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const inflated = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate-raw'));
  return (await new Response(inflated).json()) as T;
}
