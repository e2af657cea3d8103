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

  const remove = (place: Aged<readonly [K, V]>): void => {
    ages.remove(place);
    places.delete(place.value[0]);
  };
  return {
    get size() {
      return places.size;
    },
    get: (key) => places.get(key)?.value[1],
    set(key, value) {
      const before = places.get(key);
      const forgotten = before === undefined && places.size >= cap ? ages.oldest : undefined;
      const gone = before ?? forgotten;
      if (gone !== undefined) remove(gone);
      places.set(key, ages.add([key, value]));
      return forgotten?.value;
    },
    delete(key) {
      const place = places.get(key);
      if (place !== undefined) remove(place);
    },
    oldest: () => ages.oldest?.value,
    *entries() {
      for (const { value } of places.values()) yield value;
    },
  };
}
