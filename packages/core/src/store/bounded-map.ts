/** A map of at most `max` entries, which forgets idle ones a few at a time. */
export interface BoundedMap<V> {
  readonly entries: Map<string, V>;
  /** Looks at up to `count` entries, going round, and drops those that are idle at `now`. */
  forget(now: number, count: number): void;
  /** Whether `fresh` more entries fit; when they do not, looks for some that can be spared. */
  hasRoom(fresh: number, now: number): boolean;
}

/** How many entries are looked at for room in a full map. */
const lookedAtWhenFull = 64;

/** An empty map of at most `max` entries. Those that are idle may be forgotten, those that can be spared when it is full. */
export function createBoundedMap<V>(
  max: number,
  isIdle: (value: V, now: number) => boolean,
  canBeSpared: (value: V, now: number) => boolean = isIdle,
): BoundedMap<V> {
  const entries = new Map<string, V>();
  let cursor = entries.entries();

  function look(now: number, count: number, mayGo: typeof isIdle): void {
    // A cursor that stands still would keep alive every table that the map has outgrown since.
    if (entries.size === 0) cursor = entries.entries();
    for (let left = Math.min(count, entries.size); left > 0; left--) {
      let next = cursor.next();
      if (next.done) {
        cursor = entries.entries();
        next = cursor.next();
      }
      // Emptied on the way round.
      if (next.done) return;
      const [key, value] = next.value;
      if (mayGo(value, now)) entries.delete(key);
    }
  }

  return {
    entries,
    forget: (now, count) => look(now, count, isIdle),
    hasRoom(fresh, now) {
      if (entries.size + fresh <= max) return true;
      look(now, lookedAtWhenFull, canBeSpared);
      return entries.size + fresh <= max;
    },
  };
}
