import { type Aged, createByAge } from "./by-age.ts";

/** A map of at most so many entries. */
export interface BoundedMap<K, V> {
  readonly size: number;
  get(key: K): V | undefined;
  /** Sets it as the newest, whether it was there or not; answers the entry that is forgotten for want of room. */
  set(key: K, value: V): readonly [K, V] | undefined;
  delete(key: K): void;
  oldest(): readonly [K, V] | undefined;
  /** The oldest first. */
  entries(): IterableIterator<readonly [K, V]>;
}

/** A map that forgets its oldest entry for one above `cap`, which takes no longer than any other. */
export function createBoundedMap<K, V>(cap: number): BoundedMap<K, V> {
  const places = new Map<K, Aged<readonly [K, V]>>();
  const ages = createByAge<readonly [K, V]>();

  const remove = (key: K): boolean => {
    const place = places.get(key);
    if (place === undefined) return false;
    ages.remove(place);
    return places.delete(key);
  };
  return {
    get size() {
      return places.size;
    },
    get: (key) => places.get(key)?.value[1],
    set(key, value) {
      const wasThere = remove(key);
      const forgotten = !wasThere && places.size >= cap ? ages.oldest : undefined;
      if (forgotten !== undefined) remove(forgotten[0]);
      places.set(key, ages.add([key, value]));
      return forgotten;
    },
    delete: (key) => void remove(key),
    oldest: () => ages.oldest,
    *entries() {
      for (const { value } of places.values()) yield value;
    },
  };
}
