import { memoryStore, type Outcome } from "@sluice/core";
import { storeContract } from "@sluice/core/testing";
import { describe, expect, it } from "vitest";

import { guard } from "../../src/guard.ts";
import { faulty } from "./faulty.ts";
import { claim, pause, recovered, rpm, tpm, used, world } from "./world.ts";

const modeOf = ({ degraded }: Outcome): string => degraded ?? "exact";

describe("a guard over a store that is well", () => {
  storeContract(
    { describe, it },
    (clock, rememberMs) =>
      guard(faulty(memoryStore({ clock, remember: rememberMs })), { clock, deadlineMs: 5_000 }),
    { operations: 4_000 },
  );
});

describe("a guard over a store that was never there", () => {
  storeContract(
    { describe, it },
    (clock, rememberMs) => {
      const store = faulty(memoryStore({ clock }));
      store.fault = "rejects";
      return guard(store, { clock, rememberMs, deadlineMs: 5_000 });
    },
    // Only by example: what it forgets of leases that the store could never have had is not the same.
    { operations: 0 },
  );
});

describe("a guard", () => {
  it("waits no longer than the deadline, and then decides itself", async () => {
    const { store, guarded } = world();
    store.fault = "hangs";
    const since = performance.now();
    const outcome = await guarded.reserve([claim(rpm, 1)]);
    expect(performance.now() - since).toBeLessThan(45);
    expect(outcome).toMatchObject({ verdict: "allowed", degraded: "local" });
  });

  it("asks a store that failed once no more, until a probe is answered", async () => {
    const { store, guarded } = world();
    store.fault = "rejects";
    await guarded.reserve([claim(rpm, 1)]);
    const { asked } = store;
    for (let time = 0; time < 20; time++) await guarded.reserve([claim(rpm, 1)]);
    expect(store.asked - asked).toBeLessThanOrEqual(1);
  });

  it.each([
    ["local", ["allowed", "allowed", "allowed", "allowed", "refused"]],
    ["allow", ["allowed", "allowed", "allowed", "allowed", "allowed"]],
    ["refuse", ["full", "full", "full", "full", "full"]],
  ] as const)(
    "in mode %s answers %j to five requests on a limit of four",
    async (mode, verdicts) => {
      const { store, guarded } = world({ failure: mode });
      store.fault = "rejects";
      const outcomes: Outcome[] = [];
      for (const _ of verdicts) outcomes.push(await guarded.reserve([claim(rpm, 1)]));
      expect(outcomes.map(({ verdict }) => verdict)).toEqual(verdicts);
      expect(outcomes.map(modeOf)).toEqual(verdicts.map(() => mode));
    },
  );

  it("gives out its share of a limit, and says what is left of that", async () => {
    const { store, guarded } = world({ share: 0.5 });
    store.fault = "rejects";
    const outcomes: Outcome[] = [];
    for (let time = 0; time < 3; time++) outcomes.push(await guarded.reserve([claim(rpm, 1)]));
    expect(outcomes.map(({ verdict }) => verdict)).toEqual(["allowed", "allowed", "refused"]);
    expect(outcomes[0]!.states[0]).toBe(3);
    // Four fit the limit, though no share of it: that is not "never".
    expect(await guarded.reserve([claim(rpm, 4)])).toMatchObject({ verdict: "full" });
    expect(await guarded.reserve([claim(rpm, 5)])).toMatchObject({ verdict: "refused" });
  });

  it("decides on limits in several modes as one: the strictest holds, and says so", async () => {
    const { store, guarded } = world({ failure: { tpm: "allow" } });
    store.fault = "rejects";
    const both = [claim(rpm, 2), claim(tpm, 90)];
    expect(await guarded.reserve(both)).toMatchObject({ verdict: "allowed", degraded: "local" });
    expect(await guarded.reserve(both)).toMatchObject({ verdict: "allowed" });
    expect(await guarded.reserve(both)).toMatchObject({ verdict: "refused" });
    const strict = world({ failure: { tpm: "refuse" } });
    strict.store.fault = "rejects";
    expect(await strict.guarded.reserve(both)).toMatchObject({
      verdict: "full",
      degraded: "refuse",
    });
  });

  it("passes a caller's mistake on, and goes on asking the store", async () => {
    const { guarded } = world();
    const request = { id: "mine", expiresAfterMs: 1_000, repeatable: true };
    await guarded.reserve([claim(rpm, 1)], request);
    const again = guarded.reserve([claim(rpm, 2)], request);
    await expect(again).rejects.toMatchObject({ code: "id-conflict" });
    expect(guarded.health().state).toBe("exact");
  });

  it("does not give the store up for one subject's broken key", async () => {
    const { store, guarded } = world();
    store.fault = "rejects";
    store.error = new Error("WRONGTYPE Operation against a key holding the wrong kind of value");
    expect(await guarded.reserve([claim(rpm, 1)])).toMatchObject({ degraded: "local" });
    store.fault = "none";
    expect(guarded.health().state).toBe("exact");
    expect(modeOf(await guarded.reserve([claim(rpm, 1)]))).toBe("exact");
  });

  it("recovers by itself, charges what it granted, and tells of both once", async () => {
    const { exact, store, guarded, events } = world();
    store.fault = "rejects";
    for (let time = 0; time < 3; time++) await guarded.reserve([claim(rpm, 1)]);
    store.fault = "none";
    await recovered(guarded);
    expect(used(exact, rpm)).toEqual([3]);
    expect(events.map(({ kind }) => kind)).toEqual(["failure", "recovery"]);
    expect(modeOf(await guarded.reserve([claim(rpm, 1)]))).toBe("exact");
    expect(await guarded.reserve([claim(rpm, 1)])).toMatchObject({ verdict: "refused" });
  });

  it("stays away from a store that answers, but too late", async () => {
    const { store, guarded } = world();
    store.delayMs = 60;
    await guarded.reserve([claim(rpm, 1)]);
    await pause(300);
    await guarded.peek([claim(rpm, 1)]);
    expect(guarded.health().state).toBe("degraded");
    store.delayMs = 0;
    await recovered(guarded);
  });

  it("answers peek, adjust, block and reset, and sends the last three when the store is back", async () => {
    const { exact, store, guarded } = world();
    const one = [claim(rpm, 1)];
    await guarded.reserve(one);
    store.fault = "rejects";
    expect(await guarded.peek(one)).toMatchObject({ verdict: "allowed", degraded: "local" });
    expect(await guarded.adjust([claim(rpm, 3)], "charge")).toMatchObject({ applied: true });
    expect((await guarded.peek(one)).states[0]).toBe(3);
    expect(await guarded.block(one, 60_000)).toMatchObject({ applied: true, degraded: "local" });
    expect(await guarded.reserve(one)).toMatchObject({ verdict: "blocked" });
    store.fault = "none";
    await recovered(guarded);
    expect(used(exact, rpm)).toEqual([4]);
    expect(exact.peek(one)).toMatchObject({ verdict: "blocked" });
    store.fault = "rejects";
    await guarded.reset(one);
    expect(await guarded.reserve(one)).toMatchObject({ verdict: "allowed" });
    store.fault = "none";
    await recovered(guarded);
    expect(used(exact, rpm)).toEqual([1]);
    expect(exact.peek(one)).toMatchObject({ verdict: "allowed" });
  });

  it("counts a block also where limits are not counted", async () => {
    const { store, guarded } = world({ failure: "allow" });
    store.fault = "rejects";
    await guarded.block([claim(rpm, 0)], 1_000);
    expect(await guarded.reserve([claim(rpm, 1)])).toMatchObject({ verdict: "blocked" });
  });

  it("says how it is, and what may be granted above the limits", async () => {
    const { store, guarded } = world({ share: 0.25 });
    expect(guarded.health()).toMatchObject({ state: "exact", lastError: undefined });
    expect(guarded.bound()).toMatchObject({ state: "exact", perProcess: 0 });
    store.fault = "rejects";
    await guarded.reserve([claim(rpm, 1)]);
    expect(guarded.health()).toMatchObject({ state: "degraded", lastError: store.error });
    expect(guarded.bound()).toMatchObject({ state: "degraded", perProcess: 0.25 });
    expect(guarded.bound().sentence).toContain("0.25 of the capacity");
  });
});
