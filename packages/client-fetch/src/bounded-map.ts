/** A map that makes what it is asked for, and keeps at most so many. */
export interface BoundedMap<V> {
  readonly size: number;
  /** What was made for `key`, used now. */
  for(key: string): V;
  /** The same, but makes nothing, and is no use. */
  find(key: string): V | undefined;
  values(): IterableIterator<V>;
}

// So many of the oldest are looked at for one that may go.
const looks = 16;

/**
 * Keeps the `most` values last used. For one more the oldest goes that `mayGo` spares, of the 16 oldest; the very oldest where it spares them
 * all. Default: each may go.
 */
export function boundedMap<V>(
  most: number,
  make: (key: string) => V,
  mayGo: (value: V) => boolean = () => true,
): BoundedMap<V> {
  const values = new Map<string, V>();
  // Spares the map its work where one key is used again and again.
  let latest: { readonly key: string; readonly value: V } | undefined;

  function forget(): void {
    let left = looks;
    for (const [key, value] of values) {
      if (left-- === 0) break;
      if (!mayGo(value)) continue;
      values.delete(key);
      return;
    }
    const [oldest] = values.keys();
    values.delete(oldest!);
  }

  return {
    get size() {
      return values.size;
    },
    for(key) {
      if (latest?.key === key) return latest.value;
      let value = values.get(key);
      if (value === undefined) {
        if (values.size >= most) forget();
        value = make(key);
      } else values.delete(key);
      values.set(key, value);
      latest = { key, value };
      return value;
    },
    find: (key) => values.get(key),
    values: () => values.values(),
  };
}
