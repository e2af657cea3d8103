import { describe, expect, it } from "vitest";

import { isWrong, type Request } from "../../src/batch.ts";
import { claim, pause, recovered, rpm, used, world } from "./world.ts";

const leased = (id: string, cost = 1): Request => ({
  claims: [claim(rpm, cost)],
  lease: { id, expiresAfterMs: 60_000, repeatable: true },
});
const check: Request = { claims: [claim(rpm, 1)], lease: undefined };

/** Of each: how it was decided, and what is then charged. */
async function asked(guarded: ReturnType<typeof world>["guarded"], requests: readonly Request[]) {
  return (await guarded.reserveEach(requests)).map((answer) =>
    isWrong(answer)
      ? answer.code
      : [answer.verdict, answer.replayed, answer.degraded ?? "exact", answer.states[0]],
  );
}

describe("a guarded batch", () => {
  it("is decided on locally, each by its own lease, and handed over when the store is back", async () => {
    const { exact, store, guarded } = world();
    store.fault = "rejects";
    expect(
      await asked(guarded, [leased("a"), check, leased("a"), leased("a", 2), leased("b")]),
    ).toEqual([
      ["allowed", false, "local", 1],
      ["allowed", false, "local", 2],
      ["allowed", true, "local", 2],
      "id-conflict",
      ["allowed", false, "local", 3],
    ]);
    store.fault = "none";
    await recovered(guarded);
    expect(used(exact, rpm)).toEqual([3]);
    expect(exact.size().live).toBe(2);
  });

  it("answers what is known here, and asks the store for the rest", async () => {
    const { exact, store, guarded } = world();
    await asked(guarded, [leased("known")]);
    store.fault = "rejects";
    await asked(guarded, [leased("here")]);
    expect(await asked(guarded, [leased("known"), leased("known", 2), leased("here", 2)])).toEqual([
      ["allowed", true, "local", 1],
      "id-conflict",
      "id-conflict",
    ]);
    store.fault = "none";
    await recovered(guarded);
    expect(await asked(guarded, [leased("here"), check, leased("known", 2)])).toEqual([
      ["allowed", true, "exact", 2],
      ["allowed", false, "exact", 3],
      "id-conflict",
    ]);
    expect(used(exact, rpm)).toEqual([3]);
  });

  it("gives each its own answer where one is decided here and others by the store", async () => {
    const { exact, store, guarded } = world();
    store.fault = "rejects";
    await asked(guarded, [leased("here")]);
    exact.adjust([claim(rpm, 4)], "charge");
    store.fault = "none";
    // The store has no room for the lease, which stays here.
    await recovered(guarded);
    expect(await asked(guarded, [check, leased("here"), check, leased("here", 2)])).toEqual([
      ["refused", false, "exact", 5],
      ["allowed", true, "local", 1],
      ["refused", false, "exact", 5],
      "id-conflict",
    ]);
  });

  it("is given back as far as only a late answer granted it", async () => {
    const { exact, store, guarded } = world({ failure: "refuse" });
    store.delayMs = 60;
    expect(await asked(guarded, [leased("a"), check, leased("b")])).toEqual([
      ["full", false, "refuse", 0],
      ["full", false, "refuse", 0],
      ["full", false, "refuse", 0],
    ]);
    store.delayMs = 0;
    await pause(100);
    await recovered(guarded);
    expect(used(exact, rpm)).toEqual([0]);
    expect(exact.size().live).toBe(0);
  });
});
