import {
  concurrency,
  createLimiter,
  type Limit,
  memoryStore,
  slidingWindow,
  tokenBucket,
} from "@sluice/core";
import {
  checkHistory,
  type CheckHistoryOptions,
  drawEpisode,
  type HistoryRecord,
  type HistoryVerdict,
  limitOf,
  manualClock,
  playEpisode,
  recordHistory,
  seededRandom,
} from "@sluice/core/testing";
import { describe, expect, it } from "vitest";

import { granted } from "./granted.ts";

const per: string[] = [];
const limits: readonly Limit[] = [
  slidingWindow({ name: "tokens", limit: 10, window: 100, unit: "tokens", per }),
  concurrency({ name: "inflight", limit: 2, expiresAfter: 50, per }),
];

/** A minute in the life of a store: two leases settle, one expires, one is live in the end, and one is refused. */
function validHistory(): HistoryRecord[] {
  const clock = manualClock(1_000);
  const { store, records } = recordHistory(memoryStore({ clock }));
  const limiter = createLimiter({ limits, store });
  const first = granted(limiter.reserve({}, { tokens: 6 }, { id: "first" }));
  clock.advance(10);
  const second = granted(limiter.reserve({}, { tokens: 4 }, { id: "second" }));
  expect(limiter.reserve({}, { tokens: 1 }).allowed).toBe(false);
  clock.advance(10);
  first.settle({ tokens: 3 });
  clock.advance(10);
  granted(limiter.reserve({}, { tokens: 2 }));
  expect(limiter.reserve({}, { tokens: 4 }, { id: "second" })).toMatchObject({ replayed: true });
  second.extend({ tokens: 5 });
  clock.advance(10);
  second.settle();
  clock.advance(50);
  limiter.check({}, { tokens: 1 });
  clock.advance(20);
  granted(limiter.reserve({}, { tokens: 3 }));
  return [...records];
}

const check = (
  history: readonly HistoryRecord[],
  options: Partial<CheckHistoryOptions> = {},
): HistoryVerdict => checkHistory(history, { limits, overage: "counted", ...options });

/** Which invariants do not hold. */
const broken = ({ I1, I4, I5, I6, recovery }: HistoryVerdict): string[] =>
  Object.entries({ I1, I4, I5, I6, recovery }).flatMap(([name, { holds }]) =>
    holds ? [] : [name],
  );

/** The history with `change` made to the records that `is` it is about. */
const changed = (
  is: (record: HistoryRecord) => boolean,
  change: Partial<HistoryRecord>,
): HistoryRecord[] =>
  validHistory().map((record) =>
    is(record) ? ({ ...record, ...change } as HistoryRecord) : record,
  );

const bursts = (atMs: number): HistoryRecord[] => [
  { kind: "grant", limit: "bucket", subject: "", atMs: 0, cost: 10 },
  { kind: "grant", limit: "bucket", subject: "", atMs, cost: 2 },
];

describe("a history that keeps every promise", () => {
  it("is valid, and its leases are accounted for", () => {
    const verdict = check(validHistory());
    expect(broken(verdict)).toEqual([]);
    expect(verdict.isValid).toBe(true);
    expect(verdict.leases).toMatchObject({ granted: 4, settled: 2, expired: 1, live: 1 });
    expect(verdict.I5.worst).toBe(1);
  });

  it("survives JSON, and being put together from parts", () => {
    const text = validHistory().map((record) => JSON.stringify(record));
    const parsed: HistoryRecord[] = text.toReversed().map((line) => JSON.parse(line));
    expect(broken(check(parsed.toReversed()))).toEqual([]);
    const odd = parsed.filter((_, index) => index % 2 === 1).toReversed();
    const even = parsed.filter((_, index) => index % 2 === 0).toReversed();
    expect(broken(check([...odd, ...even], { compareUsed: false }))).toEqual([]);
  });

  it("is what a memory store makes of random operations", async () => {
    const random = seededRandom(8);
    let records = 0;
    for (let count = 0; count < 120; count++) {
      const episode = drawEpisode(random, 300);
      const drawn = episode.limits.map(limitOf);
      // Numbers of windows and refills that depend on the subject are not in a history.
      const isPlain = drawn.every((limit) =>
        [limit].every((one) => {
          const { windowMs = 0, refill = 0 } = one as { windowMs?: unknown; refill?: unknown };
          return typeof windowMs === "number" && typeof refill === "number";
        }),
      );
      if (!isPlain) continue;
      const history: HistoryRecord[] = [];
      const write = (record: HistoryRecord): void => void history.push(record);
      const operations = episode.operations.filter(({ kind }) => kind !== "update");
      await playEpisode(
        { ...episode, operations },
        (clock, remember) =>
          recordHistory(memoryStore({ clock, remember }), { write, clock }).store,
      );
      const { rememberMs } = episode;
      const verdict = checkHistory(history, { limits: drawn, overage: "counted", rememberMs });
      expect(verdict).toMatchObject({ isValid: true });
      records += history.length;
    }
    expect(records).toBeGreaterThan(20_000);
  });
});

describe("I1 is broken by", () => {
  it("a grant that costs more than there was room for", () => {
    const verdict = check(
      changed(
        (record) => record.kind === "grant" && record.limit === "tokens" && record.cost === 4,
        { cost: 7 },
      ),
      { compareUsed: false },
    );
    expect(broken(verdict)).toEqual(["I1"]);
    expect(verdict.I1).toMatchObject({ worst: 3, violations: 1 });
    expect(verdict.I1.first!.message).toBe('limit "tokens" of "": 13 charged, of 10, at 1010');
    expect(verdict.I1.first!.story).toHaveLength(4);
  });

  it("a settlement that never was", () => {
    const history = validHistory().filter(
      (record) => !(record.kind === "settle" && record.id.includes("first")),
    );
    expect(broken(check(history))).toContain("I1");
  });

  it("a charge that left too early", () => {
    const early = changed(({ atMs }) => atMs === 1_110, { atMs: 1_099 });
    expect(broken(check(early))).toContain("I1");
  });

  it("a third in flight, unless the bound has room for it", () => {
    const extra: HistoryRecord = {
      kind: "grant",
      atMs: 1_011,
      limit: "inflight",
      subject: "",
      id: "extra",
      cost: 1,
      expiresAfterMs: 50,
    };
    const history = [...validHistory(), extra];
    expect(check(history, { compareUsed: false }).I1).toMatchObject({ holds: false, worst: 1 });
    for (const bound of [1, { inflight: 1 }]) {
      expect(check(history, { compareUsed: false, bound }).I1).toMatchObject({
        holds: true,
        worst: 1,
      });
    }
  });

  it("a grant beside an overage that keeps others out, if that is counted", () => {
    const base = { limit: "tokens", subject: "" };
    const history: HistoryRecord[] = [
      { ...base, kind: "grant", atMs: 1, id: "a", cost: 2 },
      { ...base, kind: "settle", atMs: 2, id: "a", charged: 9 },
      { ...base, kind: "grant", atMs: 3, id: "b", cost: 8 },
    ];
    expect(broken(check(history))).toEqual(["I1"]);
    expect(broken(check(history, { overage: "excused" }))).toEqual([]);
  });

  it("a burst that a bucket had not refilled for", () => {
    const bucket = tokenBucket({ name: "bucket", capacity: 10, refill: 1, every: 10, per });
    expect(broken(check(bursts(19), { limits: [bucket] }))).toEqual(["I1"]);
    expect(broken(check(bursts(20), { limits: [bucket] }))).toEqual([]);
  });
});
