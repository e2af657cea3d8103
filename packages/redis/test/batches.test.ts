import { compareWithOracle } from "@sluice/core/testing";
import { describe, expect, it } from "vitest";

import type { BatchStore } from "../src/batch.ts";
import { amongOthers, playBatches } from "./batches.ts";
import { storesOf, withServer } from "./exact-world.ts";

const world = withServer();

// SLUICE_BATCHES=20000 for a long comparison; SLUICE_SEED for another one.
const batches = Number(process.env["SLUICE_BATCHES"] ?? 1_500);
const seed = Number(process.env["SLUICE_SEED"] ?? 1);

describe("many requests in one script", () => {
  it.each([seed, seed + 1, seed + 2])(
    "are decided on as one after the other, ids and conflicts among them: seed %i",
    async (each) => {
      const came = await playBatches(storesOf(world), { seed: each, batches, tenants: ["a", "b"] });
      const names = ["allowed", "refused", "blocked"];
      const leased = [...names, "replayed", "id-conflict"].map((name) => `lease: ${name}`);
      for (const name of [...names, ...leased])
        expect([name, came[name] ?? 0]).not.toEqual([name, 0]);
    },
  );

  it("are decided on as each alone: random operations, each among others", async () => {
    const makeStore = storesOf(world);
    const comparison = {
      makeStore: async (...given: Parameters<typeof makeStore>) =>
        amongOthers((await makeStore(...given)) as BatchStore),
      operations: 12_000,
      seed: 20_261_123 + seed,
    };
    expect(await compareWithOracle(comparison)).toMatchObject({
      "reserve: id-conflict": expect.any(Number),
    });
  });
});
