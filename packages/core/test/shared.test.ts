import { createLimiter, memoryStore } from "@sluice/core";
import { manualClock } from "@sluice/core/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { granted } from "./granted.ts";
import { type Crew, startCrew } from "./threads/crew.ts";
import { racedLimit, shelf, type Task, tightLimit } from "./threads/limits.ts";

const threads = 3;
const store = memoryStore({ clock: manualClock(), shared: true });
const one = createLimiter({ limits: shelf.one, store });
let crew: Crew;

const sum = (numbers: readonly number[]): number =>
  numbers.reduce((all, number) => all + number, 0);
const forAll = (task: Task): readonly Task[] => Array.from({ length: threads }, () => task);

describe("a table that threads share", () => {
  beforeAll(() => {
    crew = startCrew(threads, store.buffer!);
  });

  afterAll(async () => {
    await crew.stop();
  });

  it("admits exactly the limit of one key that all threads race for, again and again", async () => {
    for (let round = 0; round < 8; round++) {
      const user = `raced-${round}`;
      const done = await crew.run(forAll({ on: "one", user, verb: "check", times: racedLimit }));
      expect(sum(done.map(({ allowed }) => allowed))).toBe(racedLimit);
      // Or it was no race.
      expect(one.peek({ user })).toMatchObject({ allowed: false, limits: [{ used: racedLimit }] });
    }
  });

  it("charges all of three limits or none, whoever races", async () => {
    const three = createLimiter({ limits: shelf.three, store });
    const before = three.peek({ user: "nobody" }).limits[2]!.used;
    for (let round = 1; round <= 5; round++) {
      const user = `three-${round}`;
      const done = await crew.run(forAll({ on: "three", user, verb: "check", times: 500 }));
      expect(sum(done.map(({ allowed }) => allowed))).toBe(tightLimit);
      const used = three.peek({ user }).limits.map((state) => state.used);
      expect(used).toEqual([tightLimit, tightLimit, before + round * tightLimit]);
    }
  });

  it("grows under all of them at once, and counts every key exactly", async () => {
    const [times, rounds] = [6_000, 3];
    const many = createLimiter({ limits: shelf.many, store });
    const bytes = store.size().bytes;
    const keys = store.size().keys;
    for (let round = 0; round < rounds; round++) {
      // Keys that all of them know, and some that only one does.
      const tasks = Array.from({ length: threads }, (_, thread): Task => ({
        on: "many",
        user: round === 0 ? "common" : `of-${thread}`,
        verb: "check",
        times,
        fresh: true,
      }));
      const done = await crew.run(tasks);
      expect(sum(done.map(({ allowed }) => allowed))).toBe(times * threads);
    }
    const wrong: string[] = [];
    const expectUsed = (user: string, used: number): void => {
      if (many.peek({ user }).limits[0]!.used !== used) wrong.push(user);
    };
    for (let count = 0; count < times; count++) {
      expectUsed(`common-${count}`, threads);
      for (let thread = 0; thread < threads; thread++) expectUsed(`of-${thread}-${count}`, 2);
    }
    expect(wrong).toEqual([]);
    expect(store.size().keys - keys).toBe(times * (threads + 1));
    expect(store.size().bytes).toBeGreaterThan(bytes);
  });

  it("knows a lease of one thread in another, where it is settled", async () => {
    const leased = createLimiter({ limits: shelf.leased, store });
    const subject = { user: "holder" };
    const lease = granted(leased.reserve(subject, { tokens: 10, inflight: 1 }, { id: "job" }));
    const [done] = await crew.run([{ on: "leased", user: "holder", verb: "settle", id: "job" }]);
    expect(done).toMatchObject({ allowed: 1, replayed: true, used: [3, 0] });
    expect(lease.settle({ tokens: 500 }).applied).toBe(false);
    const told = leased.peek(subject, { tokens: 1, inflight: 1 });
    expect(told.limits.map(({ used }) => used)).toEqual([3, 0]);
  });

  it("lets one of all threads that bring the same id settle it", async () => {
    const leased = createLimiter({ limits: shelf.leased, store });
    for (let round = 0; round < 20; round++) {
      const user = `ids-${round}`;
      const done = await crew.run(forAll({ on: "leased", user, verb: "settle", id: "same" }));
      expect(sum(done.map(({ allowed }) => allowed))).toBe(1);
      expect(done.filter(({ replayed }) => replayed)).toHaveLength(threads - 1);
      expect(leased.peek({ user }, { tokens: 0, inflight: 1 }).limits[0]!.used).toBe(3);
    }
  });

  it("shows all threads a block that one makes, and a reset", async () => {
    const task = { on: "one", user: "blocked" } as const;
    await crew.run([{ ...task, verb: "block" }]);
    const seen = await crew.run(forAll({ ...task, verb: "peek" }));
    expect(seen.map(({ reason }) => reason)).toEqual(["blocked", "blocked", "blocked"]);
    expect(one.check({ user: "blocked" })).toMatchObject({ allowed: false, reason: "blocked" });
    await crew.run([{ ...task, verb: "reset" }]);
    expect(one.check({ user: "blocked" }).allowed).toBe(true);
    const after = await crew.run(forAll({ ...task, verb: "peek" }));
    expect(after.map(({ used }) => used)).toEqual([[1], [1], [1]]);
  });

  it("is unlocked once all have done", () => {
    const words = new Uint32Array(store.buffer!);
    const locks = Array.from({ length: 64 }, (_, shard) => words[64 + shard * 48]);
    expect(locks.filter((lock) => lock !== 0)).toEqual([]);
  });
});

describe("a full table that threads share", () => {
  it("has no more counts than it may, but for one that each other thread adds at the same moment", async () => {
    const maxKeys = 2_000;
    const full = memoryStore({ clock: manualClock(), shared: true, maxKeys });
    const others = startCrew(threads, full.buffer!);
    try {
      const tasks = Array.from({ length: threads }, (_, thread): Task => ({
        on: "half",
        user: `of-${thread}`,
        verb: "check",
        times: 20_000,
        fresh: true,
      }));
      const done = await others.run(tasks);
      const most = Math.max(...done.map(({ mostKeys }) => mostKeys), full.size().keys);
      expect(most).toBeGreaterThanOrEqual(maxKeys);
      expect(most).toBeLessThan(maxKeys + threads);
    } finally {
      await others.stop();
    }
  });
});
