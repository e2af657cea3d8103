import { concurrency } from "../algorithms/concurrency.ts";
import { slidingWindow } from "../algorithms/sliding-window.ts";
import type { Cost } from "../cost.ts";
import type { OnExpiry } from "../limit-options.ts";
import type { Limit } from "../limit.ts";
import type { Subject } from "../subject.ts";
import type { Random } from "./random.ts";

/** One step of a workload. `lease` and `request` count back from the latest; `time` moves the clock, also back. */
export type Operation =
  | { readonly kind: "time"; readonly ms: number }
  /** Moves the clock to `earlyMs` before the last refusal's retry-after has passed, and asks again. */
  | { readonly kind: "retry"; readonly earlyMs: number }
  | { readonly kind: "check"; readonly subject: Subject; readonly cost: Cost }
  | {
      readonly kind: "reserve";
      readonly subject: Subject;
      readonly cost: Cost;
      readonly id?: string;
    }
  /** Asks again for a request that had an id: the same again. */
  | { readonly kind: "repeat"; readonly request: number }
  | { readonly kind: "extend" | "settle"; readonly lease: number; readonly cost: Cost }
  | { readonly kind: "release" | "dispose"; readonly lease: number };

const units = ["requests", "tokens", "usd"] as const;

/** One to four limits of every kind, with small windows and capacities, so that all their edges are met. */
export function drawLimits(random: Random): Limit[] {
  return Array.from({ length: random.integer(1, 4) }, (_, index) => drawLimit(random, index));
}

/** The next step under `limits`. */
export function drawOperation(random: Random, limits: readonly Limit[]): Operation {
  const lease = random.oneIn(4) ? random.integer(2, 12) : random.integer(0, 1);
  switch (random.integer(0, 9)) {
    case 0:
    case 1:
      return { kind: "time", ms: drawTime(random) };
    case 2:
      return { kind: "retry", earlyMs: random.integer(0, 1) };
    case 3:
      return { kind: "check", subject: drawSubject(random), cost: drawCost(random, limits) };
    case 4:
    case 5: {
      const subject = drawSubject(random);
      const cost = drawCost(random, limits);
      if (random.oneIn(6)) return { kind: "repeat", request: random.integer(0, 3) };
      if (!random.oneIn(3)) return { kind: "reserve", subject, cost };
      return { kind: "reserve", subject, cost, id: `id-${random.integer(1, 8)}` };
    }
    case 6:
    case 7:
      return { kind: "extend", lease, cost: drawUsage(random, limits) };
    case 8:
      return { kind: "settle", lease, cost: drawUsage(random, limits) };
    default:
      return { kind: random.pick(["release", "dispose"]), lease };
  }
}

function drawLimit(random: Random, index: number): Limit {
  const base = {
    name: `limit-${index}`,
    limit: random.pick([0, 1, 3, 10, 1000]),
    per: random.pick([[], ["tenant"], ["tenant", "model"]]),
  };
  if (random.oneIn(3)) {
    return concurrency({
      ...base,
      unit: random.pick(["inflight", "tokens"]),
      // Now and then a deadline that falls together with the end of a window.
      expiresAfter: random.oneIn(3) ? random.pick([7, 100, 1000]) : random.integer(1, 300),
    });
  }
  const window = random.pick([1, 7, 100, 1000, 90_000]);
  const precision = random.oneIn(3) ? { precisionMs: random.integer(1, Math.min(window, 50)) } : {};
  const onExpiry = random.oneIn(2)
    ? { onExpiry: random.pick<OnExpiry>(["charge-used", "charge-estimate", "refund"]) }
    : {};
  return slidingWindow({ ...base, window, unit: random.pick(units), ...precision, ...onExpiry });
}

function drawTime(random: Random): number {
  if (random.oneIn(12)) return -random.pick([1, 50, 3_600_000]);
  return random.integer(0, random.pick([0, 1, 5, 60, 1200, 400_000]));
}

function drawSubject(random: Random): Subject {
  return { tenant: random.pick(["a", "b"]), model: random.pick(["small", "large"]) };
}

/** Costs of 0 to one above the capacity, most of them small. */
function drawCost(random: Random, limits: readonly Limit[]): Cost {
  const cost: Record<string, number> = {};
  for (const { unit, capacity } of limits) {
    const most = random.pick([1, 2, Math.ceil(capacity / 3), capacity, capacity + 1]);
    cost[unit] = random.integer(0, most);
  }
  return cost;
}

/** As a cost, but not every unit is named. */
function drawUsage(random: Random, limits: readonly Limit[]): Cost {
  const usage = drawCost(random, limits);
  return Object.fromEntries(Object.entries(usage).filter(() => !random.oneIn(3)));
}
