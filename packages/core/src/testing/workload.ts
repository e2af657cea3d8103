import type { Cost } from "../cost.ts";
import type { CheckRequest } from "../limiter.ts";
import type { Subject } from "../subject.ts";
import { drawCapacity, drawLimits, type LimitSpec, redrawLimits, unitOf } from "./limit-spec.ts";
import type { Random } from "./random.ts";

/** One step of a workload. `lease` and `request` count back from the latest; `time` moves the clock, also back. */
export type Operation =
  | { readonly kind: "time"; readonly ms: number }
  /** Moves the clock to `earlyMs` before the last refusal's retry-after has passed, and asks again. */
  | { readonly kind: "retry"; readonly earlyMs: number }
  | { readonly kind: "check" | "peek"; readonly subject: Subject; readonly cost: Cost }
  | { readonly kind: "penalize" | "reward"; readonly subject: Subject; readonly cost: Cost }
  | { readonly kind: "checkMany"; readonly requests: readonly CheckRequest[] }
  | {
      readonly kind: "reserve";
      readonly subject: Subject;
      readonly cost: Cost;
      readonly id?: string;
      readonly deadline?: number;
    }
  /** Asks again for a request that had an id: the same again. */
  | { readonly kind: "repeat"; readonly request: number }
  | { readonly kind: "extend" | "settle"; readonly lease: number; readonly cost: Cost }
  | { readonly kind: "release" | "dispose"; readonly lease: number }
  | { readonly kind: "block"; readonly subject: Subject; readonly forMs: number }
  | { readonly kind: "reset"; readonly subject: Subject }
  | { readonly kind: "update"; readonly limits: readonly LimitSpec[] };

/** What happens to one store, as plain data. */
export interface Episode {
  readonly startMs: number;
  readonly rememberMs: number;
  readonly limits: readonly LimitSpec[];
  readonly operations: readonly Operation[];
}

/** Of one operation in so many thousand. */
const weights: Readonly<Record<Operation["kind"], number>> = {
  time: 170,
  retry: 90,
  check: 80,
  checkMany: 60,
  peek: 40,
  reserve: 170,
  repeat: 35,
  extend: 140,
  settle: 70,
  release: 25,
  dispose: 25,
  penalize: 30,
  reward: 30,
  block: 14,
  reset: 11,
  update: 10,
};

// eslint-disable-next-line typescript/no-unsafe-type-assertion -- its keys are those of the record
const kinds = Object.entries(weights) as [Operation["kind"], number][];
const allWeights = kinds.reduce((sum, [, weight]) => sum + weight, 0);

/** Instants at which something happens to the clocks or calendars of the workload's time zones. */
const turns = [
  "2024-02-29T23:59:00Z", // The last day of a leap February.
  "2025-03-30T01:00:00Z", // Europe/Berlin goes to summer time.
  "2025-10-26T01:00:00Z", // And back.
  "2025-04-06T03:00:00Z", // America/Santiago has the hour before midnight twice.
  "2025-09-07T04:00:00Z", // And has no midnight.
  "2025-04-05T15:00:00Z", // Australia/Lord_Howe goes back by half an hour.
  "2025-10-04T15:30:00Z", // And forward.
  "2026-01-01T00:00:00Z",
].map((instant) => Date.parse(instant));

/** An episode of `length` operations. */
export function drawEpisode(random: Random, length: number): Episode {
  const limits = drawLimits(random);
  const operations: Operation[] = [];
  let current = limits;
  for (let step = 0; step < length; step++) {
    const operation = drawOperation(random, current);
    if (operation.kind === "update") current = [...operation.limits];
    operations.push(operation);
  }
  return {
    startMs: drawStart(random),
    rememberMs: random.pick([1, 200, 600_000]),
    limits,
    operations,
  };
}

function drawStart(random: Random): number {
  if (random.oneIn(3)) return random.pick([0, 1_000_000]);
  return random.pick(turns) - random.integer(0, random.pick([10, 5_000, 100_000_000]));
}

/** The next step under `limits`. */
function drawOperation(random: Random, limits: readonly LimitSpec[]): Operation {
  const kind = drawKind(random);
  const lease = random.oneIn(4) ? random.integer(2, 12) : random.integer(0, 1);
  switch (kind) {
    case "time":
      return { kind, ms: drawTime(random) };
    case "retry":
      return { kind, earlyMs: random.integer(0, 1) };
    case "check":
    case "peek":
      return { kind, ...drawRequest(random, limits) };
    case "checkMany":
      return { kind, requests: drawRequests(random, limits) };
    case "reserve":
      return { kind, ...drawRequest(random, limits), ...drawReserveOptions(random) };
    case "repeat":
      return { kind, request: random.integer(0, 3) };
    case "extend":
    case "settle":
      return { kind, lease, cost: drawUsage(random, limits) };
    case "release":
    case "dispose":
      return { kind, lease };
    case "penalize":
    case "reward":
      return { kind, subject: drawSubject(random), cost: drawUsage(random, limits) };
    case "block":
      return {
        kind,
        subject: drawCounted(random, limits),
        forMs: random.pick([0, 1, 60, 1000, 100_000]),
      };
    case "reset":
      return { kind, subject: drawCounted(random, limits) };
    case "update":
      return { kind, limits: redrawLimits(random, limits) };
  }
}

function drawKind(random: Random): Operation["kind"] {
  let drawn = random.integer(1, allWeights);
  return kinds.find(([, weight]) => (drawn -= weight) <= 0)![0];
}

function drawTime(random: Random): number {
  if (random.oneIn(12)) return -random.pick([1, 50, 3_600_000]);
  if (random.oneIn(40)) return random.integer(1, random.pick([90_000_000, 5_000_000_000]));
  return random.integer(0, random.pick([0, 1, 5, 60, 1200, 400_000]));
}

/** Tenants keep their tier, but for one. */
function drawSubject(random: Random): Subject {
  const tenant = random.pick(["a", "a", "b", "c"]);
  const model = random.pick(["small", "large"]);
  const tier = { a: "pro", b: "free" }[tenant] ?? random.pick(["free", "pro", "other"]);
  return { tenant, model, tier };
}

/** Of a subject, the dimensions of one of the limits, and seldom others. */
function drawCounted(random: Random, limits: readonly LimitSpec[]): Subject {
  const subject = drawSubject(random);
  const per = random.oneIn(20) ? ["model"] : random.pick(limits).per;
  return Object.fromEntries(per.map((dimension) => [dimension, subject[dimension]]));
}

function drawRequest(
  random: Random,
  limits: readonly LimitSpec[],
): { subject: Subject; cost: Cost } {
  return { subject: drawSubject(random), cost: drawCost(random, limits) };
}

function drawRequests(random: Random, limits: readonly LimitSpec[]): CheckRequest[] {
  return Array.from({ length: random.integer(2, 5) }, () => drawRequest(random, limits));
}

function drawReserveOptions(random: Random): { id?: string; deadline?: number } {
  const id = random.oneIn(3) ? { id: `id-${random.integer(1, 8)}` } : {};
  const deadline = random.oneIn(3) ? { deadline: random.integer(1, 300) } : {};
  return { ...id, ...deadline };
}

/** Costs of 0 to one above the capacity, most of them small, and hardly ever as much as there can be. */
function drawCost(random: Random, limits: readonly LimitSpec[]): Cost {
  const cost: Record<string, number> = {};
  for (const spec of limits) {
    const capacity = drawCapacity(random, spec);
    const most = random.pick([1, 2, Math.ceil(capacity / 3), capacity, capacity + 1]);
    cost[unitOf(spec)] = random.integer(0, most);
  }
  return cost;
}

/** As a cost, but not every unit is named. */
function drawUsage(random: Random, limits: readonly LimitSpec[]): Cost {
  const usage: Record<string, number> = {};
  const isHuge = random.oneIn(200);
  for (const [unit, units = 0] of Object.entries(drawCost(random, limits))) {
    if (!random.oneIn(3)) usage[unit] = isHuge ? 2 ** 52 - units : units;
  }
  return usage;
}
