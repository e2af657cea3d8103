import { seededRandom } from "@sluice/core/testing";
import { describe, expect, it } from "vitest";

import type { Event } from "../src/events.ts";
import { type Account, createLedger, type Ledger } from "../src/ledger.ts";
import type { Plan } from "../src/plan.ts";
import { broken, resultOf } from "../src/result.ts";

const plan: Plan = {
  speed: 1,
  windowMs: 1000,
  tenants: {
    a: [
      { name: "rpm", unit: "requests", capacity: 3, windowMs: 1000 },
      { name: "tpm", unit: "tokens", capacity: 100, windowMs: 1000 },
      { name: "inflight", unit: "inflight", capacity: 2, windowMs: 0 },
    ],
    b: [{ name: "tpm", unit: "tokens", capacity: 100, windowMs: 1000 }],
  },
  shared: [{ name: "key-tpm", unit: "tokens", capacity: 150, windowMs: 1000 }],
  expiresAfterMs: 5000,
};

const addedMs = 0.1;
const admitted = (atMs: number, id: number, tokens: number, tenant = "a"): Event => ({
  type: "admitted",
  atMs,
  id,
  tenant,
  tokens,
  addedMs,
});
const ended = (atMs: number, id: number, tokens: number): Event => ({
  type: "ended",
  atMs,
  id,
  tokens,
});
const refused = (
  atMs: number,
  tokens: number,
  retryAfterMs: number,
  limitedBy = "tpm",
  retryAfter = Math.ceil(retryAfterMs / 1000),
): Event => ({
  type: "refused",
  atMs,
  tenant: "a",
  tokens,
  limitedBy,
  retryAfter,
  retryAfterMs,
  addedMs,
});

function ledgerOf(events: readonly Event[]): Ledger {
  const ledger = createLedger(plan, 0);
  for (const event of events) ledger.apply(event);
  return ledger;
}

function accountOf(ledger: Ledger, nowMs: number, limit: string): Account {
  return ledger.accounts(nowMs).find((account) => account.limit.name === limit)!;
}

function worst(events: readonly Event[]): Record<string, number> {
  const accounts = ledgerOf(events).accounts(10_000);
  return Object.fromEntries(
    accounts.map(({ tenant, limit, worstWindow }) => [`${tenant} ${limit.name}`, worstWindow]),
  );
}

describe("the record of a run", () => {
  it("finds the worst window, of each tenant and of all", () => {
    const events = [
      admitted(0, 1, 60),
      admitted(500, 2, 70, "b"),
      admitted(999, 3, 40),
      admitted(1000, 4, 50),
    ];
    expect(worst(events)).toEqual({
      "a rpm": 2,
      "a tpm": 100,
      "a inflight": 3,
      "b tpm": 70,
      "* key-tpm": 170,
    });
  });

  it("counts what ended at what it used, where it was reserved", () => {
    const events = [
      admitted(0, 1, 80),
      ended(300, 1, 10),
      admitted(400, 2, 90),
      ended(900, 2, 90),
      admitted(1200, 3, 10),
    ];
    expect(worst(events)).toMatchObject({ "a tpm": 100, "a inflight": 1 });
  });

  it("counts use beyond the reservation against who is admitted next", () => {
    const within = [
      admitted(0, 1, 10),
      { type: "raised", atMs: 100, id: 1, tokens: 50 } as const,
      admitted(200, 2, 60),
    ];
    expect(worst(within)).toMatchObject({ "a tpm": 110 });
    const late = [
      admitted(0, 1, 10),
      ended(1500, 1, 50),
      admitted(2499, 2, 60),
      admitted(2500, 3, 1),
    ];
    expect(worst(late)).toMatchObject({ "a tpm": 100 });
  });

  it("agrees with a sum over all events, on random ones", () => {
    const random = seededRandom(7);
    for (let round = 0; round < 200; round++) {
      const grants: { atMs: number; tokens: number; id: number }[] = [];
      const events: Event[] = [];
      let expected = 0;
      let now = 0;
      for (let step = 0; step < 60; step++) {
        now += random.integer(0, 200);
        const open = grants.filter(
          ({ id }) => !events.some((event) => event.type === "ended" && event.id === id),
        );
        if (open.length > 0 && random.oneIn(2)) {
          const grant = random.pick(open);
          // Never more than reserved: the other way is tested above.
          grant.tokens = random.integer(0, grant.tokens);
          events.push(ended(now, grant.id, grant.tokens));
        } else {
          grants.push({ atMs: now, tokens: random.integer(0, 50), id: step });
          events.push(admitted(now, step, grants.at(-1)!.tokens));
          const inWindow = grants.filter(({ atMs }) => atMs > now - 1000);
          expected = Math.max(
            expected,
            inWindow.reduce((sum, { tokens }) => sum + tokens, 0),
          );
        }
      }
      expect(worst(events)["a tpm"]).toBe(expected);
    }
  });

  it("is not changed by looking at it, though events of an earlier time still come", () => {
    const ledger = ledgerOf([admitted(0, 1, 100)]);
    expect(ledger.accounts(1010).map(({ current }) => current)).toEqual([0, 0, 1, 0, 0]);
    ledger.apply(admitted(950, 2, 100));
    expect(accountOf(ledger, 1010, "tpm")).toMatchObject({ worstWindow: 200, current: 100 });
  });

  it("tells what use beyond the reservation came to apart from what was admitted", () => {
    const ledger = ledgerOf([admitted(0, 1, 60), ended(10, 1, 160)]);
    expect(accountOf(ledger, 10, "tpm")).toMatchObject({ worstWindow: 60, worstCharged: 160 });
  });

  it("gives slices in which nothing happened what stood charged in them", () => {
    const ledger = ledgerOf([admitted(0, 1, 60), admitted(450, 2, 30), admitted(1350, 3, 10)]);
    // 60 leave at 1000 and 30 at 1450; a slice has 100 ms.
    const charged = [60, 60, 60, 60, 90, 90, 90, 90, 90, 90, 30, 30, 30, 40, 40, 10, 10, 10];
    expect(accountOf(ledger, 1720, "tpm").history).toEqual(charged);
  });

  describe("of a refusal", () => {
    const events = [admitted(0, 1, 60), admitted(400, 2, 40), ended(450, 1, 60), ended(450, 2, 40)];
    it.each([
      ["the very millisecond", refused(500, 60, 500), 1],
      ["one too early", refused(500, 60, 499), 0],
      ["one too late", refused(500, 60, 501), 0],
      ["more tokens than are free by then", refused(500, 61, 500), 0],
      ["the right time with another limit's name", refused(500, 60, 500, "rpm"), 0],
      ["a header that is too early", refused(500, 60, 500, "tpm", 0), 0],
      ["a header that is later", refused(500, 60, 500, "tpm", 7), 1],
    ])("knows whether it is exact: %s", (_, refusal, exact) => {
      expect(ledgerOf([...events, refusal]).exactRefusals()).toBe(exact);
    });

    it("holds it exact for what is in flight when that has ended by then", () => {
      const full = [admitted(0, 1, 1), admitted(0, 2, 1), refused(100, 1, 2000, "inflight")];
      expect(ledgerOf([...full, ended(2100, 1, 1)]).exactRefusals()).toBe(1);
      expect(ledgerOf([...full, ended(2101, 1, 1)]).exactRefusals()).toBe(0);
    });
  });

  it("finds a limit broken that was exceeded by one token", () => {
    const load = { source: "test", requests: [] };
    const verdict = (tokens: number): string[] => {
      const ledger = ledgerOf([admitted(0, 1, 50), admitted(999, 2, tokens)]);
      return broken(resultOf(load, 2, 1, ledger, ledger.accounts(1000))).map(({ limit }) => limit);
    };
    expect(verdict(50)).toEqual([]);
    expect(verdict(51)).toEqual(["tpm"]);
  });
});
