import { concurrency, createLimiter, memoryStore, slidingWindow, tokenBucket } from "@sluice/core";
import { manualClock } from "@sluice/core/testing";
import { describe, expect, it } from "vitest";

import { granted } from "./granted.ts";
import { readTable } from "./table.ts";

const per = ["user"];
const startMs = 1_000_000;
const slotMs = 50;

const tokens = slidingWindow({
  name: "tpm",
  limit: 1_000,
  window: 60_000,
  precisionMs: slotMs,
  unit: "tokens",
  per,
});
const requests = slidingWindow({ name: "rpm", limit: 100, window: 10_000, precisionMs: 1, per });
const bucket = tokenBucket({ name: "burst", capacity: 50, refill: 2, every: 1_000, per });
const places = concurrency({ name: "inflight", limit: 9, expiresAfter: 7_000, per });
const scopes = {
  tokens: "tpm|sliding-window|tokens|user",
  requests: "rpm|sliding-window|requests|user",
  bucket: "burst|token-bucket|requests|user",
  places: "inflight|concurrency|inflight|user",
};

function setUp(limits: Parameters<typeof createLimiter>[0]["limits"] = [requests]) {
  const clock = manualClock(startMs);
  const caps = { maxKeys: 70_000, maxLeases: 900, remember: 4_321 };
  const store = memoryStore({ clock, shared: true, ...caps });
  const limiter = createLimiter({ limits, store });
  const read = () => readTable(store.buffer!);
  return { clock, store, limiter, read };
}

describe("the table, read by hand after docs/layout.md", () => {
  it("begins with a header that says what it is and how much is in it", () => {
    const { limiter, read, store } = setUp([requests, bucket]);
    for (let user = 0; user < 10; user++) limiter.check({ user: `${user}` });
    limiter.reserve({ user: "0" });
    const { words, numbers } = read();
    expect(words[0]).toBe(0x45_43_4c_53);
    expect(words[1]).toBe(1);
    expect(words[2]).toBe(store.buffer!.byteLength / 16);
    expect(words[3]! % 256).toBe(0);
    expect(words[3]! / 256).toBeGreaterThan(4);
    expect([...words.subarray(6, 9)]).toEqual([20, 1, 1]);
    expect([...words.subarray(12, 14)]).toEqual([70_000, 900]);
    expect(numbers[7]).toBe(4_321);
  });

  it("has two secrets of 32 bits, other ones in each table", () => {
    const secrets = [setUp(), setUp()].flatMap(({ read }) => [...read().words.subarray(4, 6)]);
    expect(new Set(secrets).size).toBe(4);
  });

  it("has shards that know the latest time that they saw, and are unlocked between calls", () => {
    const { limiter, read, clock } = setUp();
    clock.advance(77);
    limiter.check({ user: "a" });
    const { words, numbers, hashOfCount, shardWord } = read();
    const hash = hashOfCount(scopes.requests, "a");
    expect(numbers[shardWord(hash, 8) / 2]).toBe(startMs + 77);
    expect(words[shardWord(hash, 0)]).toBe(0);
    const times = Array.from({ length: 64 }, (_, shard) => numbers[(64 + shard * 48 + 8) / 2]);
    expect(times.filter((time) => time === -Infinity)).toHaveLength(63);
  });

  it("leads from the hash of each of many counts to its line, by directory and page", () => {
    const { limiter, read } = setUp([tokens, requests]);
    for (let user = 0; user < 20_000; user++) {
      limiter.check({ user: `user-${user}` }, { tokens: (user % 900) + 1, requests: 1 });
    }
    const { words, numbers, hashOfCount, countOf } = read();
    const wrong: number[] = [];
    for (let user = 0; user < 20_000; user++) {
      const line = countOf(hashOfCount(scopes.tokens, `user-${user}`));
      if (line === 0 || numbers[line * 2 + 1] !== (user % 900) + 1) wrong.push(user);
    }
    expect(wrong).toEqual([]);
    expect(words[6]).toBe(40_000);
    expect(countOf(hashOfCount(scopes.tokens, "user-20000"))).toBe(0);
    expect(countOf(hashOfCount(scopes.bucket, "user-1"))).toBe(0);
  });

  it("joins the values of several dimensions, each after its length", () => {
    const both = slidingWindow({ name: "pair", limit: 5, window: 1_000, per: ["tenant", "user"] });
    const { limiter, read } = setUp([both]);
    limiter.check({ tenant: "acme", user: "\u0161x" });
    const { hashOfCount, countOf } = read();
    const scope = "pair|sliding-window|requests|tenant|user";
    expect(countOf(hashOfCount(scope, "4:acme|2:\u0161x|"))).toBeGreaterThan(0);
  });

  it("keeps up to four charges in the line, by the end of their slots, and says when the last leaves", () => {
    const { limiter, read, clock } = setUp([tokens]);
    for (const amount of [5, 6, 7, 8]) {
      limiter.check({ user: "a" }, { tokens: amount });
      clock.advance(slotMs);
    }
    const { words, numbers, hashOfCount, countOf } = read();
    const line = countOf(hashOfCount(scopes.tokens, "a"));
    const slots = [0, 1, 2, 3].map((slot) => startMs + slot * slotMs + slotMs - 1);
    expect(numbers[line * 2 + 1]).toBe(26);
    expect(numbers[line * 2 + 2]).toBe(slots[3]! + 60_000);
    expect(words[line * 4 + 6]).toBe(0);
    expect(words[line * 4 + 7]! % 8).toBe(1);
    expect([...words.subarray(line * 4 + 8, line * 4 + 16)]).toEqual(
      slots.flatMap((slot, index) => [slot % 2 ** 32, index + 5]),
    );
  });

  it("spills a fifth charge into a ring, and notes the first slot", () => {
    const { limiter, read, clock } = setUp();
    for (let count = 0; count < 60; count++) {
      limiter.check({ user: "a" });
      clock.advance(3);
    }
    const { words, numbers, hashOfCount, countOf, ringAt } = read();
    const line = countOf(hashOfCount(scopes.requests, "a"));
    expect(words[line * 4 + 7]! % 8).toBe(1 + 2 + 4);
    const charges = Array.from({ length: 60 }, (_, index) => [startMs + index * 3, 1]);
    expect(ringAt(line * 4 + 8)).toEqual(charges);
    expect(numbers[line * 2 + 6]).toBe(startMs);
  });

  it("keeps of a token bucket the level in fractions, when it was so, and all that was ever charged", () => {
    const { limiter, read, clock } = setUp([bucket]);
    limiter.check({ user: "a" }, { requests: 30 });
    clock.advance(250);
    limiter.check({ user: "a" }, { requests: 10 });
    const { numbers, hashOfCount, countOf } = read();
    const line = countOf(hashOfCount(scopes.bucket, "a"));
    // Two a second are one in 500 ms, in lowest terms.
    expect(numbers[line * 2 + 1]).toBe(40 * 500 - 250);
    expect(numbers[line * 2 + 2]).toBe(startMs + 250 + 40 * 500 - 250);
    expect([...numbers.subarray(line * 2 + 4, line * 2 + 7)]).toEqual([startMs + 250, 40, 500]);
  });

  it("keeps a block, and what leases hold until when, in an extension", () => {
    const { limiter, read, clock } = setUp([places]);
    limiter.reserve({ user: "a" }, { inflight: 2 });
    clock.advance(10);
    limiter.reserve({ user: "a" }, { inflight: 3 });
    limiter.block({ user: "a" }, 123);
    const { words, numbers, hashOfCount, countOf, ringAt } = read();
    const extension = words[countOf(hashOfCount(scopes.places, "a")) * 4 + 6]!;
    expect(numbers[extension * 2]).toBe(startMs + 10 + 123);
    expect(numbers[extension * 2 + 1]).toBe(5);
    expect(ringAt(extension * 4 + 4)).toEqual([
      [startMs + 7_000, 2],
      [startMs + 7_010, 3],
    ]);
    expect(numbers[extension * 2 + 4]).toBe(startMs + 7_010);
    expect(words[extension * 4 + 10]).toBe(2);
  });

  it("has leases, each with what it holds of each count", () => {
    const { limiter, read, clock, store } = setUp([tokens, places]);
    const cost = { tokens: 40, inflight: 2 };
    const lease = granted(limiter.reserve({ user: "a" }, cost, { id: "job" }));
    clock.advance(20);
    lease.extend({ tokens: 15 });
    const { words, numbers, hashOfCount, countOf, hashOfId, leaseOf } = read();
    const id = `3:job|${scopes.tokens}|1:a|${scopes.places}|1:a`;
    const block = leaseOf(hashOfId(id));
    expect(block).toBeGreaterThan(0);
    expect(words[block * 4 + 2]).toBe(2 + 256);
    expect(words[block * 4 + 3]).toBe(4);
    const deadlineMs = startMs + 20 + 7_000;
    expect([...numbers.subarray(block * 2 + 2, block * 2 + 5)]).toEqual([
      deadlineMs,
      Infinity,
      7_000,
    ]);
    const holding = (index: number): readonly number[] => {
      const at = block + 3 + index * 5;
      const { a, b } = hashOfCount([scopes.tokens, scopes.places][index]!, "a");
      expect([...words.subarray(at * 4, at * 4 + 2)]).toEqual([a, b]);
      const birth = words[countOf({ a, b }) * 4 + 7]! >>> 3;
      expect(words[at * 4 + 2]! >>> 3).toBe(birth);
      expect(words[at * 4 + 3]).toBe(1);
      return [...numbers.subarray(at * 2 + 2, at * 2 + 9)];
    };
    // By the default rule of tokens, what was reported outlives the lease and the rest would go back.
    expect(holding(0)).toEqual([40, 15, startMs + slotMs - 1, 40, 15, 25, deadlineMs]);
    expect(holding(1).with(1, 0)).toEqual([2, 0, Infinity, 2, 0, 2, deadlineMs]);
    lease.settle();
    expect(words[block * 4 + 2]).toBe(2 + 2 * 64 + 256);
    expect(numbers[block * 2 + 3]).toBe(startMs + 20 + 4_321);
    expect(store.size()).toMatchObject({ leases: 1, live: 0 });
  });
});
