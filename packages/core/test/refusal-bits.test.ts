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
import { manualClock, type Random, seededRandom } from "@sluice/core/testing";
import { describe, expect, it } from "vitest";

const per = ["user"];
const limits = [
  slidingWindow({ name: "exact", limit: 12, window: 400, precisionMs: 1, per }),
  slidingWindow({ name: "slots", limit: 90, window: 300, precisionMs: 9, unit: "tokens", per: [] }),
  fixedWindow({ name: "day", limit: 100_000, window: "day", unit: "tokens", per }),
  tokenBucket({ name: "bucket", capacity: 60, refill: 3, every: 7, unit: "tokens", per }),
  concurrency({ name: "inflight", limit: 3, expiresAfter: 90, per }),
];
const users = ["a", "b", "c", "d", "e", "f"];
const shardsAt = 64;
const shardWords = 48;

/** As far as any page was taken: what lies behind is zeros. */
function wordsOf(buffer: SharedArrayBuffer): Int32Array {
  const [, , , units = 0] = new Int32Array(buffer, 0, 4);
  // Of fixed length: a view that follows the buffer's is far slower.
  return new Int32Array(buffer, 0, units * 4);
}

function isTime(word: number): boolean {
  const inShard = (word - shardsAt) % shardWords;
  return word >= shardsAt && word < shardsAt + 64 * shardWords && (inShard >> 1) * 2 === 8;
}

/** The first word where a table differs from a copy of it, but for the latest times that its shards have seen; -1 where none does. */
function difference(before: Int32Array, buffer: SharedArrayBuffer): number {
  const now = wordsOf(buffer);
  if (now.length !== before.length) return now.length;
  for (let word = 0; word < now.length; word++) {
    if (now[word] !== before[word] && !isTime(word)) return word;
  }
  return -1;
}

function createWorld(random: Random) {
  // Before a midnight, so that days pass too.
  const clock = manualClock(86_400_000 * random.integer(1, 20_000) - random.integer(1, 9_000));
  const store = memoryStore({ clock, shared: true, remember: 500 });
  const limiter = createLimiter({ limits, store });
  const leases: Lease<SyncStore>[] = [];
  const draw = () => ({
    requests: random.integer(0, 4),
    tokens: random.integer(0, 30),
    inflight: random.integer(0, 2),
  });
  const someUser = () => ({ user: random.pick(users) });
  const steps = [
    () => clock.advance(random.integer(0, 60)),
    () => limiter.check(someUser(), draw()),
    () => {
      const asked = random.oneIn(2) ? {} : { id: `${random.integer(0, 1e9)}` };
      const reservation = limiter.reserve(someUser(), draw(), asked);
      if (reservation.allowed) leases.push(reservation.lease);
    },
    () => random.pick(leases)?.extend({ tokens: random.integer(0, 9) }),
    () => random.pick(leases)?.settle(random.oneIn(2) ? draw() : "unknown"),
    () => random.pick(leases)?.release(),
    () => limiter.penalize(someUser(), { tokens: random.integer(0, 60) }),
    () => limiter.reward(someUser(), { tokens: random.integer(0, 60) }),
    () => random.oneIn(4) && limiter.block(someUser(), random.integer(1, 200)),
    () => random.oneIn(9) && limiter.reset(someUser()),
  ];
  const buffer = store.buffer!;
  return { limiter, buffer, someUser, draw, step: () => random.pick(steps)() };
}

describe("a refusal", () => {
  it("changes no bit of the table: neither of a check, nor a reservation, nor one of many", () => {
    const reasons = { "over-limit": 0, "never-fits": 0, blocked: 0 };
    for (let seed = 1; seed <= 9; seed++) {
      const random = seededRandom(seed);
      const { limiter, buffer, someUser, draw, step } = createWorld(random);
      for (let state = 0; state < 400; state++) {
        for (let count = random.integer(1, 8); count > 0; count--) step();
        const cost = { ...draw(), tokens: random.integer(0, 100), requests: random.integer(0, 14) };
        const subject = someUser();
        const { allowed, reason } = { reason: undefined, ...limiter.peek(subject, cost) };
        if (allowed || reason === undefined || reason === "store-unavailable") continue;
        reasons[reason]++;
        const before = wordsOf(buffer).slice();
        expect(limiter.check(subject, cost).allowed).toBe(false);
        expect(difference(before, buffer), `check, seed ${seed}`).toBe(-1);
        const id = random.oneIn(2) ? {} : { id: `fresh-${state}` };
        expect(limiter.reserve(subject, cost, id).allowed).toBe(false);
        expect(difference(before, buffer), `reserve, seed ${seed}`).toBe(-1);
        limiter.checkMany([
          { subject, cost },
          { subject, cost },
        ]);
        expect(difference(before, buffer), `checkMany, seed ${seed}`).toBe(-1);
      }
      const behind = new Int32Array(buffer, wordsOf(buffer).byteLength);
      expect(behind.every((word) => word === 0)).toBe(true);
    }
    const { blocked, ...others } = reasons;
    expect(Math.min(blocked, ...Object.values(others))).toBeGreaterThan(200);
    expect(blocked + others["over-limit"] + others["never-fits"]).toBeGreaterThan(2_000);
  });

  it("is told from an admission by these bytes", () => {
    const { limiter, buffer } = createWorld(seededRandom(1));
    const before = wordsOf(buffer).slice();
    limiter.check({ user: "a" }, { requests: 1, tokens: 1, inflight: 0 });
    expect(difference(before, buffer)).toBeGreaterThan(-1);
  });
});
