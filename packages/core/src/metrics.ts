import type { Decision } from "./decision.ts";
import type { Limit } from "./limit.ts";

/** How often something was allowed and denied. */
export interface Tally {
  readonly allowed: number;
  readonly denied: number;
  readonly total: number;
  /** `denied / total`; 0 before the first decision. */
  readonly denyRate: number;
}

/** What `limiter.metrics()` tells: decisions of this limiter since it was made; in observe mode what it would have enforced. */
export interface LimiterMetrics extends Tally {
  /** For each limit, since it came: a request that several limits refuse is denied by each of them. */
  readonly limits: readonly (Tally & { readonly name: string })[];
  /** Counts kept in the store, of all limiters that share it; `undefined` when the store does not tell. */
  readonly keys: number | undefined;
  /** Leases that live, alike. */
  readonly leases: number | undefined;
}

/** Counts decisions. */
export interface Counter {
  readonly count: (decision: Decision) => void;
  /** Goes on with other limits; those that keep their name keep their counts. */
  readonly follow: (limits: readonly Limit[]) => void;
  readonly metrics: () => Omit<LimiterMetrics, "keys" | "leases">;
}

interface LimitCount {
  readonly name: string;
  /** All decisions there had been when the limit came. */
  readonly since: number;
  denied: number;
}

/** A counter of decisions, at nothing. */
export function createCounter(limits: readonly Limit[]): Counter {
  let allowed = 0;
  let denied = 0;
  let counts: LimitCount[] = [];
  const follow = (next: readonly Limit[]): void => {
    const before = new Map(counts.map((count) => [count.name, count]));
    counts = next.map(
      ({ name }) => before.get(name) ?? { name, since: allowed + denied, denied: 0 },
    );
  };
  const indexOf = (name: string): number => counts.findIndex((count) => count.name === name);
  follow(limits);
  return {
    follow,
    count(decision) {
      if (decision.allowed) {
        allowed++;
        return;
      }
      denied++;
      for (let index = 0; index < decision.limits.length; index++) {
        const { limit, violated } = decision.limits[index]!;
        // Where the limits are no longer those that it was decided under, by name.
        const at = counts[index]?.name === limit.name ? index : indexOf(limit.name);
        if (violated && at >= 0) counts[at]!.denied++;
      }
    },
    metrics: () => ({
      ...tally(allowed, denied),
      limits: counts.map((count) => {
        const total = allowed + denied - count.since;
        return { name: count.name, ...tally(total - count.denied, count.denied) };
      }),
    }),
  };
}

function tally(allowed: number, denied: number): Tally {
  const total = allowed + denied;
  return { allowed, denied, total, denyRate: total === 0 ? 0 : denied / total };
}
