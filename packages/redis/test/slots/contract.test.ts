import { storeContract } from "@sluice/core/testing";
import { describe, expect, it, vi } from "vitest";

import { slotStores, type Spans, withCluster } from "./cluster-world.ts";
import { playEpisodes, steady } from "./episodes.ts";

vi.setConfig({ testTimeout: 600_000 });

// SLUICE_OPERATIONS=50000 for a long comparison; SLUICE_SEED for another one.
const operations = Number(process.env["SLUICE_OPERATIONS"] ?? 8_000);
const seed = Number(process.env["SLUICE_SEED"] ?? 20_261_123);
const world = withCluster();

describe("on a Cluster", () => {
  storeContract(
    { describe, it },
    (clock, rememberMs) => slotStores(world.client)(clock, rememberMs),
    { operations: 0 },
  );

  it("answers random operations as the oracle does, half of them on several slots", async () => {
    const spans: Spans = { all: 0, several: 0 };
    const tally = await playEpisodes(slotStores(world.client, spans), { operations, seed });
    expect(tally["repeat: replayed"]).toBeGreaterThan(operations / 500);
    expect(spans.all).toBeGreaterThan(operations / 2);
    expect(spans.several).toBeGreaterThan(spans.all / 3);
  });

  it("gives back exactly what was charged before a later slot refused", async () => {
    const spans: Spans = { all: 0, several: 0 };
    // Never looks first.
    const makeStore = slotStores(world.client, spans, { lookFirstMs: 0 });
    const tally = await playEpisodes(makeStore, { operations, seed }, steady);
    expect(tally["reserve: over-limit"]).toBeGreaterThan(operations / 50);
    expect(spans.several).toBeGreaterThan(spans.all / 3);
  });
});
