import { concurrency, type Limit, slidingWindow } from "@sluice/core";
import {
  checkHistory,
  type CheckHistoryOptions,
  type GrantRecord,
  type HistoryRecord,
  type HistoryVerdict,
} from "@sluice/core/testing";
import { describe, expect, it } from "vitest";

const per: string[] = [];
const limits: readonly Limit[] = [
  slidingWindow({ name: "tokens", limit: 10, window: 100, unit: "tokens", per }),
  concurrency({ name: "inflight", limit: 2, expiresAfter: 50, per }),
];
const of = { limit: "tokens", subject: "acme" };

const check = (
  history: readonly HistoryRecord[],
  options: Partial<CheckHistoryOptions> = {},
): HistoryVerdict => checkHistory(history, { limits, ...options });

/** Which invariants do not hold. */
const broken = ({ I1, I4, I5, I6, recovery }: HistoryVerdict): string[] =>
  Object.entries({ I1, I4, I5, I6, recovery }).flatMap(([name, { holds }]) =>
    holds ? [] : [name],
  );

function grant(atMs: number, id?: string, more: Partial<GrantRecord> = {}): GrantRecord {
  return { kind: "grant", ...of, atMs, id, cost: 2, expiresAfterMs: 50, ...more };
}

const settle = (atMs: number, id: string, charged = 2): HistoryRecord => ({
  kind: "settle",
  ...of,
  atMs,
  id,
  charged,
});

const local = (atMs: number, by?: string): HistoryRecord =>
  grant(atMs, undefined, { mode: "local", by });

describe("I4", () => {
  const plain = [grant(0, "a"), grant(10, "b"), settle(20, "a")];

  it.each<readonly [string, readonly HistoryRecord[], string]>([
    ["a second settlement", [...plain, settle(30, "a")], "which had ended"],
    ["a settlement of nothing", [...plain, settle(30, "c")], "which nobody was granted"],
    [
      "a lease that expires before its deadline",
      [...plain, { kind: "expiry", ...of, atMs: 59, id: "b", charged: 0 }],
      "before its deadline, 60",
    ],
    [
      "a lease that expires against its rule",
      [...plain, { kind: "expiry", ...of, atMs: 60, id: "b", charged: 2 }],
      "charged 2 for 0",
    ],
    [
      "more leases found expired than there were",
      [...plain, { kind: "found-expired", atMs: 70, leases: 2 }],
      "2 leases were found expired, of 1",
    ],
    [
      "a charge that no lease accounts for",
      [...plain, grant(30, undefined, { used: 7 })],
      "the store says 7 charged, the history 6",
    ],
    [
      "a charge that the store forgot",
      [...plain, grant(30, undefined, { used: 4 })],
      "the store says 4 charged, the history 6",
    ],
    [
      "a lease that is charged on after its deadline",
      [...plain, grant(61, undefined, { used: 6 })],
      "the store says 6 charged, the history 4",
    ],
  ])("is broken by %s", (_, history, message) => {
    const verdict = check(history);
    expect(broken(verdict)).toEqual(["I4"]);
    expect(verdict.I4.first!.message).toContain(message);
  });

  it("knows that whoever grants without the store only guesses its time", () => {
    const guessed = [grant(40, "a", { mode: "local" }), settle(20, "a")];
    expect(check(guessed)).toMatchObject({ isValid: true, leases: { settled: 1 } });
    expect(broken(check([grant(40, "a"), settle(20, "a")]))).toEqual(["I4"]);
  });

  it("lets a store forget its bound, but not invent charges", () => {
    expect(broken(check([...plain, grant(30, undefined, { used: 4 })], { bound: 2 }))).toEqual([]);
    expect(broken(check([...plain, grant(30, undefined, { used: 8 })], { bound: 2 }))).toEqual([
      "I4",
    ]);
  });

  it("tells what became of each lease, also of one that was settled late", () => {
    const { leases } = check([...plain, grant(40, "c"), settle(61, "b", 1)]);
    expect(leases).toEqual({
      granted: 3,
      settled: 1,
      expired: 1,
      live: 1,
      settledLate: 1,
      foundExpired: 0,
    });
  });

  it("takes what was lost for what may have been charged", () => {
    const lost: HistoryRecord = { kind: "lost", ...of, atMs: 25, id: "x", cost: 3, sinceMs: 20 };
    for (const used of [6, 9]) {
      expect(broken(check([...plain, lost, grant(30, undefined, { used })]))).toEqual([]);
    }
    expect(broken(check([...plain, lost, grant(30, undefined, { used: 10 })]))).toEqual(["I4"]);
  });
});

describe("I5", () => {
  it("is broken by an id that is charged twice", () => {
    const verdict = check([grant(0, "a"), grant(10, "a"), grant(20, "a")]);
    expect(broken(verdict)).toEqual(["I5"]);
    expect(verdict.I5).toMatchObject({ worst: 3, violations: 2 });
    expect(verdict.I5.first!.story).toHaveLength(2);
  });

  it("is broken while the id is remembered, and no longer", () => {
    const again = [grant(0, "a"), settle(10, "a")];
    expect(broken(check([...again, grant(109, "a")], { rememberMs: 100 }))).toEqual(["I5"]);
    expect(broken(check([...again, grant(110, "a")], { rememberMs: 100 }))).toEqual([]);
  });

  it("holds for an id that was released, replayed, or is of several limits", () => {
    expect(broken(check([grant(0, "a"), settle(10, "a", 0), grant(20, "a")]))).toEqual([]);
    expect(broken(check([grant(0, "a"), grant(9, "a", { replayed: true })]))).toEqual([]);
    expect(broken(check([grant(0, "a"), grant(0, "a", { limit: "inflight" })]))).toEqual([]);
  });

  it("holds for an id that a store forgot with all that it had charged", () => {
    const loss: HistoryRecord = { kind: "fault", name: "flush", atMs: 5, losesState: true };
    const healed: HistoryRecord = { kind: "healed", name: "flush", atMs: 15 };
    const whole = { cost: 10, expiresAfterMs: 500 };
    for (const firstMs of [0, 10]) {
      const again = [loss, healed, grant(firstMs, "a", whole), grant(20, "a", whole)];
      expect(broken(check(again))).toEqual([]);
    }
    expect(broken(check([loss, healed, grant(16, "a"), grant(20, "a")]))).toEqual(["I5"]);
  });

  it("charges an id whose answer was lost for as long as it surely was", () => {
    const replayed = grant(50, "a", { replayed: true, sinceMs: 20, cost: 10, expiresAfterMs: 500 });
    expect(broken(check([replayed, grant(119)]))).toEqual(["I1"]);
    expect(broken(check([replayed, grant(120)]))).toEqual([]);
    const bought = check([grant(30, "a", { cost: 10 }), { ...replayed, by: "another" }]);
    expect(bought.leases.granted).toBe(1);
  });
});

describe("I6", () => {
  it.each<readonly [string, HistoryRecord]>([
    ["a negative count", grant(0, undefined, { used: -1 })],
    ["a negative cost", grant(0, undefined, { cost: -2 })],
    ["a fraction", grant(0, undefined, { cost: 0.5 })],
    ["a negative charge", { kind: "settle", ...of, atMs: 9, id: "a", charged: -1 }],
    ["more given back than was charged", { kind: "adjustment", ...of, atMs: 9, units: -3 }],
  ])("is broken by %s", (_, record) => {
    const verdict = check([grant(0, "a"), record], { compareUsed: false });
    expect(broken(verdict)).toEqual(["I6"]);
  });
});

describe("recovery", () => {
  const fault: HistoryRecord = { kind: "fault", name: "kill", atMs: 100 };
  const healed: HistoryRecord = { kind: "healed", name: "kill", atMs: 200 };

  it("is the time from a healed fault to the slowest one's first decision by the store", () => {
    const history = [fault, local(150, "a"), healed, local(230, "a"), grant(300, "1", { by: "a" })];
    const more = [...history, grant(210, "2", { by: "b" }), grant(900, "3", { by: "a" })];
    const { recovery } = check(more, { bound: 10 });
    expect(recovery.faults).toEqual([{ name: "kill", atMs: 200, tookMs: 100 }]);
    expect(recovery).toMatchObject({ holds: true, worst: 100 });
    expect(check(more, { bound: 10, recoverWithinMs: 99 }).recovery.holds).toBe(false);
  });

  it("never comes where one goes on without the store", () => {
    const verdict = check([fault, healed, grant(210, "1", { by: "a" }), local(300, "b")]);
    expect(broken(verdict)).toEqual(["recovery"]);
    expect(verdict.recovery.worst).toBe(Infinity);
  });

  it("is not asked of a process that is gone", () => {
    const { recovery } = check([local(90, "gone"), fault, healed, grant(210, "1", { by: "a" })]);
    expect(recovery).toMatchObject({ holds: true, worst: 10 });
  });

  it("begins with a fault that nothing says was healed", () => {
    expect(check([fault, grant(130, "1")]).recovery.worst).toBe(30);
  });
});

it("does not know limits that it was not given", () => {
  expect(() => check([grant(0, "a", { limit: "other" })])).toThrow('no limit is named "other"');
});

it("finds nothing wrong with nothing", () => {
  expect(check([])).toMatchObject({ isValid: true, records: 0 });
});
