import {
  concurrency,
  createLimiter,
  fixedWindow,
  type Lease,
  memoryStore,
  slidingWindow,
  type SyncStore,
  tokenBucket,
} from "@sluice/core";
import { manualClock, seededRandom } from "@sluice/core/testing";

import { type Account, balance, disposed, type Entry, expired, extended } from "./ledger.ts";
import { reserved, settled } from "./ledger.ts";
import { type CountedSignal, createSignal } from "./signal.ts";

/** How many leases are granted, and where the draws begin. */
export interface CancelSizes {
  readonly leases: number;
  readonly seed: number;
}

/** What became of them. */
export interface CancelReport {
  readonly granted: number;
  readonly refused: number;
  readonly checkpoints: number;
  /** How many ended so. */
  readonly ends: Readonly<Record<Step, number>>;
  readonly foundExpired: number;
  /** What the store told otherwise than the ledger, with when. */
  readonly wrong: readonly string[];
  /** Once all deadlines and windows have passed, and then `remember`. */
  readonly left: { readonly inFlight: number; readonly keys: number; readonly leases: number };
  /** Of signals that a lease still listens to although it was ended. */
  readonly listeners: number;
}

const steps = ["extend", "settle", "release", "dispose", "abort", "crash"] as const;
type Step = (typeof steps)[number];

const lifeMs = 300;
const rememberMs = 800;
const windowMs = 2_000;
const slotMs = 10;
const dayMs = 86_400_000;
const per = ["user"];
const subjects = Array.from({ length: 6 }, (_, index) => ({ user: `user-${index}` }));

const limits = [
  slidingWindow({
    name: "tokens",
    limit: 30_000,
    window: windowMs,
    precisionMs: slotMs,
    unit: "tokens",
    per,
  }),
  fixedWindow({ name: "day", limit: 1e12, window: "day", unit: "usd", onExpiry: "refund", per }),
  slidingWindow({ name: "requests", limit: 120, window: 500, precisionMs: 1, per }),
  concurrency({ name: "inflight", limit: 24, expiresAfter: lifeMs, per }),
  tokenBucket({ name: "bucket", capacity: 1e9, refill: 1e7, every: 1_000, unit: "tokens", per }),
];
/** Those whose charges stay until an instant, that of the bucket being a level. */
const kept = [0, 1, 2] as const;
const inFlight = 3;

const nothing = { tokens: 0, usd: 0, requests: 0, inflight: 0 };

interface Held {
  readonly lease: Lease<SyncStore>;
  readonly signal: CountedSignal;
  readonly subject: number;
  readonly entries: readonly Entry[];
  deadlineMs: number;
  state: "live" | "expired" | "settled";
  /** When an expired one is no longer known. */
  forgetAtMs: number;
}

/** Reserves, and cancels each lease at some point of its life in one of many ways, beside a ledger that is told the same. */
export function cancel({ leases, seed }: CancelSizes): CancelReport {
  const random = seededRandom(seed);
  // Not long before a midnight, which the leases live to see.
  const clock = manualClock(dayMs * 20_000 - 20_000);
  const store = memoryStore({ clock, remember: rememberMs });
  let foundExpired = 0;
  const limiter = createLimiter({
    limits,
    store,
    observe(event) {
      if (event.kind === "expiry") foundExpired += event.leases;
    },
  });
  const accounts: Account[][] = subjects.map(() => kept.map(() => new Map<number, number>()));
  const ends = { extend: 0, settle: 0, release: 0, dispose: 0, abort: 0, crash: 0 };
  const wrong: string[] = [];
  let [granted, refused, inTime, checkpoints, listeners] = [0, 0, 0, 0, 0];
  let held: Held[] = [];
  /** Those whose holders are gone, until their deadlines. */
  let crashed: Held[] = [];

  const leavesAt = (now: number): readonly number[] => [
    now - (now % slotMs) + slotMs - 1 + windowMs,
    now - (now % dayMs) + dayMs,
    now + 500,
  ];
  const differ = <T extends number | boolean>(
    what: string,
    expected: T,
    got: T | undefined,
  ): void => {
    if (expected !== got) wrong.push(`${what} at ${clock()}: expected ${expected}, got ${got}`);
  };

  function reserve(): void {
    const now = clock();
    const subject = random.integer(0, subjects.length - 1);
    const cost = { tokens: random.integer(0, 400), usd: random.integer(0, 9), requests: 1 };
    const signal = createSignal();
    const answer = limiter.reserve(subjects[subject]!, { ...cost, inflight: 1 }, { signal });
    if (!answer.allowed) {
      refused++;
      return;
    }
    granted++;
    const estimates = [cost.tokens, cost.usd, cost.requests];
    const rules = ["charge-used", "refund", "charge-estimate"] as const;
    const leaves = leavesAt(now);
    const entries = kept.map((limit) =>
      reserved(accounts[subject]![limit]!, estimates[limit]!, rules[limit], leaves[limit]!),
    );
    const deadlineMs = now + lifeMs;
    const { lease } = answer;
    held.push({
      lease,
      signal,
      subject,
      entries,
      deadlineMs,
      state: "live",
      forgetAtMs: Infinity,
    });
  }

  /** Lets the ledger know of a deadline that has passed. */
  function age(one: Held): void {
    if (one.state !== "live" || one.deadlineMs > clock()) return;
    one.state = "expired";
    one.forgetAtMs = one.deadlineMs + rememberMs;
    for (const entry of one.entries) expired(entry, one.deadlineMs);
  }

  function act(one: Held, step: Step): void {
    const now = clock();
    const leaves = leavesAt(now);
    const tokens = random.oneIn(3) ? undefined : random.integer(0, 600);
    const usage = tokens === undefined ? {} : { tokens };
    const amounts = [tokens, undefined, undefined];
    age(one);
    const isKnown = one.state !== "settled" && one.forgetAtMs > now;
    const each = (tell: (entry: Entry, limit: number) => void): void => {
      if (isKnown) for (const limit of kept) tell(one.entries[limit]!, limit);
    };
    ends[step]++;
    if (step === "crash") return;
    if (step === "extend") {
      differ("extend", isKnown, one.lease.extend(usage).applied);
      each((entry, limit) => extended(entry, amounts[limit], now, leaves[limit]!));
      if (isKnown && one.state === "live") one.deadlineMs = now + lifeMs;
      else if (isKnown) one.forgetAtMs = now + rememberMs;
      return;
    }
    if (isKnown && one.state === "live") inTime++;
    if (step === "settle") {
      differ("settle", isKnown, one.lease.settle(usage).applied);
      each((entry, limit) => settled(entry, amounts[limit], false, now, leaves[limit]!));
    } else if (step === "release") {
      differ("release", isKnown, one.lease.release().applied);
      each((entry, limit) => settled(entry, undefined, true, now, leaves[limit]!));
    } else {
      if (step === "abort") one.signal.abort();
      else one.lease[Symbol.dispose]();
      each((entry, limit) => disposed(entry, now, leaves[limit]!));
    }
    one.state = "settled";
    listeners += one.signal.listeners();
  }

  function checkpoint(): void {
    checkpoints++;
    store.sweep();
    for (const one of [...held, ...crashed]) age(one);
    crashed = crashed.filter(({ state }) => state === "live");
    const live = [...held, ...crashed].filter(({ state }) => state === "live");
    for (const [index, subject] of subjects.entries()) {
      const told = limiter.peek(subject, nothing).limits;
      for (const limit of kept) {
        const expected = balance(accounts[index]![limit]!, clock());
        differ(`${limits[limit]!.name} of ${subject.user}`, expected, told[limit]?.used);
      }
      const mine = live.filter((one) => one.subject === index).length;
      differ(`in flight of ${subject.user}`, mine, told[inFlight]?.used);
    }
    differ("leases that live", live.length, store.size().live);
    differ("leases granted", granted, inTime + foundExpired + live.length);
  }

  for (let turn = 0; granted < leases; turn++) {
    clock.advance(random.oneIn(500) ? random.integer(0, 3_000) : random.integer(0, 4));
    reserve();
    for (let count = random.integer(0, 3); count > 0 && held.length > 0; count--) {
      // Most of those that came last, some of them long after their deadlines.
      const place = random.integer(Math.max(0, held.length - 80), held.length - 1);
      const one = held[place]!;
      const step = random.oneIn(2) ? "extend" : random.pick(steps);
      act(one, step);
      if (step === "extend") continue;
      // A few are ended twice.
      if (random.oneIn(8)) continue;
      held[place] = held.at(-1)!;
      held.pop();
      if (one.state !== "settled") crashed.push(one);
    }
    while (held.length > 200) {
      ends.crash++;
      crashed.push(held.shift()!);
    }
    if (turn % 1_000 === 999) checkpoint();
  }
  clock.advance(lifeMs);
  checkpoint();
  held = [];
  const places = subjects.map((subject) => limiter.peek(subject, nothing).limits[inFlight]!.used);
  clock.advance(dayMs + rememberMs);
  checkpoint();
  store.sweep();
  const { keys, leases: remembered } = store.size();
  return {
    granted,
    refused,
    checkpoints,
    ends,
    foundExpired,
    wrong,
    left: { inFlight: places.reduce((sum, one) => sum + one), keys, leases: remembered },
    listeners,
  };
}
