import { concurrency, type ConcurrencyOptions } from "../algorithms/concurrency.ts";
import { fixedWindow, type FixedWindowOptions } from "../algorithms/fixed-window.ts";
import { slidingWindow, type SlidingWindowOptions } from "../algorithms/sliding-window.ts";
import { tokenBucket, type TokenBucketOptions } from "../algorithms/token-bucket.ts";
import { by, type BySubject, byTier } from "../choice.ts";
import type { Duration } from "../duration.ts";
import type { LimitOptions } from "../limit-options.ts";
import type { Limit } from "../limit.ts";
import type { OnExpiry } from "../store/store.ts";
import type { Random } from "./random.ts";

/** A limit as plain data, which can be printed. */
export type LimitSpec =
  | (SlidingWindowOptions & { readonly algorithm: "sliding-window" })
  | (TokenBucketOptions & { readonly algorithm: "token-bucket" })
  | (FixedWindowOptions & { readonly algorithm: "fixed-window" })
  | (ConcurrencyOptions & { readonly algorithm: "concurrency" });

/** The limit that `spec` describes. */
export function limitOf(spec: LimitSpec): Limit {
  switch (spec.algorithm) {
    case "sliding-window": {
      const { algorithm: _, ...options } = spec;
      return slidingWindow(options);
    }
    case "token-bucket": {
      const { algorithm: _, ...options } = spec;
      return tokenBucket(options);
    }
    case "fixed-window": {
      const { algorithm: _, ...options } = spec;
      return fixedWindow(options);
    }
    case "concurrency": {
      const { algorithm: _, ...options } = spec;
      return concurrency(options);
    }
  }
}

/** What the limit counts. */
export function unitOf({ unit, algorithm }: LimitSpec): string {
  return unit ?? (algorithm === "concurrency" ? "inflight" : "requests");
}

/** One of the limit's capacities. */
export function drawCapacity(random: Random, spec: LimitSpec): number {
  let drawn = spec.algorithm === "token-bucket" ? spec.capacity : spec.limit;
  while (typeof drawn === "object") {
    const { table, otherwise } = drawn;
    drawn = random.pick(Object.values(table)) ?? otherwise ?? 0;
  }
  return drawn;
}

/** One to four limits of every kind, with small windows and capacities, so that all their edges are met. */
export function drawLimits(random: Random): LimitSpec[] {
  return Array.from({ length: random.integer(1, 4) }, (_, index) =>
    drawLimit(random, `limit-${index}`),
  );
}

/** Other limits, most of which count on what some of `specs` have counted. */
export function redrawLimits(random: Random, specs: readonly LimitSpec[]): LimitSpec[] {
  const kept = specs.filter(() => !random.oneIn(8));
  const next = kept.map((spec) => (random.oneIn(3) ? spec : redraw(random, spec)));
  const free = [0, 1, 2, 3].filter((index) => specs.every(({ name }) => name !== `limit-${index}`));
  if (next.length > 0 && (free.length === 0 || !random.oneIn(4))) return next;
  return [...next, drawLimit(random, `limit-${free[0] ?? 0}`)];
}

function drawLimit(random: Random, name: string): LimitSpec {
  const base: LimitOptions = {
    name,
    per: random.pick([[], ["tenant"], ["tenant"], ["tenant", "model"], ["tier"]]),
  };
  switch (random.integer(0, 7)) {
    case 0:
    case 1:
      return { ...base, algorithm: "concurrency", ...drawConcurrency(random) };
    case 2:
    case 3:
      return { ...base, algorithm: "token-bucket", unit: drawUnit(random), ...drawBucket(random) };
    case 4:
      return { ...base, algorithm: "fixed-window", unit: drawUnit(random), ...drawFixed(random) };
    default:
      return {
        ...base,
        algorithm: "sliding-window",
        unit: drawUnit(random),
        ...drawSliding(random),
      };
  }
}

/** The same name, algorithm, unit and dimensions, with other numbers. */
function redraw(random: Random, spec: LimitSpec): LimitSpec {
  const { name, per } = spec;
  const base = { name, per, unit: unitOf(spec) };
  switch (spec.algorithm) {
    case "sliding-window":
      return { algorithm: "sliding-window", ...drawSliding(random), ...base };
    case "token-bucket":
      return { algorithm: "token-bucket", ...drawBucket(random), ...base };
    case "fixed-window":
      return { algorithm: "fixed-window", ...drawFixed(random), ...base };
    case "concurrency":
      return { algorithm: "concurrency", ...drawConcurrency(random), ...base };
  }
}

const dayMs = 86_400_000;

type Own<Options> = Omit<Options, "name" | "per">;

function drawSliding(random: Random): Own<SlidingWindowOptions> {
  const windows = [1, 7, 100, 1000, 1000, 90_000, 90_000, 60 * dayMs] as const;
  const window = drawChoice<Duration>(random, () => random.pick(windows));
  const precision =
    typeof window === "number" && random.oneIn(3)
      ? { precisionMs: random.integer(1, Math.min(window, 50)) }
      : {};
  return { limit: drawAmount(random), window, ...precision, ...drawExpiry(random) };
}

function drawFixed(random: Random): Own<FixedWindowOptions> {
  return {
    limit: drawAmount(random),
    window: random.pick(["day", "week", "month"]),
    timeZone: random.pick(["UTC", "Europe/Berlin", "America/Santiago", "Australia/Lord_Howe"]),
    ...drawExpiry(random),
  };
}

function drawBucket(random: Random): Own<TokenBucketOptions> {
  const every = random.pick([1, 7, 13, 100, 1000, 60_000]);
  const refill = drawChoice(random, () => random.pick([1, 3, 7, 10, 1000]));
  return { capacity: drawAmount(random), refill, every };
}

function drawConcurrency(random: Random): Own<ConcurrencyOptions> {
  return {
    limit: drawAmount(random),
    unit: random.pick(["inflight", "tokens"]),
    // Now and then a deadline that falls together with the end of a window.
    expiresAfter: random.oneIn(3) ? random.pick([7, 100, 1000]) : random.integer(1, 300),
  };
}

function drawUnit(random: Random): string {
  return random.pick(["requests", "tokens", "usd"]);
}

function drawExpiry(random: Random): { onExpiry?: OnExpiry } {
  if (random.oneIn(2)) return {};
  return { onExpiry: random.pick<OnExpiry>(["charge-used", "charge-estimate", "refund"]) };
}

function drawAmount(random: Random): BySubject<number> {
  return drawChoice(random, () => random.pick([0, 1, 3, 3, 10, 10, 100, 1000]));
}

/** A value, or now and then a choice of one that some subjects may not have. */
function drawChoice<T extends number | string>(random: Random, draw: () => T): BySubject<T> {
  if (!random.oneIn(4)) return draw();
  const otherwise = random.oneIn(6) ? undefined : draw();
  if (random.oneIn(4)) {
    return by<T>("model", { large: draw() }, byTier<T>({ pro: draw() }, draw()));
  }
  return byTier<T>({ free: draw(), pro: draw() }, otherwise);
}
