// Lists by key: what is gathered by its connection, its table, its value, wherever that is done.

/** Adds an item to the list of its key, which begins with it where there is none. */
export function addTo<K, T>(lists: Map<K, T[]>, key: K, item: T): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [item]);
  else list.push(item);
}
