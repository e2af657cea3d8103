/** A place in a list by age. */
export interface Aged<T> {
  readonly value: T;
  /** Its neighbours: the list's. */
  older: Aged<T> | undefined;
  newer: Aged<T> | undefined;
}

/** Values by when they were added. */
export interface ByAge<T> {
  readonly oldest: Aged<T> | undefined;
  add(value: T): Aged<T>;
  /** Takes out what was added and has not been taken out. */
  remove(aged: Aged<T>): void;
}

/**
 * A list whose oldest value is found at once. The first key of a `Map` is not: a new iterator passes by all that was removed since
 * the map last grew, and one that is kept keeps every table that the map has outgrown.
 */
export function createByAge<T>(): ByAge<T> {
  let oldest: Aged<T> | undefined;
  let newest: Aged<T> | undefined;
  return {
    get oldest() {
      return oldest;
    },
    add(value) {
      const aged: Aged<T> = { value, older: newest, newer: undefined };
      if (newest === undefined) oldest = aged;
      else newest.newer = aged;
      newest = aged;
      return aged;
    },
    remove({ older, newer }) {
      if (older === undefined) oldest = newer;
      else older.newer = newer;
      if (newer === undefined) newest = older;
      else newer.older = older;
    },
  };
}
