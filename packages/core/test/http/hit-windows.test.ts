import { type HitStore, hitCount, hitWindows, storeCounter } from "@sluice/core/http";
import { manualClock } from "@sluice/core/testing";
import { describe, expect, it } from "vitest";

function windowsOf(maxKeys?: number) {
  const clock = manualClock();
  const sized = maxKeys === undefined ? {} : { maxKeys };
  return { clock, windows: hitWindows({ windowMs: () => 1_000, clock, ...sized }) };
}

describe("hitWindows", () => {
  it("counts from a client's first hit until a window later, to the millisecond", () => {
    const { clock, windows } = windowsOf();
    const start = clock();
    const seen = [];
    for (const at of [0, 999, 1_000, 1_001, 2_000]) {
      clock.advance(start + at - clock());
      const { totalHits, resetTime } = windows.hit("a");
      seen.push([at, totalHits, Number(resetTime) - start]);
    }
    expect(seen).toEqual([
      [0, 1, 1_000],
      [999, 2, 1_000],
      [1_000, 1, 2_000],
      [1_001, 2, 2_000],
      [2_000, 1, 3_000],
    ]);
  });

  it("finds and forgets only what there is", () => {
    const { clock, windows } = windowsOf();
    windows.hit("a");
    windows.hit("b");
    clock.advance(999);
    expect(windows.find("a")?.totalHits).toBe(1);
    windows.forget("a");
    expect(windows.find("a")).toBeUndefined();
    clock.advance(1);
    expect(windows.find("b")).toBeUndefined();
    windows.hit("b");
    windows.clear();
    expect(windows.find("b")).toBeUndefined();
  });

  it("forgets whoever was not seen since the last generation, too", () => {
    const { windows } = windowsOf(4);
    for (const key of ["a", "b", "c"]) windows.hit(key);
    expect([...windows.previous.keys()]).toEqual(["a", "b"]);
    windows.forget("a");
    expect([windows.find("a"), windows.find("b")?.totalHits]).toEqual([undefined, 1]);
    windows.clear();
    expect(windows.find("b")).toBeUndefined();
  });

  it("keeps a running window from one generation to the next, and nobody for three", () => {
    const { clock, windows } = windowsOf();
    windows.hit("first");
    clock.advance(600);
    windows.hit("second");
    clock.advance(600);
    windows.hit("third");
    expect(windows.hit("second").totalHits).toBe(2);
    expect([[...windows.previous.keys()], [...windows.current.keys()]]).toEqual([
      ["first"],
      ["third", "second"],
    ]);
    clock.advance(1_000);
    windows.hit("fourth");
    expect([...windows.previous.keys(), ...windows.current.keys()]).toEqual([
      "third",
      "second",
      "fourth",
    ]);
  });

  it("is bounded by maxKeys, and forgets those that are refused last", () => {
    const { windows } = windowsOf(100);
    windows.hit("refused").refused++;
    windows.hit("served");
    for (let key = 0; key < 1_000; key++) {
      windows.hit(`fresh ${key}`);
      expect(windows.current.size + windows.previous.size).toBeLessThanOrEqual(100);
    }
    expect([windows.find("refused")?.totalHits, windows.find("served")]).toEqual([1, undefined]);
  });

  it("is bounded where everybody is refused, too, and does not turn at every hit then", () => {
    const { windows } = windowsOf(100);
    let [turns, before] = [0, windows.current];
    for (let key = 0; key < 1_000; key++) {
      windows.hit(`fresh ${key}`).refused++;
      if (windows.current !== before) turns++;
      before = windows.current;
      expect(windows.current.size + windows.previous.size).toBeLessThanOrEqual(100);
    }
    expect(turns).toBeLessThanOrEqual(1_000 / 25);
  });

  it("drops who was refused once the window has ended, however full it is", () => {
    const { clock, windows } = windowsOf(8);
    windows.hit("refused").refused++;
    clock.advance(999);
    for (const key of "abcdef") windows.hit(key);
    clock.advance(1);
    for (const key of "ghijkl") windows.hit(key);
    expect([...windows.current.keys(), ...windows.previous.keys()]).not.toContain("refused");
  });

  it.each([0, -1, 1.5, Number.NaN, Infinity])(
    "is never without a bound: maxKeys of %s",
    (maxKeys) => {
      expect(() => windowsOf(maxKeys)).toThrow("maxKeys must be a positive integer");
    },
  );

  it("keeps nobody for longer than a window when the clock is set back", () => {
    let now = 1_000_000;
    const windows = hitWindows({ windowMs: () => 1_000, clock: () => now });
    windows.hit("a");
    now -= 500_000;
    expect(windows.hit("a")).toMatchObject({ totalHits: 2, resetTime: new Date(now + 1_000) });
    now += 1_000;
    expect(windows.hit("a").totalHits).toBe(1);
  });
});

function counted() {
  const windows = hitWindows({ windowMs: () => 1_000, clock: manualClock() });
  const store: HitStore = {
    increment: (key) =>
      hitCount(windows, key, ({ totalHits, resetTime }) => ({ totalHits, resetTime })),
    decrement(key) {
      const window = windows.find(key);
      if (window !== undefined) window.totalHits--;
    },
  };
  return { windows, counter: storeCounter(store) };
}

describe("storeCounter over hitWindows", () => {
  it("tells of refused hits, and does not hold them against the client", async () => {
    const { counter } = counted();
    const told = [];
    for (const limit of [2, 2, 2, 2, 5, 2]) told.push((await counter.hit("a")).judge(limit));
    expect(told).toEqual([
      { isRefused: false, used: 1, remaining: 1 },
      { isRefused: false, used: 2, remaining: 0 },
      { isRefused: true, used: 3, remaining: 0 },
      { isRefused: true, used: 4, remaining: 0 },
      { isRefused: false, used: 3, remaining: 2 },
      { isRefused: true, used: 6, remaining: 0 },
    ]);
  });

  it("judges each of many at once by what was counted before it, in whatever order", async () => {
    const { counter } = counted();
    const hits = [];
    for (let hit = 0; hit < 4; hit++) hits.push(await counter.hit("a"));
    const verdicts = hits.toReversed().map((hit) => hit.judge(2).isRefused);
    expect(verdicts).toEqual([true, true, false, false]);
  });

  it("tells when the window ends as it was told, whatever the store makes of its answer later", async () => {
    const resetTime = new Date(5_000);
    const counter = storeCounter({
      increment: () => ({ totalHits: 1, resetTime }),
      decrement() {},
    });
    const hit = await counter.hit("a");
    resetTime.setTime(9_000);
    expect(hit.resetTime).toEqual(new Date(5_000));
  });

  it("gives back what was refused as refused, and what was charged as charged", async () => {
    const { counter, windows } = counted();
    const [first, second] = [await counter.hit("a"), await counter.hit("a")];
    first.judge(1);
    second.judge(1);
    await second.giveBack();
    expect(windows.find("a")).toMatchObject({ totalHits: 1, refused: 0 });
    await first.giveBack();
    expect(windows.find("a")).toMatchObject({ totalHits: 0, refused: 0 });
  });

  it("takes nothing from a window that began after the client was forgotten", async () => {
    const { counter, windows } = counted();
    const before = await counter.hit("a");
    before.judge(1);
    windows.forget("a");
    (await counter.hit("a")).judge(1);
    await before.giveBack();
    expect((await counter.hit("a")).judge(1).isRefused).toBe(true);
  });
});
