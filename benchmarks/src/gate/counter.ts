const plenty = 1_000_000_000;

/** The simplest limiter there can be: a count in a Map that starts again every minute. */
export function counter(): (key: string) => object {
  const counts = new Map<string, { count: number; untilMs: number }>();
  return (key) => {
    const nowMs = Date.now();
    const known = counts.get(key);
    if (known === undefined || known.untilMs <= nowMs) {
      const begun = { count: 1, untilMs: nowMs + 60_000 };
      counts.set(key, begun);
      return begun;
    }
    known.count++;
    return { allowed: known.count <= plenty, remaining: plenty - known.count };
  };
}
