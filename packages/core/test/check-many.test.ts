import {
  type CheckRequest,
  concurrency,
  createLimiter,
  fixedWindow,
  type Limit,
  memoryStore,
  slidingWindow,
  tokenBucket,
} from "@sluice/core";
import { manualClock, seededRandom } from "@sluice/core/testing";
import { describe, expect, it } from "vitest";

const per = ["tenant"];
const unit = "tokens";
const rpm = slidingWindow({ name: "rpm", limit: 3, window: 100, per });
const tpm = slidingWindow({ name: "tpm", limit: 100, window: 100, unit, per });
const bucket = tokenBucket({ name: "bucket", capacity: 80, refill: 3, every: 7, unit, per });
const all = slidingWindow({ name: "all", limit: 100, window: 100, per: [] });
const day = fixedWindow({ name: "day", limit: 900, window: "day", unit, per });
const inflight = concurrency({ name: "inflight", limit: 2, expiresAfter: 50, per });
const acme = { tenant: "acme" };

function setUp(limits: readonly Limit[] = [rpm, tpm]) {
  const clock = manualClock(1_000);
  return { clock, limiter: createLimiter({ limits, store: memoryStore({ clock }) }) };
}

const drawn = (count: number): CheckRequest[] => {
  const random = seededRandom(count);
  return Array.from({ length: count }, () => ({
    subject: { tenant: random.pick(["a", "b", "c", "d", "e"]) },
    cost: { requests: random.integer(0, 4), tokens: random.integer(0, 60) },
  }));
};

describe("checkMany", () => {
  it.each([1, 63, 64, 65, 128, 201, 300])("answers %i requests as one by one", (count) => {
    const limits = [rpm, tpm, bucket, day, inflight, all];
    const [many, single] = [setUp(limits), setUp(limits)];
    for (let round = 0; round < 3; round++) {
      const batch = drawn(count + round);
      const decisions = many.limiter.checkMany(batch);
      expect(decisions).toEqual(
        batch.map(({ subject, cost }) => single.limiter.check(subject, cost)),
      );
      for (const { clock } of [many, single]) clock.advance(37);
    }
    expect(many.limiter.metrics()).toEqual(single.limiter.metrics());
  });

  it("decides on all at one instant, one request each where nothing is said", () => {
    let now = 0;
    const store = memoryStore({ clock: () => now++ });
    const limiter = createLimiter({ limits: [all], store });
    const decisions = limiter.checkMany(Array.from({ length: 250 }, () => ({ subject: {} })));
    expect(new Set(decisions.map(({ atMs }) => atMs)).size).toBe(1);
    expect(decisions.filter(({ allowed }) => allowed)).toHaveLength(100);
    expect(decisions.map(({ limits: [state] }) => state!.used).slice(0, 3)).toEqual([1, 2, 3]);
  });

  it("answers an empty batch with nothing", () => {
    const { limiter } = setUp();
    expect(limiter.checkMany([])).toEqual([]);
    expect(limiter.metrics().total).toBe(0);
  });

  it.each<[string, CheckRequest, string]>([
    ["a subject", { subject: {}, cost: { tokens: 1 } }, "invalid-subject"],
    ["a cost", { subject: acme, cost: { tokens: -1 } }, "invalid-cost"],
    ["a unit that is missing", { subject: acme }, "invalid-cost"],
  ])("changes nothing for a batch in which %s is wrong", (_, wrong, code) => {
    const { limiter } = setUp();
    const good = { subject: acme, cost: { tokens: 1 } };
    const batch = [...Array.from({ length: 150 }, () => good), wrong];
    expect(() => limiter.checkMany(batch)).toThrow(expect.objectContaining({ code }));
    expect(limiter.metrics()).toMatchObject({ total: 0, keys: 0 });
  });
});
